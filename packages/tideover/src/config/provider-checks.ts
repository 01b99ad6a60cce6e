import { defineProvider, findPreset, listPresets, ProviderSettingsError } from "../providers/index.ts";
import { BREAKER_DEFAULTS } from "./defaults.ts";
import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { nearest } from "./nearest.ts";
import { valueAt } from "./origins.ts";
import type { ConfigPath } from "./path.ts";
import type { WrittenConfig, WrittenProvider } from "./schema/config-schema.ts";

/** Names that a rung has of its own, so that no provider may have them. */
export const RUNG_NAMES: readonly string[] = ["stale", "similar", "rules", "template", "handler", "ticket"];

/** The preset of a model in this process. */
const IN_PROCESS_PRESET = "onnx";

/** What a provider's name may be: it stands in response headers and in metrics. */
const PROVIDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Errors of the `providers` section. */
export function checkProviders({ providers = {}, server = {} }: WrittenConfig): Finding[] {
  const keysFromCallers = server.passthroughKeys === true;
  return Object.entries(providers).flatMap(([name, provider]) => [
    ...nameProblems(name),
    ...presetProblems(name, provider, keysFromCallers),
    ...breakerProblems(name, provider),
    ...limitProblems(name, provider),
  ]);
}

/** A fixed limit beside a smaller bound for learned ones: one of the two is not meant. */
function limitProblems(name: string, { limit }: WrittenProvider): Finding[] {
  if (limit === undefined || limit === "off" || limit.max === undefined) return [];
  const { concurrency = "auto", max } = limit;
  if (concurrency === "auto" || concurrency <= max) return [];
  const message = `must not be smaller than concurrency, which is ${concurrency}; leave it out, or write concurrency: auto`;
  return [{ path: ["providers", name, "limit", "max"], message }];
}

function nameProblems(name: string): Finding[] {
  const path = ["providers", name];
  if (RUNG_NAMES.includes(name)) return [{ path, message: `\`${name}\` is the name of a rung; choose another name` }];
  if (PROVIDER_NAME.test(name) && !(name in {})) return [];
  return [{ path, message: "is not a provider name; use up to 64 letters, digits, . - and _, such as deepseek" }];
}

function presetProblems(name: string, provider: WrittenProvider, keysFromCallers: boolean): Finding[] {
  const path = ["providers", name];
  if (findPreset(provider.preset) === undefined) {
    const names = [...listPresets().map(({ preset }) => preset), IN_PROCESS_PRESET];
    const suggestion = nearest(provider.preset, names);
    const known = suggestion === undefined ? `; known presets: ${names.join(", ")}` : "";
    return [{ path: [...path, "preset"], message: `unknown preset \`${provider.preset}\`${known}`, suggestion }];
  }
  const findings: Finding[] = [];
  findings.push(...modelProblems(path, provider));
  if (provider.apiKey !== undefined && provider.apiKeys !== undefined) {
    findings.push({ path, message: "has both apiKey and apiKeys; put all keys in apiKeys" });
  }
  if (provider.accounts !== undefined && (provider.apiKey !== undefined || provider.apiKeys !== undefined)) {
    findings.push({ path, message: "has both accounts and keys; put every key in an account" });
  }
  findings.push(...warmProblems(path, provider), ...twinAccounts(name, provider));
  for (const [index, key] of (provider.apiKeys ?? []).entries()) {
    const twin = provider.apiKeys?.indexOf(key) ?? index;
    const message = `is the same key as apiKeys[${twin}]; give each key once`;
    if (twin < index) findings.push({ path: [...path, "apiKeys", index], message });
  }
  return [...findings, ...definitionProblems(name, provider, keysFromCallers)];
}

/** Accounts that are the same: one would be counted twice. */
function twinAccounts(name: string, { accounts = [] }: WrittenProvider): Finding[] {
  return accounts.flatMap(({ apiKey, baseUrl }, index) => {
    const twin = accounts.findIndex((other) => other.apiKey === apiKey && other.baseUrl === baseUrl);
    if (twin >= index) return [];
    const message = `has the key and the address of accounts[${twin}]; give each account once, with a weight`;
    return [{ path: ["providers", name, "accounts", index], message }];
  });
}

