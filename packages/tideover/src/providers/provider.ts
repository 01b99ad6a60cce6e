import type { Operation } from "../engine/index.ts";
import type { PromptTemplate } from "../wire/index.ts";
import { IN_PROCESS_BASE_URL } from "./catalogue/in-process.ts";
import { findPreset, listPresets } from "./catalogue/index.ts";
import type { Ability, Continuation, ContinuationMode, Limits, ModelEntry, Preset } from "./catalogue/preset.ts";
import { CONTINUATION_MODES } from "./catalogue/preset.ts";
import { findModel, type PriceSettings } from "./pricing.ts";
import { type AccountSettings, type ProviderSettings, ProviderSettingsError } from "./provider-settings.ts";
import { normaliseBaseUrl, operationUrl } from "./provider-url.ts";

/** One key of a provider. */
export interface Account {
  /** Names the key in logs and metrics; never the key itself. */
  readonly id: string;
  /** Absent where a provider needs none. */
  readonly apiKey: string | undefined;
  /** Whose limits and breaker state it shares: keys of one account have the same. */
  readonly quota: string;
  /** Its own address, without a trailing slash; absent: the provider's. */
  readonly baseUrl?: string | undefined;
  /** Its share of the calls against the other accounts' weights; absent: 1. */
  readonly weight?: number | undefined;
  readonly region?: string | undefined;
}

/** A provider, ready to be called: the catalogue's entry with the configuration's settings laid over it. */
export interface ProviderDefinition {
  /** The name that the configuration gives it. */
  readonly name: string;
  readonly preset: Preset;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** The base URL was given, so what the preset says about its own host's offer need not hold. */
  readonly ownBaseUrl: boolean;
  /** At least one. */
  readonly accounts: readonly [Account, ...Account[]];
  /** The configuration's mapping, its `*` included; the preset's aliases come after it. */
  readonly models: Readonly<Record<string, string>>;
  readonly degraded: boolean;
  readonly upstream: "stream" | "mirror";
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the configuration says of prices, by the host's model name; the catalogue's come after it. */
  readonly prices: Readonly<Record<string, PriceSettings>>;
  readonly continuation: Continuation;
  /** What a request may not ask for here; the preset's and the configuration's. */
  readonly lacks: readonly Ability[];
  /** What the configuration says of the context, in tokens; the catalogue's figures come after it. */
  readonly contextTokens?: number | undefined;
  /** Only a server that takes one text heeds it. */
  readonly promptTemplate: PromptTemplate;
}

/** Headers that this library sets itself, or that belong to the connection. */
const RESERVED_HEADERS = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-length",
  "content-type",
  "host",
  "tideover-deadline",
  "transfer-encoding",
]);

/**
 * Lays settings over the preset that they name.
 * @throws ProviderSettingsError for an unknown preset, a missing or empty key, a base URL that is missing or wrong, or
 * a header that may not be set.
 */
export function defineProvider(name: string, settings: ProviderSettings): ProviderDefinition {
  const preset = findPreset(settings.preset);
  if (preset === undefined) {
    const known = listPresets().map((entry) => entry.preset);
    throw new ProviderSettingsError(
      name,
      "preset",
      `there is no preset "${settings.preset}". Known are: ${known.join(", ")}.`,
    );
  }
  const ownBaseUrl = settings.baseUrl ?? sharedBaseUrl(settings);
  return {
    name,
    preset,
    baseUrl: readBaseUrl(name, preset, ownBaseUrl),
    ownBaseUrl: ownBaseUrl !== undefined,
    accounts: readAccounts(name, preset, settings),
    models: settings.models ?? {},
    degraded: settings.degraded ?? preset.degraded,
    upstream: settings.upstream ?? preset.upstream,
    headers: readHeaders(name, settings.headers ?? {}),
    prices: settings.prices ?? {},
    continuation: readContinuation(name, preset, settings.continuation),
    lacks: [...new Set([...preset.lacks, ...(settings.lacks ?? [])])],
    ...(settings.contextTokens === undefined ? {} : { contextTokens: settings.contextTokens }),
    promptTemplate: settings.promptTemplate ?? "chatml",
  };
}

/** The address of a provider whose accounts all have one of their own: that of the first. */
function sharedBaseUrl({ accounts = [] }: ProviderSettings): string | undefined {
  return accounts.every(({ baseUrl }) => baseUrl !== undefined) ? accounts[0]?.baseUrl : undefined;
}

function readBaseUrl(name: string, preset: Preset, given: string | undefined): string {
  if (preset.inProcess) {
    if (given === undefined) return IN_PROCESS_BASE_URL;
    throw new ProviderSettingsError(
      name,
      "baseUrl",
      `the preset "${preset.preset}" runs in this process and has no address; leave baseUrl out.`,
    );
  }
  const text = given ?? preset.baseUrl;
  if (text === undefined) {
    throw new ProviderSettingsError(
      name,
      "baseUrl",
      `the preset "${preset.preset}" has no address of its own; set baseUrl, for example http://127.0.0.1:8000/v1.`,
    );
  }
  const read = normaliseBaseUrl(text);
  if ("problem" in read) throw new ProviderSettingsError(name, "baseUrl", `the base URL "${text}" ${read.problem}.`);
  return read.baseUrl;
}

