import type { AttemptFigures, Percentiles, Picture, RequestFigures } from "./types.ts";

/** Made-up ticks, for tests. */

const NONE: Percentiles = { count: 0, p50: null, p95: null, p99: null };

/** What ended in one second. */
export interface TickOf {
  readonly at?: number;
  readonly answered?: number;
  readonly failed?: number;
  readonly degraded?: number;
  readonly cancelled?: number;
  readonly rungs?: Readonly<Record<string, number>>;
  readonly firstToken?: Readonly<Record<string, Percentiles>>;
  /** Refused because the gateway was full, by why. */
  readonly refused?: Readonly<Record<string, number>>;
}

/** One tick in which these requests ended. */
export function tick(of: TickOf): Picture {
  const {
    at = 0,
    answered = 0,
    failed = 0,
    degraded = 0,
    cancelled = 0,
    rungs = {},
    firstToken = {},
    refused = {},
  } = of;
  const requests: RequestFigures = {
    ...{ ended: answered + failed + cancelled, results: { answered, failed, cancelled }, rungs, degraded },
    ...{ answeredShare: null, degradedShare: null, outcome: NONE, total: NONE, overhead: NONE },
  };
  const tokens = { input: 0, output: 0, cached: 0 };
  const attempts: AttemptFigures = {
    ...{ started: 0, outcomes: {}, reasons: {}, firstToken: NONE, total: NONE, gap: NONE },
    ...{ retries: 0, hedges: 0, continuations: 0, tokens, cost: null },
  };
  return {
    ...{ at, periodMs: 1_000, level: "normal", levels: [], requests, routes: {} },
    providers: Object.entries(firstToken).map(([name, measured]) => ({
      ...{ name, breaker: "closed", limit: null, inFlight: 0, waiting: 0, underPressure: false },
      ...{ accounts: { usable: 1, all: 1 }, attempts: { ...attempts, firstToken: measured } },
    })),
    waiting: { inFlight: 0, permits: {}, jobs: null, oldestJobMs: 0 },
    cache: null,
    spend: { retries: 1, hedges: 0, continuations: 0, wastedTokens: {}, tokens, cost: 0 },
    load: { open: 3, allowed: 1_000, busyShare: 0.4, refused },
    shed: { sheddable: 2 },
    loopDelay: NONE,
  };
}