/** A warm-up of what has no need of one, or of nobody knows which models. */
function warmProblems(path: ConfigPath, { preset, baseUrl, models = {}, warm }: WrittenProvider): Finding[] {
  if (warm !== true) return [];
  if (preset === IN_PROCESS_PRESET) {
    return [{ path: [...path, "warm"], message: "is inProcess.warm for a model in this process" }];
  }
  if (findPreset(preset)?.local !== true && baseUrl === undefined) {
    return [{ path: [...path, "warm"], message: "is for a server of your own; this host has its models in memory" }];
  }
  if (Object.keys(models).length > 0) return [];
  const message = 'needs to know which models to load; name them, such as models: { "*": "qwen2.5:0.5b" }';
  return [{ path: [...path, "warm"], message }];
}

/** Settings of a model in this process, where there is none; and the one that it cannot do without. */
function modelProblems(path: ConfigPath, provider: WrittenProvider): Finding[] {
  const wrong: Finding[] = [];
  if (provider.promptTemplate !== undefined && findPreset(provider.preset)?.wire !== "kserve") {
    wrong.push({
      path: [...path, "promptTemplate"],
      message: "is for the preset kserve only; this one takes messages",
    });
  }
  if (provider.preset === IN_PROCESS_PRESET) {
    if (provider.contextTokens !== undefined) {
      wrong.push({
        path: [...path, "contextTokens"],
        message: "is inProcess.contextTokens for a model in this process",
      });
    }
    if (provider.model !== undefined) return wrong;
    const example = "onnx-community/DeepSeek-R1-Distill-Qwen-1.5B-ONNX";
    return [...wrong, { path, message: `needs a model, such as model: "${example}"` }];
  }
  const misplaced = (["model", "dtype", "device", "inProcess"] as const).flatMap((setting) => {
    if (provider[setting] === undefined) return [];
    const hint = setting === "model" || setting === "dtype" ? "; model names go in models" : "";
    return [{ path: [...path, setting], message: `is for the preset ${IN_PROCESS_PRESET} only${hint}` }];
  });
  return [...wrong, ...misplaced];
}

/** What the providers' own reading of the settings refuses. */
function definitionProblems(name: string, provider: WrittenProvider, keysFromCallers: boolean): Finding[] {
  try {
    defineProvider(name, { ...provider, keysFromCallers });
    return [];
  } catch (error) {
    if (!(error instanceof ProviderSettingsError)) throw error;
    const path = settingPath(name, provider, error.setting);
    return [{ path, message: error.message.replace(`Provider "${name}": `, "").replace(/\.$/, "") }];
  }
}

/** The place of a setting that a provider's reading names (`apiKeys[1]`); of the provider where it is absent. */
function settingPath(name: string, provider: WrittenProvider, setting: string): ConfigPath {
  const list = /^(\w+)\[(\d+)\](?:\.(\w+))?$/.exec(setting);
  if (list !== null) {
    const entry = [list[1] ?? setting, Number(list[2])];
    const inside = list[3] === undefined ? entry : [...entry, list[3]];
    return ["providers", name, ...(valueAt(provider, inside) === undefined ? entry : inside)];
  }
  const header = setting.startsWith("headers.") ? setting.slice("headers.".length) : undefined;
  if (header !== undefined) return ["providers", name, "headers", header];
  return valueAt(provider, [setting]) === undefined ? ["providers", name] : ["providers", name, setting];
}

/** A key that could never work, or that would let anyone in. */
export function secretProblems(secret: string, path: ConfigPath): Finding[] {
  if (secret.trim() === "") return [{ path, message: "is empty; a key must be a secret" }];
  if (/^[\x21-\x7e]+$/.test(secret)) return [];
  return [{ path, message: "holds white space or characters that a header cannot carry; check how it was copied" }];
}

function breakerProblems(name: string, { breaker }: WrittenProvider): Finding[] {
  if (breaker === undefined || breaker === "off" || breaker.maxOpen === undefined) return [];
  const open = breaker.open ?? BREAKER_DEFAULTS.open;
  if (breaker.maxOpen >= open) return [];
  const message = `must not be shorter than open, which is ${formatDuration(open)}`;
  return [{ path: ["providers", name, "breaker", "maxOpen"], message }];
}
