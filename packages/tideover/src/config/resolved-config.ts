import type { AnswerHandler, Jitter, RuleFacts } from "../engine/index.ts";
import type { Ability, ContinuationMode, PriceSettings, ProviderDefinition } from "../providers/index.ts";
import type { PromptTemplate } from "../wire/index.ts";
import type { Rate } from "./rate.ts";
import type { ResolvedBudget } from "./resolved-budget.ts";
import type { ResolvedServer } from "./resolved-server.ts";

/**
 * A configuration with every value read and every default filled in: times in ms, sizes in bytes, shares from 0 to 1.
 * The names are those of `tideover.yaml`. It is plain data but for the functions that the SDK was given, and it holds
 * secrets: never print it, print {@link explainConfig} of it.
 */
export interface ResolvedConfig {
  readonly server: ResolvedServer;
  /** By name. Providers that this version cannot run are left out. */
  readonly providers: Readonly<Record<string, ResolvedProvider>>;
  readonly stores: {
    readonly cache?: string;
    /** In bytes; absent: what suits the platform. */
    readonly cacheMemory?: number;
    readonly jobs?: string;
    readonly queue?: string;
    readonly history?: string;
    readonly review?: string;
  };
  /** In the order of trying; never empty. */
  readonly routes: readonly ResolvedRoute[];
  /** What is generated ahead; absent: nothing. */
  readonly warm?: readonly ResolvedWarm[];
  /** Faults on purpose; absent: none, or their time is over. */
  readonly chaos?: ResolvedChaos;
}

/** Answers that a gateway generates ahead; it has a schedule, or waits for off-peak hours, or both. */
export interface ResolvedWarm {
  readonly prompts: string;
  /** A cron expression. */
  readonly schedule?: string;
  readonly offPeak: boolean;
  /** Absent: the only tenant. */
  readonly tenant?: string;
  readonly model?: string;
  readonly concurrency: number;
}

export interface ResolvedChaos {
  readonly share: number;
  /** In ms since the Unix epoch. */
  readonly until: number;
  /** Absent: all. */
  readonly providers?: readonly string[];
  readonly critical: boolean;
  readonly faults: {
    /** In ms. */
    readonly latency?: number;
    readonly failure?: readonly ("overloaded" | "fault")[];
    /** In content events. */
    readonly cut?: number;
  };
}

export interface ResolvedProvider {
  readonly name: string;
  readonly preset: string;
  /** Empty when the provider needs none, or when callers bring their own. */
  readonly apiKeys: readonly string[];
  /** A pool in place of keys. */
  readonly accounts?: readonly ResolvedAccount[];
  readonly region?: string;
  /** In US dollars per million tokens, by the host's model name; the catalogue's come after them. */
  readonly prices?: Readonly<Record<string, PriceSettings>>;
  readonly sameAccount: boolean;
  readonly baseUrl: string;
  /** What the configuration adds to the preset's model names: the caller's name to the host's. */
  readonly models: Readonly<Record<string, string>>;
  /** Of a provider in this process: the model's name on the hub, or its folder. */
  readonly model?: string;
  /** Of a provider in this process: the number format of its weights. */
  readonly dtype?: string;
  /** Of a provider in this process: where it runs. */
  readonly device?: string;
  readonly inProcess?: ResolvedInProcess;
  readonly degraded: boolean;
  readonly upstream: "stream" | "mirror";
  readonly headers: Readonly<Record<string, string>>;
  /** How a cut answer is finished there; see the catalogue. */
  readonly continuation: ContinuationMode;
  /** What its models cannot do: the preset's and the configuration's. Absent: nothing is known. */
  readonly lacks?: readonly Ability[];
  /** Prompt and answer together, in tokens, where the configuration says it. */
  readonly contextTokens?: number;
  /** How a conversation is written as one text, where the server takes one. */
  readonly promptTemplate?: PromptTemplate;
  /** Of a server of one's own: its models are to be in memory before anyone asks. Absent: they need not. */
  readonly warm?: boolean;
  /** The same, laid over the preset: what the adapter takes. */
  readonly definition: ProviderDefinition;
  readonly breaker: ResolvedBreaker | "off";
  readonly limit: ResolvedLimit | "off";
}

