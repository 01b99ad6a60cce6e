import type { Clock } from "tideover/engine";
import type { UsagePlacement } from "../faults/fault-effect.ts";
import { DEFAULT_TEXT_RULES, type TextRules } from "../text/plan-answer.ts";
import type { PacingOverrides } from "./pacing.ts";
import type { Profile } from "./profiles.ts";
import type { ReasoningHistory } from "./validate-request.ts";
import type { UpstreamRequest } from "./wire.ts";

/** The provider's close timer: a generation that has not begun after 10 minutes is closed. */
const START_LIMIT_MS = 600_000;
/** Streams that fell silent were seen closed near 600 s. */
const HOLD_MS = 600_000;
/** Context of the V4 models, tokens. */
const CONTEXT_TOKENS = 1_048_576;
/** Blocks of 64 tokens that the prefix cache remembers: six million tokens. */
const CACHE_BLOCKS = 100_000;
/** A balance above which nothing limits the account. */
const AMPLE_BALANCE = 1_000;

/** What a scenario is asked about each request. */
export interface FaultQuestion {
  readonly request: UpstreamRequest;
  /** The body's model, where there is one. */
  readonly model: string | undefined;
  /** How many requests came before. */
  readonly ordinal: number;
  /** The model's clock, ms. */
  readonly now: number;
}

/** Everything about a simulated provider that can be set; only the clock must be. */
export interface UpstreamOptions extends Partial<TextRules> {
  readonly clock: Clock;
  /** Seed of times, faults and ids. The text has its own seed, so that servers differ and answers do not. */
  readonly seed?: number;
  /** Name of a profile, or one of your own. Default `calm`. */
  readonly profile?: string | Profile;
  /** Replaces parts of every profile. */
  readonly pacing?: PacingOverrides;
  /** Multiplies every time, the provider's limits included: 0.01 makes a minute 0.6 s. */
  readonly timeScale?: number;
  /** Accepted API keys; absent: every caller is let in. */
  readonly keys?: readonly string[];
  /** Models that exist besides `fault-…`; absent: every name is served. */
  readonly models?: readonly string[];
  /** Balance of every account, in its currency; 0 gives 402, little limits its concurrency. */
  readonly balance?: number;
  /** Calls that one account may have open; default: what its balance allows. */
  readonly accountConcurrency?: number;
  /** Most tokens of prompt and answer. */
  readonly contextTokens?: number;
  readonly usage?: UsagePlacement;
  readonly reasoningHistory?: ReasoningHistory;
  /** Tokens per stream chunk. */
  readonly tokensPerChunk?: number;
  /** Most content chunks of a stream: long answers then carry more tokens per chunk. For fast simulations. */
  readonly maxChunks?: number;
  /** Names the fault of a request (`cut-20`), before its model name does. */
  readonly faultFor?: (question: FaultQuestion) => string | undefined;
  /** After this long without a first token the response is closed, ms. */
  readonly startLimitMs?: number;
  /** After this long a silent connection is closed, ms. */
  readonly holdMs?: number;
}

/** The options with every default filled in. */
export type EffectiveOptions = Required<
  Omit<UpstreamOptions, "keys" | "models" | "faultFor" | "accountConcurrency" | "profile" | "maxChunks">
> &
  Pick<UpstreamOptions, "keys" | "models" | "faultFor" | "accountConcurrency" | "maxChunks"> & {
    readonly cacheBlocks: number;
  };

/**
 * Fills in the defaults.
 * @throws RangeError when the time scale is not a positive number.
 */
export function effectiveOptions(options: UpstreamOptions): EffectiveOptions {
  const timeScale = options.timeScale ?? 1;
  if (!(timeScale > 0 && Number.isFinite(timeScale))) {
    throw new RangeError(`timeScale must be a number above 0, found ${timeScale}.`);
  }
  return {
    seed: 1,
    pacing: {},
    balance: AMPLE_BALANCE,
    contextTokens: CONTEXT_TOKENS,
    usage: "deepseek",
    reasoningHistory: "required-with-tools",
    tokensPerChunk: 1,
    cacheBlocks: CACHE_BLOCKS,
    ...DEFAULT_TEXT_RULES,
    ...options,
    timeScale,
    startLimitMs: (options.startLimitMs ?? START_LIMIT_MS) * timeScale,
    holdMs: (options.holdMs ?? HOLD_MS) * timeScale,
  };
}
