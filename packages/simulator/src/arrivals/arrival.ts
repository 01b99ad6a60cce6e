/** One request that somebody wants to make. */
export interface Arrival {
  /** When, ms from the start of the run. */
  readonly atMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** A lognormal length, by two of its quantiles, in tokens. */
export interface LengthPlan {
  readonly p50: number;
  readonly p95: number;
}

/** A time with more (or fewer) arrivals than usual; ms. */
export interface Spike {
  readonly fromMs: number;
  readonly toMs: number;
  /** Multiplies the rate. */
  readonly times: number;
}

/** How requests arrive when no trace is given. */
export interface ArrivalPlan {
  /** Mean arrivals per second, before spikes. */
  readonly rate: number;
  /** Coefficient of variation of the gaps between two arrivals: 1 is Poisson, more is bursty. */
  readonly gapVariation: number;
  /** Follow the hours of a Beijing working day, the run beginning at this hour (0 to 24). Absent: the same rate always. */
  readonly diurnalFromHour?: number | undefined;
  readonly spikes: readonly Spike[];
  readonly prompt: LengthPlan;
  readonly output: LengthPlan;
}

/**
 * The figures of the conversation trace "Azure LLM inference 2023" (Patel et al., Splitwise, ISCA 2024, CC-BY 4.0):
 * 19,366 requests in 3,502 s, gap CV 1.1, prompt p50 1,020 and p95 4,083 tokens, answer p50 129 and p95 451 tokens.
 */
export const CONVERSATION_ARRIVALS: ArrivalPlan = {
  rate: 5.53,
  gapVariation: 1.1,
  spikes: [],
  prompt: { p50: 1_020, p95: 4_083 },
  output: { p50: 129, p95: 451 },
};
