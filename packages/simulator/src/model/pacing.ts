import type { Random } from "tideover/engine";
import type { Profile } from "./profiles.ts";

/** The 95th percentile of the standard normal distribution. */
const Z_95 = 1.6449;
/** A generation is never slower than this share of the profile's mean. */
const SLOWEST_SHARE = 0.2;

/** A standard normal sample (Box and Muller). */
export function normalSample(random: Random): number {
  // 1 - next() is never 0, whose logarithm would be infinite.
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** A lognormal sample with the given median and 95th percentile. */
export function lognormalSample(random: Random, median: number, p95: number): number {
  const sigma = Math.log(p95 / median) / Z_95;
  return median * Math.exp(sigma * normalSample(random));
}

/** Settings that replace parts of whatever profile is in force; all times in ms. */
export interface PacingOverrides {
  /** The wait from slot to first token, exactly. */
  readonly ttftMs?: number;
  /** Speed of every generation, exactly, before jitter. */
  readonly tokensPerSecond?: number;
  /** Spread of the time between two tokens, as a share: 0 is a metronome. */
  readonly jitter?: number;
  /** Cadence of signs of life, exactly. */
  readonly keepAliveMs?: number;
  readonly promptTokensPerSecond?: number;
  readonly slots?: number;
  readonly queue?: number;
}

/** The times of one exchange, in ms of the model's clock. */
export interface Pacing {
  /** From slot to first token, without the reading of the prompt. */
  readonly waitMs: number;
  readonly promptTokensPerSecond: number;
  /** Time until the next sign of life. */
  keepAliveMs(): number;
  /** Time that so many tokens take. */
  tokensMs(tokens: number): number;
}

/** Draws the times of one exchange. `scale` multiplies every time. */
export function drawPacing(profile: Profile, overrides: PacingOverrides, scale: number, random: Random): Pacing {
  const wait = overrides.ttftMs ?? lognormalSample(random, profile.wait.medianMs, profile.wait.p95Ms);
  const { mean, deviation } = profile.tokensPerSecond;
  const speed = overrides.tokensPerSecond ?? Math.max(mean * SLOWEST_SHARE, mean + deviation * normalSample(random));
  const jitter = overrides.jitter ?? profile.jitter;
  const intervalMs = (1_000 / speed) * scale;
  const { fromMs, toMs } = profile.keepAlive;
  return {
    waitMs: wait * scale,
    promptTokensPerSecond: (overrides.promptTokensPerSecond ?? profile.promptTokensPerSecond) / scale,
    keepAliveMs: () => (overrides.keepAliveMs ?? fromMs + (toMs - fromMs) * random.next()) * scale,
    tokensMs: (tokens) => tokens * intervalMs * (1 + jitter * (2 * random.next() - 1)),
  };
}
