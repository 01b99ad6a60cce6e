import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import type { EventLog } from "../../event-log.ts";
import type { Answer } from "../../outcome.ts";
import { STORED_ANSWER_VERSION, type StoredAnswer } from "../../ports/answer-store.ts";
import { BACKGROUND_FROM } from "./defaults.ts";
import { spreadFresh } from "./freshness.ts";

/** What a new entry is made from beside the answer. */
export interface StoringTerms {
  readonly route: string;
  readonly tags: readonly string[];
  /** In ms. */
  readonly freshMs: number;
  readonly staleMs: number;
  readonly generationMs: number;
}

/** Whether answers of that origin may be stored: only what a live provider of the route gave, at its best. */
export function isStorable({ origin }: Answer): boolean {
  return (origin.rung === "live" || origin.rung === "alternate") && !origin.degraded;
}

/** The entry for a whole answer that has just been given. */
export function newEntry(
  call: Call,
  { origin }: Answer,
  log: EventLog,
  { route, tags, freshMs, staleMs, generationMs }: StoringTerms,
  { clock, random }: EngineEnvironment,
): StoredAnswer {
  const now = clock.wallTime();
  const isBackground = call.priority >= BACKGROUND_FROM;
  return {
    version: STORED_ANSWER_VERSION,
    tenant: call.tenant,
    route,
    model: call.request.model,
    tags: [...new Set([...tags, ...(call.cacheTerms?.tags ?? [])])],
    storedAt: now,
    freshUntil: now + (isBackground ? spreadFresh(freshMs, random) : freshMs),
    staleUntil: now + Math.max(freshMs, staleMs),
    generationMs,
    origin: { provider: origin.provider, model: origin.model },
    streamed: !log.isDocument,
    events: log.texts(),
  };
}
