import type { Rate } from "./rate.ts";
import type { ResolvedBudget } from "./resolved-budget.ts";

export interface ResolvedServer {
  readonly host: string;
  readonly port: number;
  /** Where the gateway runs, to be compared with the regions of accounts. */
  readonly region?: string;
  readonly dataDir: string;
  readonly open: boolean;
  readonly keys: readonly ResolvedCallerKey[];
  readonly adminKey?: string;
  readonly jobs: ResolvedJobs;
  readonly webhooks: readonly ResolvedWebhook[];
  /** Host names that keyless requests may carry, beside loopback's. */
  readonly allowedHosts: readonly string[];
  readonly passthroughKeys: boolean;
  readonly limits: ResolvedServerLimits;
  readonly shedding: ResolvedShedding | "off";
  /** Processes that serve the port. */
  readonly workers: number | "auto";
  readonly keepAlive: {
    /** Silence towards a caller after which a keep-alive is sent, in ms. */
    readonly interval: number;
    readonly unary: boolean;
  };
  /** How long open streams may go on after the signal to stop, in ms. */
  readonly drain: number;
  readonly provenance: { readonly headers: boolean; readonly body: boolean };
  /** What is remembered of recent requests, in memory. */
  readonly records: { readonly requests: number; readonly prompts: boolean };
  /** Whether `/metrics` answers beyond this machine without the admin key. */
  readonly openMetrics: boolean;
  /** `environment` (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), `off`, or the proxy's address. */
  readonly proxy: string;
  /** PEM files of certificate authorities. */
  readonly ca: readonly string[];
}

export interface ResolvedJobs {
  readonly workers: boolean;
  /** Jobs at once. */
  readonly concurrency: number;
  /** Of a provider's current limit, from 0 to 1. */
  readonly share: number;
  /** How long an ended job is kept, in ms. */
  readonly keep: number;
  /** Absent: one that is kept in the data folder. */
  readonly secret?: string;
}

export interface ResolvedWebhook {
  readonly url: string;
  /** `whsec_` and base64. */
  readonly secrets: readonly string[];
  /** Absent: everybody's jobs. */
  readonly tenant?: string;
  readonly events: readonly ("job.succeeded" | "job.failed" | "job.expired" | "job.cancelled")[];
  readonly private: boolean;
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

/** When a process takes no more calls. */
export interface ResolvedShedding {
  /** How late the event loop may run for long, in ms. */
  readonly delay: number;
  /** Most open requests of a process. */
  readonly mostOpen: number | "auto";
}

export interface ResolvedCallerKey {
  readonly name: string;
  /** The secret, or `sha256:<hex>` of it. */
  readonly key: string;
  readonly tenant: string;
  /** The lowest RFC 9218 urgency number (0 is the most urgent) that the key may ask for. */
  readonly maxPriority: number;
  readonly rate?: { readonly requests?: Rate; readonly tokens?: Rate };
  readonly budget?: ResolvedBudget;
}
