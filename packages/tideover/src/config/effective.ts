import { formatDuration } from "./duration.ts";
import { formatMoment } from "./moment.ts";
import { findSettingsNotYet } from "./not-yet.ts";
import { formatOrigin, type Origin, type Origins, valueAt } from "./origins.ts";
import { type ConfigPath, formatPath } from "./path.ts";
import { formatRate, type Rate } from "./rate.ts";
import type { ResolvedConfig, ResolvedRung } from "./resolved-config.ts";
import { formatShare } from "./share.ts";
import { formatSize } from "./size.ts";
import { formatSpend, type Spend } from "./spend.ts";

/** One effective value, as people read it. */
export interface EffectiveValue {
  /** The setting, below its section: `retry.attempts`, `ladder[0]`. */
  readonly setting: string;
  /** As it would be written: `30s`, `10%`. Of a secret only that it is set, and its last characters. */
  readonly value: string;
  /** Where it came from: `default`, `preset deepseek`, `file line 12`, `environment DEEPSEEK_API_KEY`. */
  readonly origin: string;
  readonly from: Origin["from"];
  /** False for what this version does not act on yet. */
  readonly active: boolean;
}

/** The effective values of one part of a configuration. */
export interface ConfigSection {
  readonly section: "server" | "stores" | "provider" | "route" | "chaos";
  /** Name of the provider or route; empty for the others. */
  readonly name: string;
  /** The requested models a route is for. */
  readonly model?: string;
  /** The rungs of a route's ladder, in order, by name. */
  readonly ladder?: readonly string[];
  readonly values: readonly EffectiveValue[];
}

/**
 * Every effective value and where it came from, for `tideover check`: first the routes in order, then the providers,
 * the server and the stores. No secret is in it.
 */
export function explainConfig(config: ResolvedConfig, origins: Origins): readonly ConfigSection[] {
  const scope: Scope = { config, origins, inactive: findSettingsNotYet(config).map(({ path }) => formatPath(path)) };
  const stores = explain(scope, ["stores"]);
  return [
    ...config.routes.map((route, index) => ({
      section: "route" as const,
      name: route.name,
      model: route.model,
      ladder: route.ladder.map(describeRung),
      values: explain(scope, ["routes", index]),
    })),
    ...Object.keys(config.providers).map((name) => ({
      section: "provider" as const,
      name,
      values: explain(scope, ["providers", name]),
    })),
    { section: "server", name: "", values: explain(scope, ["server"]) },
    ...(stores.length === 0 ? [] : [{ section: "stores" as const, name: "", values: stores }]),
    ...(config.chaos === undefined ? [] : [{ section: "chaos" as const, name: "", values: explain(scope, ["chaos"]) }]),
  ];
}

interface Scope {
  readonly config: ResolvedConfig;
  readonly origins: Origins;
  /** Paths of what is not active. */
  readonly inactive: readonly string[];
}

/** The name a rung is shown by. */
export function describeRung(rung: ResolvedRung): string {
  if (rung.kind === "provider") return rung.provider;
  return rung.kind === "handler" && rung.name !== "handler" ? `handler ${rung.name}` : rung.kind;
}

/** The values below a path, in the order of the resolved configuration. */
function explain({ config, origins, inactive }: Scope, section: ConfigPath): EffectiveValue[] {
  const values: EffectiveValue[] = [];
  const visit = (value: unknown, path: ConfigPath): void => {
    const name = formatPath(path);
    const origin = origins.get(name);
    if (origin !== undefined) {
      values.push({
        setting: formatPath(path.slice(section.length)),
        value: describeValue(value, path),
        origin: formatOrigin(origin),
        from: origin.from,
        active: !inactive.some(
          (start) => name === start || name.startsWith(`${start}.`) || name.startsWith(`${start}[`),
        ),
      });
    } else if (typeof value === "object" && value !== null) {
      for (const [key, entry] of Object.entries(value))
        visit(entry, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  visit(valueAt(config, section), section);
  return values;
}

/** Names of settings whose numbers are times in ms. */
const DURATIONS: ReadonlySet<string> = new Set([
  "after",
  "baseDelay",
  "bodyTimeout",
  "chat",
  "connect",
  "deadline",
  "delay",
  "drain",
  "firstToken",
  "fresh",
  "gap",
  "headersTimeout",
  "interval",
  "keep",
  "latency",
  "maxDelay",
  "maxOpen",
  "open",
  "pace",
  "unloadAfter",
  "stale",
  "thinking",
  "total",
  "window",
  "writeTimeout",
]);
const SHARES: ReadonlySet<string> = new Set(["budget", "jitter", "ratio", "share"]);
const SECRETS: ReadonlySet<string> = new Set(["key", "adminKey", "apiKey", "apiKeys", "proxy", "secret", "secrets"]);
/** Longest value that is shown whole, in characters. */
const MOST_SHOWN = 60;

function describeValue(value: unknown, path: ConfigPath): string {
  const setting = String(path.at(-1));
  if (path[0] === "routes" && path.at(-2) === "ladder") return describeRungValue(value as ResolvedRung);
  if (path.includes("headers") && path[0] === "providers") return isEmpty(value) ? "none" : "set";
  if (typeof value === "number") return describeNumber(value, setting, path);
  if (SECRETS.has(setting) || path[0] === "stores") return describeSecret(value);
  if (typeof value === "boolean") return String(value);
  if (isEmpty(value)) return "none";
  if (Array.isArray(value)) return value.map(String).join(", ");
  if (typeof value === "object" && value !== null) {
    if ("currency" in value) return formatSpend(value as Spend);
    return "perMs" in value ? formatRate(value as Rate) : JSON.stringify(value);
  }
  return shortened(String(value));
}

function describeNumber(value: number, setting: string, path: ConfigPath): string {
  if (path[0] === "chaos" && setting === "until") return formatMoment(value);
  if (SHARES.has(setting)) return formatShare(value);
  if (DURATIONS.has(setting)) return formatDuration(value);
  if (setting === "cacheMemory") return formatSize(value);
  if (path.at(-2) === "limits" && (setting === "body" || setting === "headers")) return formatSize(value);
  return String(value);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

function describeRungValue(rung: ResolvedRung): string {
  if (rung.kind === "rules") return `rules: ${rung.rules.length} ${rung.rules.length === 1 ? "rule" : "rules"}`;
  if (rung.kind === "template") return `template: ${shortened(JSON.stringify(rung.text))}`;
  return describeRung(rung);
}

function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}

function describeSecret(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(describeSecret).join(", ");
  const text = String(value);
  if (text === "environment" || text === "off") return text;
  if (URL.canParse(text) && !text.startsWith("sha256:")) return withoutPassword(text);
  return maskSecret(text);
}

/** Characters below which nothing of a secret is shown: four of so few would help to guess it. */
const SHORTEST_WITH_ENDING = 16;

/** What may be told of a secret: that it is set, and of a long one the last four characters. */
export function maskSecret(secret: string): string {
  if (secret.startsWith("sha256:")) return "set (hash)";
  return secret.length < SHORTEST_WITH_ENDING ? "set" : `set, ends in ${secret.slice(-4)}`;
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.host === "") return maskSecret(address);
  return `${url.protocol}//${url.username === "" ? "" : "***@"}${url.host}${url.pathname}`;
}
