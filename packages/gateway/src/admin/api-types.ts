/**
 * What the admin API answers, below `/admin/api`. Pure types: the dashboard imports them. Times are in ms, moments in
 * ms since the Unix epoch, sizes in bytes, money in US dollars, shares from 0 to 1. Nothing here holds a secret; prompts
 * are there only where `server.records.prompts` says so.
 *
 * History, review and forecast have files of their own: `history-types.ts`, `review-types.ts`, `forecast-types.ts`.
 *
 * Errors have the envelope of all others: `{ error: { message, code, type } }`. What needs a body takes JSON
 * (`content-type: application/json`). From another machine each request carries `Authorization: Bearer <adminKey>`.
 */

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
  /** Calls refused at a limit, by class. */
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

/** An account of a provider. */
export interface AccountView {
  /** Names the key, never the key itself. */
  readonly id: string;
  readonly region?: string;
  /** `isolated`: the provider refuses its key, or its account is empty. */
  readonly state: "usable" | "isolated";
  /** Why, for an isolated one. */
  readonly reason?: string;
}

/** A breaker of one account and model. */
export interface BreakerView {
  readonly account: string;
  readonly model: string;
  readonly state: "closed" | "half-open" | "open";
}

/** A limit of one account and model. */
export interface LimitView {
  readonly account: string;
  readonly model: string;
  readonly limit: number;
  readonly inFlight: number;
  readonly waiting: Readonly<Record<string, number>>;
  readonly underPressure: boolean;
}

/** Something that happened to a provider. */
export interface ProviderEvent {
  readonly at: number;
  readonly provider: string;
  readonly type: "breaker-changed" | "account-isolated" | "limit-changed";
  /** For people, in English. */
  readonly text: string;
}

/** One provider in full. */
export interface ProviderView extends ProviderNow {
  readonly preset: string;
  /** Without a password, should it have one. */
  readonly baseUrl: string;
  /** Its answers count as degraded. */
  readonly degraded: boolean;
  readonly local: boolean;
  readonly routes: readonly string[];
  readonly accountList: readonly AccountView[];
  /** At most 100, those in trouble first. */
  readonly breakers: readonly BreakerView[];
  /** At most 100, the busiest first. */
  readonly limits: readonly LimitView[];
  /** Since the start. */
  readonly totals: AttemptFigures;
}

/** `GET /admin/api/providers` */
export interface ProvidersAnswer {
  readonly at: number;
  /** Length of the period that `attempts` are of, in ms. */
  readonly periodMs: number;
  readonly providers: readonly ProviderView[];
  /** The newest first; at most 200. */
  readonly events: readonly ProviderEvent[];
}

/** One request that was answered lately. */
export interface RequestSummary {
  readonly id: string;
  readonly at: number;
  readonly endpoint: string;
  readonly route: string | null;
  readonly model: string | null;
  readonly tenant: string | null;
  readonly keyName: string | null;
  readonly stream: boolean;
  /** 0 (critical) to 7 (background). */
  readonly priority: number | null;
  /** `answered`, `accepted`, `refused`, `failed`, `interrupted`, `cancelled`. */
  readonly result: string;
  readonly status: number;
  /** The error's code, where there was one. */
  readonly code: string | null;
  readonly rung: string | null;
  readonly provider: string | null;
  readonly degraded: boolean;
  readonly attempts: number;
  readonly seams: number;
  /** Arrival to outcome; null where it never came. */
  readonly outcomeMs: number | null;
  readonly totalMs: number;
  readonly tokens: { readonly input: number; readonly output: number } | null;
  readonly cost: number | null;
}

/**
 * `GET /admin/api/requests?limit=&before=&route=&provider=&rung=&result=&degraded=true&tenant=`: the newest first.
 * `before` is the `id` of the last request of the page before.
 */
export interface RequestsAnswer {
  readonly requests: readonly RequestSummary[];
  readonly hasMore: boolean;
  /** How many are kept at most, and whether prompts are. */
  readonly kept: number;
  readonly promptsKept: boolean;
}

/**
 * One bar of a waterfall: `start` and `end` from the request's arrival, in ms; `end` equals `start` for what happened at
 * a moment.
 */
export interface WaterfallSpan {
  /**
   * - `rung`: a rung of the ladder had its turn.
   * - `wait`: for a permit.
   * - `attempt`: one call to one provider; `mark` is its first content event.
   * - `backoff`: the pause before a retry.
   * - `hedge`: a second provider was asked beside a silent one.
   * - `seam`: the answer went on after a break.
   * - `cache`: the cache answered.
   * - `outcome`: the caller had the beginning of an answer, or the failure.
   */
  readonly kind: "rung" | "wait" | "attempt" | "backoff" | "hedge" | "seam" | "cache" | "outcome";
  /** The rung's or the provider's name. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** First content event of an attempt. */
  readonly mark?: number;
  /** `answered`, `cut`, a failure's kind, `refused`. */
  readonly outcome?: string;
  /** Why: a failure's reason. */
  readonly reason?: string;
  /** Which of the provider's accounts. */
  readonly account?: string;
}

