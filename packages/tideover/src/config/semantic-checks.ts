import { defineProvider, findPreset, listPresets, ProviderSettingsError } from "../providers/index.ts";
import { BREAKER_DEFAULTS, RETRY_DEFAULTS, SERVER_DEFAULTS } from "./defaults.ts";
import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { isLoopback } from "./loopback.ts";
import { nearest } from "./nearest.ts";
import { valueAt } from "./origins.ts";
import type { ConfigPath } from "./path.ts";
import { embedderOf, routeName, rungName } from "./resolve-routes.ts";
import type { WrittenConfig, WrittenProvider, WrittenRoute } from "./schema/config-schema.ts";

/** Names that a rung has of its own, so that no provider may have them. */
const RUNG_NAMES: readonly string[] = ["stale", "similar", "rules", "template", "handler", "ticket"];

/** The preset of a model in this process. */
const IN_PROCESS_PRESET = "onnx";

/** What a provider's name may be: it stands in response headers and in metrics. */
const PROVIDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Errors of the `warm` section. */
export function checkWarm({ warm = [], server = {} }: WrittenConfig): Finding[] {
  const tenants = [...new Set((server.keys ?? []).map(({ name, tenant }) => tenant ?? name))];
  return warm.flatMap(({ schedule, offPeak, tenant }, index) => {
    const findings: Finding[] = [];
    if (schedule === undefined && offPeak !== true) {
      const message = "says never when; give it a schedule such as 0 3 * * *, or offPeak: true";
      findings.push({ path: ["warm", index], message });
    }
    const names = tenants.length === 0 ? "there are no keys, so none can be named" : `there are: ${tenants.join(", ")}`;
    if (tenant !== undefined && !tenants.includes(tenant)) {
      findings.push({
        path: ["warm", index, "tenant"],
        message: `\`${tenant}\` is no tenant of server.keys; ${names}`,
      });
    }
    if (tenant === undefined && tenants.length > 1) {
      findings.push({ path: ["warm", index], message: `must say whose answers they are with tenant; ${names}` });
    }
    return findings;
  });
}

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
  findings.push(...webhookProblems(server.webhooks ?? []));
  const { proxy } = server;
  if (proxy !== undefined && proxy !== "environment" && proxy !== "off" && !/^https?:\/\/[^/]/.test(proxy)) {
    const message = "must be environment, off or an address such as http://proxy.example:3128";
    findings.push({ path: ["server", "proxy"], message });
  }
  return findings;
}

function webhookProblems(webhooks: NonNullable<NonNullable<WrittenConfig["server"]>["webhooks"]>): Finding[] {
  return webhooks.flatMap(({ url, private: isPrivate }, index) => {
    const path = ["server", "webhooks", index, "url"];
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
      return [{ path, message: "is not an address; write one such as https://shop.example/hooks/tideover" }];
    }
    if (parsed.username !== "" || parsed.password !== "") {
      return [{ path, message: "must not hold a user or password; the signature says who sends" }];
    }
    if (parsed.protocol === "https:" || isPrivate === true) return [];
    return [{ path, message: "must begin with https://; plain http is for receivers with private: true" }];
  });
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
  findings.push(...twinAccounts(name, provider));
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
    const findings = [
      ...ladderProblems(route, index, known, Object.keys(providers)),
      ...retryProblems(route, index),
      ...ticketProblems(route, index, Object.keys(providers)),
      ...copyProblems(route, index, Object.keys(providers)),
    ];
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
const RUNGS_WITH_SETTINGS: ReadonlySet<string> = new Set(["similar", "rules", "template", "handler"]);

function ladderProblems(
  { ladder }: WrittenRoute,
  route: number,
  known: readonly string[],
  providers: readonly string[],
): Finding[] {
  const names = ladder.map(rungName);
  return ladder.flatMap((rung, index): Finding[] => {
    const path = ["routes", route, "ladder", index];
    const embedder = embedderOf(rung);
    if (embedder !== undefined && !providers.includes(embedder)) {
      const suggestion = nearest(embedder, providers);
      const message = `\`${embedder}\` is not a provider; similar needs one that makes embeddings`;
      return [{ path: [...path, "similar", "provider"], message, suggestion }];
    }
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

/** A job is answered by providers; without any it could only wait. */
function ticketProblems({ ladder }: WrittenRoute, route: number, providers: readonly string[]): Finding[] {
  const names = ladder.map(rungName);
  const index = names.indexOf("ticket");
  if (index < 0 || names.some((name) => providers.includes(name))) return [];
  const message = "needs a provider on the same ladder, because a ticket is answered by one; add a provider's name";
  return [{ path: ["routes", route, "ladder", index], message }];
}

/** Copies are kept of what providers answered; without any there could be none. */
function copyProblems({ ladder }: WrittenRoute, route: number, providers: readonly string[]): Finding[] {
  const names = ladder.map(rungName);
  if (names.some((name) => providers.includes(name))) return [];
  return names.flatMap((name, index) => {
    if (name !== "stale" && name !== "similar") return [];
    const message =
      "needs a provider on the same ladder, because copies are kept of its answers; add a provider's name";
    return [{ path: ["routes", route, "ladder", index], message }];
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