export interface ResolvedAccount {
  readonly apiKey?: string;
  readonly baseUrl: string;
  readonly weight: number;
  readonly region?: string;
}

/** How a model in this process is kept. */
export interface ResolvedInProcess {
  /** The folder of all models; absent: where `tideover model pull` puts them. */
  readonly folder?: string;
  /** Threads within one operation; absent: one less than there are cores. */
  readonly threads?: number;
  /** Prompt and answer together, in tokens. */
  readonly contextTokens: number;
  /** An unused model leaves memory after this time, in ms. */
  readonly unloadAfter: number;
  /** Calls that may wait while one is being answered. */
  readonly queue: number;
  /** Load it at the start rather than at the first call. */
  readonly warm: boolean;
}

export interface ResolvedLimit {
  readonly concurrency: number | "auto";
  /** The most that `auto` may learn; absent where neither the configuration nor the catalogue says it. */
  readonly max?: number;
}

export interface ResolvedBreaker {
  readonly consecutive: number | "off";
  readonly ratio: number | "off";
  readonly minimum: number;
  readonly window: number;
  readonly open: number;
  readonly maxOpen: number;
  readonly probes: number;
  readonly counts: readonly ("fault" | "overloaded")[];
}

export interface ResolvedRoute {
  readonly name: string;
  /** A glob; see {@link matchesModel}. */
  readonly model: string;
  readonly deadline: number;
  /**
   * One value where it was set; by default it depends on whether the request asks the model to think. `auto` is
   * learned, and never longer than the default.
   */
  readonly firstToken: number | "auto" | { readonly chat: number; readonly thinking: number };
  readonly gap: number;
  readonly connect: number;
  readonly total: number;
  readonly minRate: Rate | "off";
  readonly cache: ResolvedCache;
  readonly retry: ResolvedRetry | "off";
  readonly hedge: ResolvedHedge | "off";
  readonly resume: "auto" | "exact" | "off";
  /** A degraded provider may finish what another began. Absent: it may not. */
  readonly resumeDegraded?: boolean;
  /** What becomes of a conversation that is too long for a degraded provider. Absent: it refuses it. */
  readonly longPrompt?: "refuse" | "shorten" | "summarise";
  readonly budget?: ResolvedBudget;
  /** Never empty. Rungs that this version cannot run are left out. */
  readonly ladder: readonly ResolvedRung[];
}

export interface ResolvedCache {
  readonly fresh: number;
  readonly stale: number;
  readonly when: "deterministic" | "always" | "never";
  /** Between the events of a replayed stream, in ms; 0: all at once. */
  readonly pace: number;
  /** Ways to end, beside `stop`, with which an answer is stored too. */
  readonly also: readonly ("length" | "tool_calls")[];
  readonly tags: readonly string[];
}

export interface ResolvedRetry {
  /** Tries of one provider per request, the first included. */
  readonly attempts: number;
  readonly same: "when-last" | "always";
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly jitter: Jitter;
  readonly budget: number | "off";
}

export interface ResolvedHedge {
  readonly after: number | `p${number}`;
  readonly budget: number | "off";
}

export type ResolvedRung =
  | { readonly kind: "provider"; readonly provider: string }
  | { readonly kind: "stale" /** In ms from the call's start. */; readonly after?: number }
  | {
      readonly kind: "similar";
      readonly provider: string;
      readonly model: string;
      /** Least cosine similarity. */
      readonly threshold: number;
    }
  | { readonly kind: "rules"; readonly rules: readonly RungRule[] }
  | { readonly kind: "template"; readonly text: string; readonly review: boolean }
  | ResolvedTicket
  | { readonly kind: "handler"; readonly name: string; readonly handler: AnswerHandler };

export interface ResolvedTicket {
  readonly kind: "ticket";
  readonly always: boolean;
  /** Rungs whose answers open a ticket too. */
  readonly beside: readonly ("stale" | "similar" | "rules" | "template")[];
  /** How long a job may wait for its answer, in ms. */
  readonly expires: number;
  readonly offPeak: boolean;
}

/** A fixed answer under a condition. */
export interface RungRule {
  /** An expression, which the gateway reads, or a function, which only a program can give. */
  readonly when: string | ((facts: RuleFacts) => boolean);
  readonly answer: string;
}