/** `GET /admin/api/requests/{id}` */
export interface RequestDetail extends RequestSummary {
  /** In the order in which they began. */
  readonly waterfall: readonly WaterfallSpan[];
  /** What became of it, for people; null where it was answered. */
  readonly message: string | null;
  readonly seamList: readonly {
    readonly at: number;
    readonly from: string;
    readonly to: string;
    readonly mode: string;
  }[];
  /** Null where prompts are not kept. Cut at a bound, and `cut` says so. */
  readonly prompt: { readonly text: string; readonly cut: boolean } | null;
}

/** `GET /admin/api/cache` */
export interface CacheAnswer {
  /** Null where nothing is cached. */
  readonly cache: CacheFigures | null;
  /** Since the start. */
  readonly total: CacheFigures | null;
  readonly capacityBytes: number;
  /** The second level, without a password; null where memory is all there is. */
  readonly store: string | null;
  readonly routes: readonly {
    readonly route: string;
    readonly when: string;
    readonly freshMs: number;
    readonly staleMs: number;
  }[];
}

/** `DELETE /admin/api/cache?key=|route=|tag=|tenant=|model=` */
export interface PurgeAnswer {
  readonly purged: number;
}

/** A job in the words of `GET /v1/jobs/{id}`, with what an operator needs beside it. */
export interface JobView {
  readonly id: string;
  readonly tenant: string;
  readonly model: string;
  readonly operation: string;
  readonly state: string;
  readonly priority: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly expiresAt: number;
  readonly deliveries: number;
  /** Why it failed, or was given back last. */
  readonly error: string | null;
  /** It was given up after its last delivery: a person should look at it and may queue it anew. */
  readonly deadLetter: boolean;
  /** What it belongs to, such as a batch. */
  readonly group: string | null;
}

/** `GET /admin/api/jobs?state=&tenant=&group=&after=&limit=`; dead letters are those with `state=failed`. */
export interface JobsAnswer {
  readonly counts: Readonly<Record<string, number>>;
  readonly oldestQueuedAt: number | null;
  readonly jobs: readonly JobView[];
  readonly hasMore: boolean;
  /** Jobs that this process works on now. */
  readonly busy: number;
  /** Jobs a second that end; null while too little is known. */
  readonly perSecond: number | null;
}

/** `GET /admin/api/jobs/{id}`, and the answer to `POST /admin/api/jobs/{id}/redrive` and `/cancel` */
export interface JobAnswer {
  readonly job: JobView;
  /** The answer's body where there is one and prompts are kept; else null. */
  readonly response: unknown;
}

/** One effective setting, as it would be written; of a secret only that it is set. */
export interface SettingView {
  readonly setting: string;
  readonly value: string;
  /** `default`, `preset deepseek`, `file line 12`, `environment DEEPSEEK_API_KEY`. */
  readonly origin: string;
  /** Where from, in one word: `default`, `preset`, `file`, `environment`, … */
  readonly from: string;
  /** False for what this version does not act on. */
  readonly active: boolean;
}

/** The settings of one part of the configuration. */
export interface SettingsSection {
  readonly section: "server" | "stores" | "provider" | "route" | "chaos";
  /** Name of the provider or route; empty for the others. */
  readonly name: string;
  readonly model?: string;
  readonly ladder?: readonly string[];
  readonly values: readonly SettingView[];
}

/** `GET /admin/api/settings` */
export interface SettingsAnswer {
  /** The file's path; null where there is none. */
  readonly file: string | null;
  readonly sections: readonly SettingsSection[];
}

/** What is wrong with, or to be said of, a configuration. */
export interface SettingsIssue {
  /** For people, with the place and what would be right. */
  readonly message: string;
  readonly path: string;
  readonly line: number | null;
}

/** One effective value that would change. */
export interface SettingChange {
  readonly section: string;
  readonly name: string;
  readonly setting: string;
  /** Null where it is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** `POST /admin/api/settings/check` takes `{ "yaml": "…" }`, applies nothing, and answers this. */
export interface SettingsCheckAnswer {
  readonly valid: boolean;
  readonly errors: readonly SettingsIssue[];
  readonly warnings: readonly SettingsIssue[];
  /** Against what is in force; empty for an invalid one. */
  readonly changes: readonly SettingChange[];
  /** Changed settings that only a restart brings in force. */
  readonly needsRestart: readonly string[];
}

/**
 * `GET /admin/api/live`: server-sent events. Each has the name of its type as `event:` and its JSON as `data:`. The
 * first one is a tick; then one comes each second. Comments (`: keep-alive`) are to be ignored.
 */
export type LiveEvent =
  | { readonly event: "tick"; readonly data: Picture }
  /** As it happens. */
  | { readonly event: "provider"; readonly data: ProviderEvent }
  /** Requests that ended since the tick before, the newest last; at most 20 of them. */
  | { readonly event: "requests"; readonly data: readonly RequestSummary[] };

/** `GET /v1/status`: public, without a key and without secrets. */
export interface StatusAnswer {
  readonly object: "status";
  /** The worst of the routes'. */
  readonly level: LevelName;
  /** Since when, in seconds since the Unix epoch. */
  readonly since: number;
  readonly routes: readonly { readonly name: string; readonly level: LevelName; readonly since: number }[];
  /** When this was so, in seconds since the Unix epoch. */
  readonly at: number;
}
