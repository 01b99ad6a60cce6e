import type { AnswerShape } from "../faults/fault-effect.ts";
import type { Pacing } from "./pacing.ts";
import { type Script, type Step, wait, write } from "./script.ts";

/** Signs of life never come faster, so that a cadence of 0 is no endless loop; ms. */
const SHORTEST_CADENCE_MS = 1;

/** The times of one response, with what its fault changes; ms. */
export interface ResponseTiming {
  /** From now to the first token; Infinity: never. */
  readonly waitMs: number;
  /** From now until the provider closes a generation that has not started. */
  readonly startLimitMs: number;
  /** How long a connection on which nothing more comes stays open. */
  readonly holdMs: number;
  keepAliveMs(): number;
  tokensMs(tokens: number): number;
}

/** Puts a fault's own times over those that were drawn. */
export function shapedTiming(
  pacing: Pacing,
  shape: AnswerShape,
  limits: { readonly startLimitMs: number; readonly holdMs: number; readonly promptTokens: number },
): ResponseTiming {
  const readingMs = (limits.promptTokens / pacing.promptTokensPerSecond) * 1_000;
  const { keepAliveMs, tokenIntervalMs } = shape;
  return {
    waitMs: shape.waitMs ?? pacing.waitMs + readingMs,
    startLimitMs: limits.startLimitMs,
    holdMs: limits.holdMs,
    keepAliveMs: keepAliveMs === undefined ? pacing.keepAliveMs : () => keepAliveMs,
    tokensMs: tokenIntervalMs === undefined ? pacing.tokensMs : (tokens) => tokens * tokenIntervalMs,
  };
}

/** Waits, with signs of life in between. */
export function* waitAlive(ms: number, timing: Pick<ResponseTiming, "keepAliveMs">, signOfLife: string): Script {
  let left = ms;
  for (;;) {
    const next = Math.max(SHORTEST_CADENCE_MS, timing.keepAliveMs());
    if (next >= left) break;
    yield wait(next);
    yield write(signOfLife);
    left -= next;
  }
  yield wait(left);
}

/**
 * Waits for the first token, with signs of life.
 * @returns false when the provider's limit came first; the caller of the script then ends the response.
 */
export function* waitForStart(timing: ResponseTiming, signOfLife: string): Generator<Step, boolean> {
  const starts = timing.waitMs <= timing.startLimitMs;
  yield* waitAlive(starts ? timing.waitMs : timing.startLimitMs, timing, signOfLife);
  return starts;
}
