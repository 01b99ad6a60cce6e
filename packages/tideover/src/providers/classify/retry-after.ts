/** Longest wait taken over from a provider: one day. Beyond it the figure says "not today" and no timer should hold it. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** Value of a response header by lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/**
 * How long a response asks to wait, in ms: `retry-after-ms` (OpenAI, Azure), then `Retry-After` in seconds or as an
 * HTTP date (RFC 9110, section 10.2.3), then the words "try again in 1.5s" that Groq and OpenAI put in the message.
 * @param wallTimeMs now, in ms since the Unix epoch.
 * @returns undefined when it does not say, or not in a form that can be read.
 */
export function readRetryAfter(header: HeaderReader, message: string, wallTimeMs: number): number | undefined {
  const ms = readNumber(header("retry-after-ms"));
  if (ms !== undefined) return bounded(ms);
  const value = header("retry-after")?.trim();
  const seconds = readNumber(value);
  if (seconds !== undefined) return bounded(seconds * 1_000);
  // Date.parse takes much that is no HTTP date ("-3"); a real one begins with the name of its day.
  if (value !== undefined && /^[A-Z][a-z]{2,8},? /.test(value)) {
    const date = Date.parse(value);
    if (!Number.isNaN(date)) return bounded(date - wallTimeMs);
  }
  const words = /try again in (?:(\d+)m(?!s))?\s*(?:(\d+(?:\.\d+)?)(ms|s))?/i.exec(message);
  if (words === null || (words[1] === undefined && words[2] === undefined)) return undefined;
  const rest = Number(words[2] ?? 0) * (words[3]?.toLowerCase() === "ms" ? 1 : 1_000);
  return bounded(Number(words[1] ?? 0) * 60_000 + rest);
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

function bounded(ms: number): number {
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(0, Math.ceil(ms)));
}
