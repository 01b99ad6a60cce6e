import { type CallerError, callerError } from "./errors.ts";
import type { HttpRequest } from "./http.ts";
import { LEAST_KEEP_ALIVE_MS } from "./settings.ts";

/** RFC 9218, section 4.1: the urgency of a request that names none. */
const DEFAULT_URGENCY = 3;
/** The most repetitions that a client can claim; more only inflates our accounts. */
const MOST_CALLER_RETRIES = 100;

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/**
 * The urgency of the `Priority` header (RFC 9218), bounded by what the caller's key allows. A header that cannot be
 * read counts as none, as that RFC wants; of several `u` the last one counts (RFC 8941).
 * @param maxPriority the most urgent (lowest) value that the key may use.
 */
export function effectivePriority(header: string | undefined, maxPriority: number): number {
  let asked = DEFAULT_URGENCY;
  for (const member of header?.split(",") ?? []) {
    const urgency = /^\s*u=([0-7])\s*(?:;|$)/.exec(member)?.[1];
    if (urgency !== undefined) asked = Number(urgency);
  }
  return Math.max(asked, maxPriority);
}

/**
 * By when the caller needs its answer: the smallest of the route's deadline, `Tideover-Deadline` and the
 * `X-Stainless-Timeout` that OpenAI's and Anthropic's JavaScript clients send unasked.
 * @returns ms from now, or the error of an unreadable `Tideover-Deadline`.
 */
export function deadlineMs(request: HttpRequest, routeDeadlineMs: number): number | CallerError {
  const asked = request.header("tideover-deadline");
  const own = asked === undefined ? undefined : durationMs(asked.trim());
  if (asked !== undefined && own === undefined) {
    return callerError(
      "invalid_request",
      `The header Tideover-Deadline is ${quoted(asked)}; it must be a duration above zero such as 200ms, 1.5s or 2m.`,
      { param: "Tideover-Deadline" },
    );
  }
  // Those clients cut the seconds off, so a timeout below one second reads 0: it says nothing usable.
  const client = positiveSeconds(request.header("x-stainless-timeout"));
  return Math.min(routeDeadlineMs, own ?? Infinity, client ?? Infinity);
}

/**
 * How long the caller may be left in silence: the interval of the settings, or a third of the read timeout that
 * OpenAI's and Anthropic's Python clients announce, whichever is shorter. In ms.
 */
export function keepAliveIntervalMs(request: HttpRequest, intervalMs: number): number {
  const readTimeoutMs = positiveSeconds(request.header("x-stainless-read-timeout"));
  if (readTimeoutMs === undefined) return intervalMs;
  return Math.max(LEAST_KEEP_ALIVE_MS, Math.min(intervalMs, readTimeoutMs / 3));
}

/** How often the caller's own client has sent this request before. */
export function callerRetries(header: string | undefined): number {
  if (header === undefined || !/^\d{1,9}$/.test(header.trim())) return 0;
  return Math.min(MOST_CALLER_RETRIES, Number(header));
}

/** A `traceparent` of W3C Trace Context that can be passed on; undefined for none, and for one that is malformed. */
export function traceParent(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  // Versions to come may add fields; `ff` is no version, and identifiers of zeros are none.
  const known = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[\w-]{1,64})?$/;
  return known.test(text) && (text.length === 55 || !text.startsWith("00")) ? text : undefined;
}

/** `200ms`, `1.5s`, `2m`, `1h` in ms; undefined for anything else and for zero. */
function durationMs(text: string): number | undefined {
  const parts = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(text);
  const unit = UNITS_MS.get(parts?.[2] ?? "");
  if (parts === null || unit === undefined) return undefined;
  const ms = Number(parts[1]) * unit;
  return ms > 0 ? ms : undefined;
}

/** Seconds in a header as ms; undefined when it is no number above zero. */
function positiveSeconds(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,9}(?:\.\d{1,6})?$/.test(header.trim())) return undefined;
  const ms = Number(header) * 1_000;
  return ms > 0 ? ms : undefined;
}

/** A caller's text for an error message: quoted and short. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
