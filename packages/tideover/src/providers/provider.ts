import type { Operation } from "../engine/index.ts";
import { findPreset, listPresets } from "./catalogue/index.ts";
import type { Continuation, ContinuationMode, Limits, ModelEntry, Preset } from "./catalogue/preset.ts";
import { CONTINUATION_MODES } from "./catalogue/preset.ts";
import { findModel } from "./pricing.ts";
import { normaliseBaseUrl, operationUrl } from "./provider-url.ts";

/** What a configuration may say about a provider; everything but the preset is optional. */
export interface ProviderSettings {
  /** Name of a catalogue entry. */
  readonly preset: string;
  readonly apiKey?: string | undefined;
  /** Several keys; each is an account of its own unless `sameAccount`. */
  readonly apiKeys?: readonly string[] | undefined;
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
}

/** One key of a provider. */
export interface Account {
  /** Names the key in logs and metrics; never the key itself. */
  readonly id: string;
  /** Absent where a provider needs none. */
  readonly apiKey: string | undefined;
  /** Whose limits and breaker state it shares: keys of one account have the same. */
  readonly quota: string;
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
  readonly continuation: Continuation;
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
  return {
    name,
    preset,
    baseUrl: readBaseUrl(name, preset, settings.baseUrl),
    ownBaseUrl: settings.baseUrl !== undefined,
    accounts: readAccounts(name, preset, settings),
    models: settings.models ?? {},
    degraded: settings.degraded ?? preset.degraded,
    upstream: settings.upstream ?? preset.upstream,
    headers: readHeaders(name, settings.headers ?? {}),
    continuation: readContinuation(name, preset, settings.continuation),
  };
}

function readBaseUrl(name: string, preset: Preset, given: string | undefined): string {
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
  const keys = [...(settings.apiKey === undefined ? [] : [settings.apiKey]), ...(settings.apiKeys ?? [])];
  keys.forEach((key, index) => {
    if (key.trim() === "" || /[^\x21-\x7e]/.test(key)) {
      const place = settings.apiKeys === undefined ? "apiKey" : `apiKeys[${index}]`;
      const problem = key.trim() === "" ? "is empty" : "holds a space, a line break or a character that no key has";
      throw new ProviderSettingsError(name, place, `${place} ${problem}.`);
    }
  });
  const [first, ...others] = [...new Set(keys)];
  if (first === undefined) {
    if (preset.auth === "none" || settings.keysFromCallers === true)
      return [{ id: name, apiKey: undefined, quota: name }];
    const variable = preset.apiKeyEnvironment[0];
    const example = variable === undefined ? "" : `, for example apiKey: "\${${variable}}"`;
    throw new ProviderSettingsError(name, "apiKey", `${preset.title} needs a key; set apiKey${example}.`);
  }
  const account = (apiKey: string, index: number): Account => {
    const id = others.length === 0 ? name : `${name}#${index + 1}`;
    return { id, apiKey, quota: settings.sameAccount === true ? name : id };
  };
  return [account(first, 0), ...others.map((key, index) => account(key, index + 1))];
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
  return { mode: given, evidence: "documented", notes: "Set in the configuration." };
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

/** The documented limits of one account for a model; empty where none are known. */
export function limitsFor(definition: ProviderDefinition, requested: string): Limits {
  return { ...definition.preset.limits, ...modelFacts(definition, requested)?.limits };
}