function readAccounts(name: string, preset: Preset, settings: ProviderSettings): readonly [Account, ...Account[]] {
  const written = settings.accounts?.map((account, index) => ({ ...account, place: `accounts[${index}].apiKey` }));
  const [first, ...others] = written ?? keysAsAccounts(settings);
  if (first === undefined) return [makeAccount(name, preset, settings, { place: "apiKey" }, name)];
  const idOf = (index: number) => (others.length === 0 ? name : `${name}#${index + 1}`);
  return [
    makeAccount(name, preset, settings, first, idOf(0)),
    ...others.map((account, index) => makeAccount(name, preset, settings, account, idOf(index + 1))),
  ];
}

/** An account as written, with the setting that its key stands in. */
interface PlacedAccount extends AccountSettings {
  readonly place: string;
}

function keysAsAccounts({ apiKey, apiKeys }: ProviderSettings): PlacedAccount[] {
  const place = (index: number) => (apiKeys === undefined ? "apiKey" : `apiKeys[${index}]`);
  const keys = [...(apiKey === undefined ? [] : [apiKey]), ...(apiKeys ?? [])];
  return keys.flatMap((key, index) => (keys.indexOf(key) < index ? [] : [{ apiKey: key, place: place(index) }]));
}

function makeAccount(
  name: string,
  preset: Preset,
  settings: ProviderSettings,
  { apiKey, baseUrl, weight, region = settings.region, place }: PlacedAccount,
  id: string,
): Account {
  if (apiKey === undefined) {
    if (preset.auth !== "none" && settings.keysFromCallers !== true) throw missingKey(name, preset, place);
  } else if (apiKey.trim() === "" || /[^\x21-\x7e]/.test(apiKey)) {
    const problem = apiKey.trim() === "" ? "is empty" : "holds a space, a line break or a character that no key has";
    throw new ProviderSettingsError(name, place, `${place} ${problem}.`);
  }
  if (weight !== undefined && !(weight > 0 && Number.isFinite(weight))) {
    const setting = place.replace("apiKey", "weight");
    throw new ProviderSettingsError(name, setting, `${setting} must be above 0, got ${weight}.`);
  }
  return {
    id,
    apiKey,
    quota: settings.sameAccount === true ? name : id,
    ...(weight === undefined ? {} : { weight }),
    ...(baseUrl === undefined ? {} : { baseUrl: readBaseUrl(name, preset, baseUrl) }),
    ...(region === undefined ? {} : { region }),
  };
}

function missingKey(name: string, preset: Preset, place: string): ProviderSettingsError {
  const variable = preset.apiKeyEnvironment[0];
  const example = variable === undefined ? "" : `, for example apiKey: "\${${variable}}"`;
  return new ProviderSettingsError(name, place, `${preset.title} needs a key; set apiKey${example}.`);
}

function readHeaders(name: string, given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(given)) {
    const lower = key.toLowerCase();
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(lower)) {
      throw new ProviderSettingsError(name, `headers.${key}`, `"${key}" is not a header name.`);
    }
    if (RESERVED_HEADERS.has(lower)) {
      throw new ProviderSettingsError(name, `headers.${key}`, `the header "${key}" is set by Tideover itself.`);
    }
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new ProviderSettingsError(
        name,
        `headers.${key}`,
        `the value of the header "${key}" holds a line break or a character that a header cannot carry.`,
      );
    }
    headers[lower] = value;
  }
  return headers;
}

function readContinuation(name: string, preset: Preset, given: ContinuationMode | undefined): Continuation {
  const known = preset.continuation;
  // Who writes a mode that the catalogue only assumes vouches for it.
  if (given === undefined || (given === known.mode && known.evidence !== "assumed")) return known;
  if (!CONTINUATION_MODES.includes(given)) {
    throw new ProviderSettingsError(
      name,
      "continuation",
      `"${given}" is not a continuation mode. Known are: ${CONTINUATION_MODES.join(", ")}.`,
    );
  }
  return { mode: given, evidence: "documented" };
}

/** Where an operation is asked for. `beta`: the request uses a feature that the host has at its beta path only. */
export function urlFor(
  definition: ProviderDefinition,
  operation: Operation,
  options: { readonly beta: boolean },
): string {
  return operationUrl(definition.baseUrl, operation, options.beta && definition.preset.betaPath);
}

/**
 * The model to ask a provider for when a caller names `requested`: the configuration's mapping, then its `*`, then the
 * preset's aliases, then the name as it is. What a person wrote comes before what the catalogue knows.
 */
export function upstreamModel(definition: ProviderDefinition, requested: string): string {
  if (Object.hasOwn(definition.models, requested)) return definition.models[requested] ?? requested;
  return definition.models["*"] ?? findModel(definition.preset, requested)?.id ?? requested;
}

/** What the catalogue knows of the model that a caller's name stands for at a provider; undefined: nothing. */
export function modelFacts(definition: ProviderDefinition, requested: string): ModelEntry | undefined {
  return findModel(definition.preset, upstreamModel(definition, requested));
}

/**
 * The longest prompt and answer together that a provider is known to take for a caller's model, in tokens; undefined:
 * not known.
 */
export function contextTokensFor(definition: ProviderDefinition, requested: string): number | undefined {
  return definition.contextTokens ?? modelFacts(definition, requested)?.contextTokens;
}

/** The documented limits of one account for a model; empty where none are known. */
export function limitsFor(definition: ProviderDefinition, requested: string): Limits {
  return { ...definition.preset.limits, ...modelFacts(definition, requested)?.limits };
}
