import { setTimeout as sleep } from "node:timers/promises";

/** How often it is asked anew, in ms. */
const LOOK_MS = 250;

/**
 * Asks until the answer is what is waited for. An answer that throws is none yet.
 * @throws Error that says what was waited for and what was seen last, after `mostMs`
 */
export async function waitUntil<T>(
  what: string,
  mostMs: number,
  ask: () => Promise<T>,
  isIt: (answer: T) => boolean,
  signal: AbortSignal,
): Promise<T> {
  const until = performance.now() + mostMs;
  for (;;) {
    let seen: unknown;
    try {
      const answer = await ask();
      if (isIt(answer)) return answer;
      seen = answer;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > until) {
      const last = seen instanceof Error ? seen.message : JSON.stringify(seen);
      throw new Error(`Waited ${mostMs / 1_000} s in vain until ${what}; the last that was seen: ${last}`);
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}
