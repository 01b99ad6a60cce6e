import { defineProvider, findPreset, listPresets, ProviderSettingsError } from "../providers/index.ts";
import { BREAKER_DEFAULTS, RETRY_DEFAULTS, SERVER_DEFAULTS } from "./defaults.ts";
import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { isLoopback } from "./loopback.ts";
import { nearest } from "./nearest.ts";
import { isPresetNotYet, NOT_YET_NAMES } from "./not-yet.ts";
import { valueAt } from "./origins.ts";
import type { ConfigPath } from "./path.ts";
import { routeName, rungName } from "./resolve-routes.ts";
import type { WrittenConfig, WrittenProvider, WrittenRoute } from "./schema/config-schema.ts";

/** Names that a rung has of its own, so that no provider may have them. */
const RUNG_NAMES: readonly string[] = ["rules", "template", "handler", ...NOT_YET_NAMES.rungs];

/** What a provider's name may be: it stands in response headers and in metrics. */
const PROVIDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Errors of the `server` section. */
export function checkServer({ server = {} }: WrittenConfig): Finding[] {
  const findings: Finding[] = [];
  const host = server.host ?? SERVER_DEFAULTS.host;
  const keys = server.keys ?? [];
  if (!isLoopback(host) && keys.length === 0 && server.open !== true) {
    const message = `${host} can be reached from other machines and there are no keys, so anyone could use your accounts; add server.keys, or say server.open: true`;
    findings.push({ path: ["server", "host"], message });
  }
  if (server.passthroughKeys === true && keys.length > 0) {
    const message = "cannot go together with server.keys, because a caller can send only one key; choose one of them";
    findings.push({ path: ["server", "passthroughKeys"], message });
  }
  for (const [index, { name, key }] of keys.entries()) {
    const path = ["server", "keys", index];
    findings.push(...secretProblems(key, [...path, "key"]));
    if (key.startsWith("sha256:") && !/^sha256:[0-9a-f]{64}$/i.test(key)) {
      findings.push({ path: [...path, "key"], message: "is not a SHA-256 hash; write sha256: and 64 hex digits" });
    }
    const twin = keys.findIndex((other) => other.name === name || other.key === key);
    if (twin < index) {
      const what =
        keys[twin]?.name === name
          ? `has the same name as server.keys[${twin}], ${name}`
          : `has the same key as server.keys[${twin}]`;
      findings.push({ path, message: `${what}; each caller needs its own` });
    }
  }
  if (server.adminKey !== undefined) findings.push(...secretProblems(server.adminKey, ["server", "adminKey"]));
  const { proxy } = server;
  if (proxy !== undefined && proxy !== "environment" && proxy !== "off" && !/^https?:\/\/[^/]/.test(proxy)) {
    const message = "must be environment, off or an address such as http://proxy.example:3128";
    findings.push({ path: ["server", "proxy"], message });
  }
  return findings;
}

/** Errors of the `providers` section. */
export function checkProviders({ providers = {}, server = {} }: WrittenConfig): Finding[] {
  const keysFromCallers = server.passthroughKeys === true;
  return Object.entries(providers).flatMap(([name, provider]) => [
    ...nameProblems(name),
    ...presetProblems(name, provider, keysFromCallers),
    ...breakerProblems(name, provider),
  ]);
}

function nameProblems(name: string): Finding[] {
  const path = ["providers", name];
  if (RUNG_NAMES.includes(name)) return [{ path, message: `\`${name}\` is the name of a rung; choose another name` }];
  if (PROVIDER_NAME.test(name) && !(name in {})) return [];
  return [{ path, message: "is not a provider name; use up to 64 letters, digits, . - and _, such as deepseek" }];
}

