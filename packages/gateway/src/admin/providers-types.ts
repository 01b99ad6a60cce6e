import type { AttemptFigures, ProviderNow } from "./overview-types.ts";

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
export type ProviderEvent = {
  readonly at: number;
  readonly provider: string;
  /** For people, in English. */
  readonly text: string;
} & ProviderHappening;

/** What it was, to be told in other languages. */
export type ProviderHappening =
  | { readonly type: "breaker-changed"; readonly model: string; readonly state: string; readonly reason: string }
  | { readonly type: "account-isolated"; readonly account: string; readonly reason: string }
  | { readonly type: "limit-changed"; readonly model: string; readonly limit: number; readonly inFlight: number };

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
