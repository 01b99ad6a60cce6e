import { type ConfigIssue, type ConfigSection, explainConfig, type LoadedConfig } from "tideover/config";
import { needsRestart, parseConfig } from "../../config/index.ts";
import type { SettingChange, SettingsCheckAnswer, SettingsIssue } from "../api-types.ts";

/** What a change is compared with. */
export interface InForce {
  readonly loaded: LoadedConfig;
  /** The text of the file that is in force; undefined where there is none, or it cannot be read. */
  readonly text: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Checks a changed configuration without applying it.
 *
 * Whether it is valid is decided with the environment's real values; what is told of it is made with placeholders in
 * their place. Otherwise whoever may check could write a secret's `${NAME}` where values are shown, and read it.
 */
export function checkSettings(yaml: string, { loaded, text }: InForce, environment: Environment): SettingsCheckAnswer {
  const shown = withPlaceholders(environment);
  const real = parseConfig(yaml, environment);
  const shaped = parseConfig(yaml, shown);
  const isReal = !("issues" in real);
  const isShaped = !("issues" in shaped);
  if (!isReal) {
    return { valid: false, errors: isShaped ? hidden(real.issues) : told(shaped.issues), ...NOTHING };
  }
  if (!isShaped) {
    const message = "It is valid. What would change cannot be told: a value from the environment decides it.";
    return { valid: true, errors: [], ...NOTHING, warnings: [{ message, path: "", line: null }] };
  }
  const before = text === undefined ? loaded : parseConfig(text, shown);
  const old = "issues" in before ? loaded : before;
  return {
    valid: true,
    errors: [],
    warnings: told(shaped.warnings),
    changes: changesBetween(explainConfig(old.config, old.origins), explainConfig(shaped.config, shaped.origins)),
    needsRestart: needsRestart(loaded.config, real.config),
  };
}

const NOTHING = { warnings: [], changes: [], needsRestart: [] } as const;

/** Numbers, times, sizes and words that decide a setting's shape, and are too short to be a secret. */
const PLAIN = /^(\d{1,6}(\.\d+)?(ms|s|m|h|d|%|KiB|MiB|GiB)?|true|false|auto|off)$/;

/** The environment with a placeholder of the same shape for every value that could be a secret. */
function withPlaceholders(environment: Environment): Environment {
  const shown: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === "" || PLAIN.test(value)) shown[name] = value;
    else if (value.startsWith("whsec_")) shown[name] = `whsec_${"A".repeat(32)}`;
    else if (URL.canParse(value)) shown[name] = `${new URL(value).protocol}//value-of-${slug(name)}.invalid`;
    // As long as anything asks of a secret.
    else shown[name] = `value-of-${slug(name)}`.padEnd(40, "-");
  }
  return shown;
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/** The places of issues whose words might quote a value from the environment. */
function hidden(issues: readonly ConfigIssue[]): readonly SettingsIssue[] {
  return issues.map(({ path, line }) => ({
    message: `${path}: what the environment has for it is not right; \`tideover check\` says why`,
    path,
    line: line ?? null,
  }));
}

function told(issues: readonly ConfigIssue[]): readonly SettingsIssue[] {
  return issues.map(({ path, message, line, suggestion }) => ({
    message: suggestion === undefined ? message : `${message}; did you mean \`${suggestion}\`?`,
    path,
    line: line ?? null,
  }));
}

function changesBetween(before: readonly ConfigSection[], after: readonly ConfigSection[]): readonly SettingChange[] {
  const old = valuesOf(before);
  const now = valuesOf(after);
  const changes: SettingChange[] = [];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const was = old.get(key) ?? null;
    const is = now.get(key) ?? null;
    if (was === is) continue;
    const [section = "", name = "", setting = ""] = key.split("\n");
    changes.push({ section, name, setting, before: was, after: is });
  }
  return changes;
}

function valuesOf(sections: readonly ConfigSection[]): ReadonlyMap<string, string> {
  return new Map(
    sections.flatMap(({ section, name, values }) =>
      values.map(({ setting, value }) => [`${section}\n${name}\n${setting}`, value] as const),
    ),
  );
}
