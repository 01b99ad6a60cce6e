import type { Random } from "tideover/engine";

/** First delay and longest delay of the OpenAI SDKs, ms, and how much jitter takes off (openai-node, `client.ts`). */
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
const JITTER = 0.25;
/** The SDKs follow a Retry-After only below a minute, ms. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** How long the OpenAI SDK waits before retry number `retry` (from 1), in ms. */
export function sdkBackoffMs(retry: number, retryAfterMs: number | undefined, random: Random): number {
  const jitter = 1 - random.next() * JITTER;
  if (retryAfterMs !== undefined && retryAfterMs > 0 && retryAfterMs < LONGEST_RETRY_AFTER_MS) return retryAfterMs;
  return Math.min(FIRST_DELAY_MS * 2 ** (retry - 1), LONGEST_DELAY_MS) * jitter;
}
