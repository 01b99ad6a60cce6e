/** How things are, for one route or all. */
export type LevelName = "normal" | "busy" | "degraded" | "outage";

/** Percentiles of a duration, in ms; null where nothing was measured. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** What became of the requests of a period. */
export interface RequestFigures {
  /** Exchanges that ended; the members of `results` add up to it. */
  readonly ended: number;
  /** By `answered`, `accepted`, `refused`, `failed`, `interrupted`, `cancelled`. */
  readonly results: Readonly<Record<string, number>>;
  /** Answers by rung: `live`, `alternate`, `local`, `cache`, `stale`, `similar`, `rules`, `template`, `handler`, `ticket`. */
  readonly rungs: Readonly<Record<string, number>>;
  /** Answers that were below what a live provider would have given. */
  readonly degraded: number;
  /** Answered or accepted, of all that was not the caller's own doing (`refused`, `cancelled`); null without any. */
  readonly answeredShare: number | null;
  /** Degraded, of all answers; null without any. */
  readonly degradedShare: number | null;
  /** To the first content event of a stream, or the whole document, as callers saw it. */
  readonly outcome: Percentiles;
  /** To the end of the answer. */
  readonly total: Percentiles;
  /** Tideover's own share of `outcome`. */
  readonly overhead: Percentiles;
}

/** What the attempts at one provider came to in a period. */
export interface AttemptFigures {
  readonly started: number;
  /** By `answered`, `cut`, `overloaded`, `fault`, `caller`, `incompatible`, `credential`, `rejected`, `deadline`, `cancelled`. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Why they failed, by reason (`http-429`, `first-token-timeout`). */
  readonly reasons: Readonly<Record<string, number>>;
  readonly firstToken: Percentiles;
  readonly total: Percentiles;
  /** The longest silence within each answer. */
  readonly gap: Percentiles;
  readonly retries: number;
  readonly hedges: number;
  readonly continuations: number;
  readonly tokens: { readonly input: number; readonly output: number; readonly cached: number };
  /** In US dollars; null where the prices are not known. */
  readonly cost: number | null;
}

/** A provider's state now. */
export interface ProviderNow {
  readonly name: string;
  /** The worst of its breakers; `off` where it has none. */
  readonly breaker: "closed" | "half-open" | "open" | "off";
  /** Calls at once that it may have, over its accounts and models; null where calls are not limited. */
  readonly limit: number | null;
  readonly inFlight: number;
  readonly waiting: number;
  readonly underPressure: boolean;
  readonly accounts: { readonly usable: number; readonly all: number };
  /** Of the last period: the minute of an overview, the second of a tick. */
  readonly attempts: AttemptFigures;
}

/** What waits. */
export interface WaitingNow {
  /** Requests that are being answered. */
  readonly inFlight: number;
  /** Calls that wait for a permit, by class: `critical`, `standard`, `sheddable`, `background`. */
  readonly permits: Readonly<Record<string, number>>;
  /** Jobs by state (`queued`, `leased`, `running`, …); null where no tickets are given, or the store does not answer. */
  readonly jobs: Readonly<Record<string, number>> | null;
  /** How long the oldest job has waited; 0 where none does. */
  readonly oldestJobMs: number;
}

/** How full the gateway's own processes are. */
export interface LoadNow {
  /** Calls that were let in and have not ended. */
  readonly open: number;
  /** Calls that may be open at once: what the processes have been seen to bear. */
  readonly allowed: number;
  /** Share of the time in which the busiest process's event loop is busy, 0 to 1. */
  readonly busyShare: number;
  /** Calls of the period that were refused at once, by why: `late`, `room`, `most-open`. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What the cache did in a period, and holds now; null where nothing is cached. */
export interface CacheFigures {
  /** Calls by `hit`, `stale-hit`, `miss`, `stale`, `request`, `bypass`. */
  readonly results: Readonly<Record<string, number>>;
  /** Fresh hits, of all calls that the cache could have answered (hits, misses, stale); null without any. */
  readonly hitShare: number | null;
  readonly stored: number;
  /** Calls that shared an answer which was being made. */
  readonly shared: number;
  /** Answers in memory, and their bytes. */
  readonly answers: number;
  readonly bytes: number;
}

/** Money and tokens of a period. */
export interface SpendFigures {
  /** Attempts beyond the first of each call: retries, hedges, continuations. */
  readonly retries: number;
  readonly hedges: number;
  readonly continuations: number;
  /** Tokens that nobody got, by `hedge`, `cut`, `abandoned`. */
  readonly wastedTokens: Readonly<Record<string, number>>;
  readonly tokens: { readonly input: number; readonly output: number; readonly cached: number };
  /** In US dollars, of providers whose prices are known. */
  readonly cost: number;
}

/** How things stand with one route. */
export interface RouteLevel {
  readonly route: string;
  readonly level: LevelName;
  readonly since: number;
}

/** What is shown of everything at a moment, over a period: the minute of an overview, the second of a tick. */
export interface Picture {
  readonly at: number;
  /** Length of the period that the figures are of, in ms. */
  readonly periodMs: number;
  /** The worst of the routes'. */
  readonly level: LevelName;
  readonly levels: readonly RouteLevel[];
  readonly requests: RequestFigures;
  /** The same for each route that had any. */
  readonly routes: Readonly<Record<string, RequestFigures>>;
  readonly providers: readonly ProviderNow[];
  readonly waiting: WaitingNow;
  readonly cache: CacheFigures | null;
  readonly spend: SpendFigures;
  /** Null where nothing is refused for want of room (`server.shedding: off`). */
  readonly load: LoadNow | null;
  /** Calls refused at a provider's limit, by class. */
  readonly shed: Readonly<Record<string, number>>;
  /** How late the event loop was. */
  readonly loopDelay: Percentiles;
}

/** `GET /admin/api/overview` */
export interface OverviewAnswer {
  readonly version: string;
  readonly startedAt: number;
  /** Processes that the figures are of. */
  readonly workers: number;
  /** The gateway runs on simulated upstreams because it found no key. */
  readonly demo: boolean;
  /** The last minute, or less since the start. */
  readonly minute: Picture;
  /** Since the start. */
  readonly total: {
    readonly requests: RequestFigures;
    readonly spend: SpendFigures;
    readonly cache: CacheFigures | null;
  };
  /** The last ticks before this answer, oldest first, so that a page that opens has something to draw. At most 300. */
  readonly ticks: readonly Picture[];
}
