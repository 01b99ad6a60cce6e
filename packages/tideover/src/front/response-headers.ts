import type { Origin, Trace } from "../engine/index.ts";
import { cacheStatus } from "./cache-control.ts";
import { headerText } from "./http.ts";
import { isDegraded } from "./provenance-json.ts";

/** How many attempts `Server-Timing` lists, so that a long ladder cannot grow a header without bound. */
const MOST_TIMED_ATTEMPTS = 8;

/** What the headers of an answer or of a failed call say. */
export interface HeaderFacts {
  readonly requestId: string;
  readonly trace: Trace;
  /** Absent while it is not known, or when nothing answered. */
  readonly origin?: Origin | undefined;
  /** Provider of a failure. */
  readonly provider?: string | undefined;
  /** From the arrival of the request to its outcome, in ms. */
  readonly elapsedMs: number;
  /** Whether to say how the answer came about. */
  readonly provenance: boolean;
}

/** The identity that every response carries, also under the name that OpenAI's clients read. */
export function identityHeaders(requestId: string): Record<string, string> {
  const id = headerText(requestId);
  return { "tideover-request-id": id, "x-request-id": id };
}

/** Identity, provenance and age. `Age` and `Cache-Status` are HTTP's own and stay when provenance is off. */
export function tideoverHeaders(facts: HeaderFacts): Record<string, string> {
  const { origin, provenance, trace } = facts;
  const headers = identityHeaders(facts.requestId);
  if (origin?.ageSeconds !== undefined) headers.age = String(origin.ageSeconds);
  if (trace.cache !== undefined) headers["cache-status"] = cacheStatus(trace.cache);
  if (origin?.ticket !== undefined) headers["tideover-ticket"] = headerText(origin.ticket);
  if (provenance) addProvenance(headers, facts);
  return headers;
}

function addProvenance(headers: Record<string, string>, { trace, origin, provider, elapsedMs }: HeaderFacts): void {
  if (origin !== undefined) {
    headers["tideover-rung"] = origin.rung;
    headers["tideover-degraded"] = isDegraded(origin, trace) ? "?1" : "?0";
    if (origin.droppedMessages !== undefined) headers["tideover-dropped-messages"] = String(origin.droppedMessages);
    if (origin.summarisedMessages !== undefined) {
      headers["tideover-summarised-messages"] = String(origin.summarisedMessages);
    }
  }
  const named = origin?.provider ?? provider;
  if (named !== undefined) headers["tideover-provider"] = headerText(named);
  headers["tideover-attempts"] = String(trace.attempts.length);
  headers["server-timing"] = serverTiming(trace, elapsedMs);
}

/** `Server-Timing`: the time to the outcome, then each attempt with its provider and how it ended. */
function serverTiming(trace: Trace, elapsedMs: number): string {
  const attempts = trace.attempts.slice(0, MOST_TIMED_ATTEMPTS).map(({ provider, outcome, ms }, index) => {
    const description = headerText(`${provider} ${outcome}`).replace(/["\\]/g, "");
    return `attempt-${index + 1};dur=${rounded(ms)};desc="${description}"`;
  });
  return [`outcome;dur=${rounded(elapsedMs)}`, ...attempts].join(", ");
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
