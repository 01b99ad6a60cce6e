import type { AnswerEvent } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import type { Answer } from "../../outcome.ts";
import type { Origin } from "../../provenance.ts";
import type { AnswerCache } from "./answer-cache.ts";
import type { KeptAnswer } from "./kept-answer.ts";
import { replayedStream } from "./replayed-stream.ts";

/** How a stored answer is given. */
export interface HitOptions {
  readonly cache: AnswerCache;
  readonly rung: "cache" | "stale" | "similar";
  /** Between the events of a stream, in ms; 0: all at once. */
  readonly paceMs: number;
  readonly similarity?: number | undefined;
}

/**
 * Gives a stored answer to a call, in the form that the call asks for, and says so in its account.
 * @returns undefined when the stored texts cannot be read
 */
export function storedHit(
  call: Call,
  key: string,
  kept: KeptAnswer,
  options: HitOptions,
  environment: EngineEnvironment,
): Answer | undefined {
  return preparedHit(call, key, kept, options, environment)?.();
}

/** What gives a stored answer as {@link storedHit} does; until it is run, nothing has happened. */
export function preparedHit(
  call: Call,
  key: string,
  kept: KeptAnswer,
  options: HitOptions,
  environment: EngineEnvironment,
): (() => Answer) | undefined {
  const { stream, operation } = call.request;
  const events = options.cache.events(key, kept, operation, !stream);
  return events.length === 0 ? undefined : () => given(call, kept, events, options, environment);
}

function given(
  call: Call,
  kept: KeptAnswer,
  events: readonly AnswerEvent[],
  { rung, paceMs, similarity }: HitOptions,
  { clock, emit }: EngineEnvironment,
): Answer {
  kept.hits++;
  const { origin, storedAt, freshUntil } = kept.answer;
  const now = clock.wallTime();
  const ageMs = Math.max(0, now - storedAt);
  const ttlSeconds = Math.floor((freshUntil - now) / 1_000);
  // A similar answer was stored for another request: for HTTP this one was no hit.
  if (rung !== "similar") call.trace.cache = { hit: true, ttlSeconds };
  emit?.({ type: "cache-hit", call, fresh: rung === "cache", ageMs });
  const from: Origin = {
    rung,
    provider: origin.provider,
    model: origin.model,
    degraded: rung !== "cache",
    ageSeconds: Math.floor(ageMs / 1_000),
    ...(similarity === undefined ? {} : { similarity }),
  };
  return { type: "answer", origin: from, stream: replayedStream(events, clock, call.request.stream ? paceMs : 0) };
}
