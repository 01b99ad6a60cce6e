/** A fault that strikes a share of the requests of a profile. */
export interface FaultShare {
  /** Name in the fault table, without `fault-`. */
  readonly fault: string;
  /** Share of all requests, 0 to 1. */
  readonly share: number;
  /** For faults that strike after n tokens: n is drawn evenly from 1 to this. */
  readonly withinTokens?: number;
}

/** How a simulated provider does at one time of its day. All times in ms of the model's clock. */
export interface Profile {
  readonly name: string;
  readonly description: string;
  /** No profile is measured: each is derived from published figures, and says so. */
  readonly synthetic: true;
  /** From getting a slot to the first token: lognormal. Stands for all that this model does not model. */
  readonly wait: { readonly medianMs: number; readonly p95Ms: number };
  /** Speed of one generation: normal over requests, never below a fifth of the mean. */
  readonly tokensPerSecond: { readonly mean: number; readonly deviation: number };
  /** Spread of the time between two tokens of one generation, as a share of it: 0.5 means 50% to 150%. */
  readonly jitter: number;
  /** Speed of reading a prompt that is not in the prefix cache; adds to the wait. */
  readonly promptTokensPerSecond: number;
  /** While nothing is generated a sign of life goes out this often: drawn evenly from `fromMs` to `toMs`. */
  readonly keepAlive: { readonly fromMs: number; readonly toMs: number };
  /** Generations at a time. A slot is held from admission to the end of the answer. */
  readonly slots: number;
  /** Requests that may wait for a slot; more are refused with 503. */
  readonly queue: number;
  readonly faults: readonly FaultShare[];
}

/** Slots of a provider that is not meant to be the bottleneck; scenarios set their own. */
const AMPLE_SLOTS = 1_000;
const AMPLE_QUEUE = 1_000;
/** One node prefills about 73,700 tokens per second for some hundred streams (open-infra-index, day 6). */
const PROMPT_TOKENS_PER_SECOND = 20_000;
/** DeepSeek shows about four blank lines in the first 60 s of waiting. */
const KEEP_ALIVE = { fromMs: 10_000, toMs: 15_000 };

const base = {
  synthetic: true,
  jitter: 0.5,
  promptTokensPerSecond: PROMPT_TOKENS_PER_SECOND,
  keepAlive: KEEP_ALIVE,
  slots: AMPLE_SLOTS,
  queue: AMPLE_QUEUE,
} as const;

const PROFILES: readonly Profile[] = [
  {
    ...base,
    name: "calm",
    description: "Night or weekend: first token after about 1 s, 60 tokens/s, hardly a failure.",
    wait: { medianMs: 1_200, p95Ms: 3_000 },
    tokensPerSecond: { mean: 60, deviation: 15 },
    faults: [
      { fault: "503", share: 0.002 },
      { fault: "reset", share: 0.001 },
    ],
  },
  {
    ...base,
    name: "peak",
    description: "Working hours in Beijing: first token after 3 s to 20 s, 25 tokens/s, 4% of requests fail.",
    wait: { medianMs: 3_000, p95Ms: 20_000 },
    tokensPerSecond: { mean: 25, deviation: 6 },
    faults: [
      { fault: "503", share: 0.02 },
      { fault: "stall", share: 0.01, withinTokens: 120 },
      { fault: "cut", share: 0.005, withinTokens: 120 },
      { fault: "empty", share: 0.005 },
    ],
  },
  {
    ...base,
    name: "brownout",
    description: "A bad afternoon: first token after 45 s to 300 s, 8 tokens/s, half of the requests fail.",
    wait: { medianMs: 45_000, p95Ms: 300_000 },
    tokensPerSecond: { mean: 8, deviation: 2 },
    faults: [
      { fault: "503", share: 0.25 },
      { fault: "keep-alive-only", share: 0.1 },
      { fault: "blank-eof", share: 0.05 },
      { fault: "stall", share: 0.05, withinTokens: 120 },
      { fault: "insufficient", share: 0.03, withinTokens: 120 },
    ],
  },
  {
    ...base,
    name: "outage",
    description: "Down: 80% of the requests are refused, reset or get a 503 at once, the rest hang.",
    wait: { medianMs: 45_000, p95Ms: 300_000 },
    tokensPerSecond: { mean: 8, deviation: 2 },
    faults: [
      { fault: "503", share: 0.4 },
      { fault: "refused", share: 0.2 },
      { fault: "reset", share: 0.2 },
      { fault: "silence", share: 0.2 },
    ],
  },
  {
    ...base,
    name: "faults",
    description: "For tests: healthy and fast, nothing fails but what a model name asks for.",
    wait: { medianMs: 5, p95Ms: 10 },
    tokensPerSecond: { mean: 1_000, deviation: 0 },
    promptTokensPerSecond: 10_000_000,
    keepAlive: { fromMs: 50, toMs: 50 },
    faults: [],
  },
];

/** All profiles, calm first. */
export function listProfiles(): readonly Profile[] {
  return PROFILES;
}

/**
 * The profile of a name.
 * @throws RangeError that names the known ones.
 */
export function findProfile(name: string): Profile {
  const found = PROFILES.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  throw new RangeError(
    `There is no profile "${name}". Known profiles: ${PROFILES.map((profile) => profile.name).join(", ")}.`,
  );
}