function presetProblems(name: string, provider: WrittenProvider, keysFromCallers: boolean): Finding[] {
  const path = ["providers", name];
  if (isPresetNotYet(provider.preset)) return [];
  if (findPreset(provider.preset) === undefined) {
    const names = [...listPresets().map(({ preset }) => preset), ...NOT_YET_NAMES.presets];
    const suggestion = nearest(provider.preset, names);
    const known = suggestion === undefined ? `; known presets: ${names.join(", ")}` : "";
    return [{ path: [...path, "preset"], message: `unknown preset \`${provider.preset}\`${known}`, suggestion }];
  }
  const findings: Finding[] = [];
  for (const setting of ["model", "dtype"] as const) {
    if (provider[setting] === undefined) continue;
    findings.push({ path: [...path, setting], message: "is for the preset onnx only; model names go in models" });
  }
  if (provider.apiKey !== undefined && provider.apiKeys !== undefined) {
    findings.push({ path, message: "has both apiKey and apiKeys; put all keys in apiKeys" });
  }
  for (const [index, key] of (provider.apiKeys ?? []).entries()) {
    const twin = provider.apiKeys?.indexOf(key) ?? index;
    const message = `is the same key as apiKeys[${twin}]; give each key once`;
    if (twin < index) findings.push({ path: [...path, "apiKeys", index], message });
  }
  return [...findings, ...definitionProblems(name, provider, keysFromCallers)];
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
  const list = /^(\w+)\[(\d+)\]$/.exec(setting);
  if (list !== null) return ["providers", name, list[1] ?? setting, Number(list[2])];
  const header = setting.startsWith("headers.") ? setting.slice("headers.".length) : undefined;
  if (header !== undefined) return ["providers", name, "headers", header];
  return valueAt(provider, [setting]) === undefined ? ["providers", name] : ["providers", name, setting];
}

/** A key that could never work, or that would let anyone in. */
function secretProblems(secret: string, path: ConfigPath): Finding[] {
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

/** Errors of the `routes` section. */
export function checkRoutes({ providers = {}, routes }: WrittenConfig): Finding[] {
  const names = routes.map(routeName);
  const known = [...new Set([...Object.keys(providers), ...RUNG_NAMES])];
  return routes.flatMap((route, index) => {
    const findings = [...ladderProblems(route, index, known), ...retryProblems(route, index)];
    const name = names[index] ?? "";
    const twin = names.indexOf(name);
    if (twin < index) {
      const message = `\`${name}\` is the name of routes[${twin}] already; each route needs its own`;
      findings.unshift({ path: ["routes", index, "name"], message });
    }
    return findings;
  });
}

/** Rungs that are nothing without settings of their own. */
const RUNGS_WITH_SETTINGS: ReadonlySet<string> = new Set(["rules", "template", "handler"]);

function ladderProblems({ ladder }: WrittenRoute, route: number, known: readonly string[]): Finding[] {
  const names = ladder.map(rungName);
  return ladder.flatMap((rung, index): Finding[] => {
    const path = ["routes", route, "ladder", index];
    if (typeof rung !== "string") return [];
    if (RUNGS_WITH_SETTINGS.has(rung)) {
      return [{ path, message: `\`${rung}\` needs settings; write ${rung}: …` }];
    }
    if (!known.includes(rung)) {
      const suggestion = nearest(rung, known);
      const choice = suggestion === undefined ? `; known here: ${known.join(", ")}` : "";
      return [{ path, message: `\`${rung}\` is neither a provider nor a rung${choice}`, suggestion }];
    }
    if (names.indexOf(rung) < index) return [{ path, message: `\`${rung}\` is on this ladder already; name it once` }];
    return [];
  });
}

function retryProblems({ retry }: WrittenRoute, route: number): Finding[] {
  if (retry === undefined || retry === "off") return [];
  const baseDelay = retry.baseDelay ?? RETRY_DEFAULTS.baseDelay;
  const maxDelay = retry.maxDelay ?? RETRY_DEFAULTS.maxDelay;
  if (maxDelay >= baseDelay) return [];
  const setting = retry.maxDelay === undefined ? "baseDelay" : "maxDelay";
  const message =
    setting === "maxDelay"
      ? `must not be shorter than baseDelay, which is ${formatDuration(baseDelay)}`
      : `must not be longer than maxDelay, which is ${formatDuration(maxDelay)} by default; set maxDelay too`;
  return [{ path: ["routes", route, "retry", setting], message }];
}
