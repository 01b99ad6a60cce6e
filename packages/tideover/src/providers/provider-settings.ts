import type { PromptTemplate } from "../wire/index.ts";
import type { Ability, ContinuationMode } from "./catalogue/preset.ts";
import type { PriceSettings } from "./pricing.ts";

/** What a configuration may say about one account of a pool. */
export interface AccountSettings {
  readonly apiKey?: string | undefined;
  /** Replaces the provider's; its quirks stay. */
  readonly baseUrl?: string | undefined;
  /** Its share of the calls against the other accounts' weights; above 0, 1 unless said. */
  readonly weight?: number | undefined;
  /** Where it is; the provider's region unless said. */
  readonly region?: string | undefined;
}

/** What a configuration may say about a provider; everything but the preset is optional. */
export interface ProviderSettings {
  /** Name of a catalogue entry. */
  readonly preset: string;
  readonly apiKey?: string | undefined;
  /** Several keys; each is an account of its own unless `sameAccount`. */
  readonly apiKeys?: readonly string[] | undefined;
  /** A pool in place of keys: each account with what is its own. */
  readonly accounts?: readonly AccountSettings[] | undefined;
  /** Where it is, to be compared with where we are. */
  readonly region?: string | undefined;
  /** Prices in US dollars per million tokens, by the host's model name; `*` stands for every other. */
  readonly prices?: Readonly<Record<string, PriceSettings>> | undefined;
  /** Every call brings its caller's own key, so none is needed here. */
  readonly keysFromCallers?: boolean | undefined;
  /** The keys belong to one account, so they share its limits and its breaker. */
  readonly sameAccount?: boolean | undefined;
  /** Replaces the preset's; its quirks stay. */
  readonly baseUrl?: string | undefined;
  /** From the model that a caller names to the one that is asked for; `*` stands for every other name. */
  readonly models?: Readonly<Record<string, string>> | undefined;
  readonly degraded?: boolean | undefined;
  readonly upstream?: "stream" | "mirror" | undefined;
  /** Further request headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Replaces the preset's mode; the person who writes it vouches for it. */
  readonly continuation?: ContinuationMode | undefined;
  /** What its models cannot do, beside what the preset says. */
  readonly lacks?: readonly Ability[] | undefined;
  /** Prompt and answer together, in tokens, where the catalogue does not know it or the server was given less. */
  readonly contextTokens?: number | undefined;
  /** How a conversation is written as one text, for servers that take one (preset `kserve`). */
  readonly promptTemplate?: PromptTemplate | undefined;
}

/** Settings of a provider that cannot be used. The message names the provider, the setting and what would be right. */
export class ProviderSettingsError extends Error {
  override readonly name = "ProviderSettingsError";
  readonly provider: string;
  /** The setting that is wrong, as the configuration names it. */
  readonly setting: string;

  constructor(provider: string, setting: string, problem: string) {
    super(`Provider "${provider}": ${problem}`);
    this.provider = provider;
    this.setting = setting;
  }
}
