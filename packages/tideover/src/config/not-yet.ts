import { nestedValues } from "./nested-values.ts";
import type { ConfigPath } from "./path.ts";

/** A setting of the design that this version accepts but does not act on. */
interface NotYet {
  /** Where it is written; `[]` stands for every position, `*` for every key. */
  readonly pattern: string;
  /** Whether what was written asks for more than this version does. Default: any value. */
  readonly asksFor?: (value: unknown) => boolean;
  /** What happens instead. */
  readonly instead: string;
}

/** Rungs that are known and skipped. */
const RUNGS_NOT_YET: ReadonlySet<string> = new Set(["stale", "similar", "ticket"]);
/** Presets that are known and whose providers are skipped. */
const PRESETS_NOT_YET: ReadonlySet<string> = new Set(["onnx"]);

/**
 * All that is accepted and not active. Whoever builds one of them deletes its line here: the warning and the
 * mark in `tideover check` go with it, and a test then wants the word "later" out of docs/configuration.md.
 */
const SETTINGS_NOT_YET: readonly NotYet[] = [
  { pattern: "server.dataDir", instead: "nothing is stored" },
  { pattern: "server.adminKey", instead: "there is no dashboard" },
  { pattern: "stores.cache", instead: "nothing is stored" },
  { pattern: "stores.jobs", instead: "nothing is stored" },
  { pattern: "stores.queue", instead: "nothing is queued" },
  { pattern: "routes[].firstToken", asksFor: (value) => value === "auto", instead: "the default is used" },
  { pattern: "routes[].cache", asksFor: cachesAnything, instead: "nothing is cached" },
  {
    pattern: "routes[].ladder[].template.review",
    asksFor: (value) => value === true,
    instead: "the answer is given, not reviewed",
  },
];

function isNotOff(value: unknown): boolean {
  return value !== "off";
}

function cachesAnything(value: unknown): boolean {
  return isNotOff(value) && (value as { when?: unknown } | null)?.when !== "never";
}

/** Whether a rung of that name is known, but skipped by this version. */
export function isRungNotYet(name: string): boolean {
  return RUNGS_NOT_YET.has(name);
}

/** Whether a preset of that name is known, but its providers are skipped by this version. */
export function isPresetNotYet(name: string): boolean {
  return PRESETS_NOT_YET.has(name);
}

/** Names of the rungs and presets that are known and skipped, for messages. */
export const NOT_YET_NAMES: { readonly rungs: readonly string[]; readonly presets: readonly string[] } = {
  rungs: [...RUNGS_NOT_YET],
  presets: [...PRESETS_NOT_YET],
};

/**
 * The settings of a configuration, as written or as resolved, that ask for more than this version does, with what
 * happens instead.
 */
export function findSettingsNotYet(config: unknown): { path: ConfigPath; message: string }[] {
  return SETTINGS_NOT_YET.flatMap(({ pattern, asksFor, instead }) =>
    nestedValues(config, pattern)
      .filter(({ value }) => asksFor === undefined || asksFor(value))
      .map(({ path }) => ({ path, message: `is not available in this version yet; ${instead}` })),
  );
}

/** The warning for a rung that is skipped. */
export function rungSkipped(name: string): string {
  return `\`${name}\` is not available in this version yet; it is skipped`;
}
