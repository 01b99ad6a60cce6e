import type { AnswerHandler, Jitter, RuleFacts } from "../engine/index.ts";
import type { ContinuationMode, ProviderDefinition } from "../providers/index.ts";
import type { Rate } from "./rate.ts";

/**
 * A configuration with every value read and every default filled in: times in ms, sizes in bytes, shares from 0 to 1.
 * The names are those of `tideover.yaml`. It is plain data but for the functions that the SDK was given, and it holds
 * secrets: never print it, print {@link explainConfig} of it.
 */
export interface ResolvedConfig {
  readonly server: ResolvedServer;
  /** By name. Providers that this version cannot run are left out. */
  readonly providers: Readonly<Record<string, ResolvedProvider>>;
  readonly stores: { readonly cache?: string; readonly jobs?: string; readonly queue?: string };
  /** In the order of trying; never empty. */
  readonly routes: readonly ResolvedRoute[];
}

export interface ResolvedServer {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly open: boolean;
  readonly keys: readonly ResolvedCallerKey[];
  readonly adminKey?: string;
  /** Host names that keyless requests may carry, beside loopback's. */
  readonly allowedHosts: readonly string[];
  readonly passthroughKeys: boolean;
  readonly limits: ResolvedServerLimits;
  readonly keepAlive: {
    /** Silence towards a caller after which a keep-alive is sent, in ms. */
    readonly interval: number;
    readonly unary: boolean;
  };
  /** How long open streams may go on after the signal to stop, in ms. */
  readonly drain: number;
  readonly provenance: { readonly headers: boolean; readonly body: boolean };
  /** `environment` (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), `off`, or the proxy's address. */
  readonly proxy: string;
  /** PEM files of certificate authorities. */
  readonly ca: readonly string[];
}

export interface ResolvedServerLimits {
  /** Largest request body, in bytes. */
  readonly body: number;
  /** Largest request head, in bytes. */
  readonly headers: number;
  /** Longest time for a request head, in ms. */
  readonly headersTimeout: number;
  /** Longest time for a whole request, in ms. */
  readonly bodyTimeout: number;
  /** Longest time in which a client takes nothing of what is sent to it, in ms. */
  readonly writeTimeout: number;
}

export interface ResolvedCallerKey {
  readonly name: string;
  /** The secret, or `sha256:<hex>` of it. */
  readonly key: string;
  readonly tenant: string;
  /** The lowest RFC 9218 urgency number (0 is the most urgent) that the key may ask for. */
  readonly maxPriority: number;
  readonly rate?: { readonly requests?: Rate; readonly tokens?: Rate };
}

export interface ResolvedProvider {
  readonly name: string;
  readonly preset: string;
  /** Empty when the provider needs none, or when callers bring their own. */
  readonly apiKeys: readonly string[];
  readonly sameAccount: boolean;
  readonly baseUrl: string;
  /** What the configuration adds to the preset's model names: the caller's name to the host's. */
  readonly models: Readonly<Record<string, string>>;
  readonly degraded: boolean;
  readonly upstream: "stream" | "mirror";
  readonly headers: Readonly<Record<string, string>>;
  /** How a cut answer is finished there; see the catalogue. */
  readonly continuation: ContinuationMode;
  /** The same, laid over the preset: what the adapter takes. */
  readonly definition: ProviderDefinition;
  readonly breaker: ResolvedBreaker | "off";
  readonly limit: ResolvedLimit | "off";
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
  /** One value where it was set; by default it depends on whether the request asks the model to think. */
  readonly firstToken: number | { readonly chat: number; readonly thinking: number };
  readonly gap: number;
  readonly connect: number;
  readonly total: number;
  readonly minRate: Rate | "off";
  readonly cache: ResolvedCache;
  readonly retry: ResolvedRetry | "off";
  readonly hedge: ResolvedHedge | "off";
  readonly resume: "auto" | "exact" | "off";
  /** Never empty. Rungs that this version cannot run are left out. */
  readonly ladder: readonly ResolvedRung[];
}

export interface ResolvedCache {
  readonly fresh: number;
  readonly stale: number;
  readonly when: "deterministic" | "always" | "never";
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
  | { readonly kind: "rules"; readonly rules: readonly RungRule[] }
  | { readonly kind: "template"; readonly text: string; readonly review: boolean }
  | { readonly kind: "handler"; readonly name: string; readonly handler: AnswerHandler };

/** A fixed answer under a condition. */
export interface RungRule {
  /** An expression, which the gateway reads, or a function, which only a program can give. */
  readonly when: string | ((facts: RuleFacts) => boolean);
  readonly answer: string;
}
