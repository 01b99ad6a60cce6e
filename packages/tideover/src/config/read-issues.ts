import type { core } from "zod/mini";
import type { ConfigIssue } from "./issues.ts";
import { nearest } from "./nearest.ts";
import { lineAt, type SourceMap, valueAt } from "./origins.ts";
import { quoted } from "./parsed.ts";
import { type ConfigPath, formatPath } from "./path.ts";
import { keysOf, listPlaces } from "./schema/known-keys.ts";

/** Names of types as people write YAML. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping (key: value)",
  record: "a mapping (key: value)",
  array: "a list",
  undefined: "nothing",
  null: "nothing",
  function: "a function",
};

/**
 * What to say of a problem that the schema itself has no words for; handed to the schema library. Text that was
 * written is not repeated, because it may be a secret.
 */
export function wordsFor(issue: core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "is missing";
      return `must be ${typeWords(issue.expected)}, got ${issue.expected === "int" ? shown(issue.input) : typeWords(typeOf(issue.input))}`;
    case "invalid_value":
      return `must be ${listed(issue.values.map(String))}, got ${shown(issue.input)}`;
    case "too_small":
      if (issue.origin === "string") return "must not be empty";
      if (issue.origin === "array")
        return `must have at least ${issue.minimum} ${issue.minimum === 1 ? "entry" : "entries"}`;
      return `must be ${issue.inclusive === false ? `above ${issue.minimum}` : `${issue.minimum} or more`}, got ${shown(issue.input)}`;
    case "too_big":
      return `must be ${issue.maximum} or less, got ${shown(issue.input)}`;
    case "invalid_key":
      // What is wrong with the name itself; the path ends with it.
      return `as a name ${issue.issues[0]?.message ?? "is not right"}`;
    default:
      return undefined;
  }
}

/** Turns the schema library's report into issues with lines and suggestions. */
export function readIssues(
  error: core.$ZodError,
  schema: core.$ZodType,
  input: unknown,
  source: SourceMap,
): readonly ConfigIssue[] {
  const placed = flatten(error.issues, []);
  const withUnknownKeys = new Set(
    placed.flatMap(({ issue, path }) => (issue.code === "unrecognized_keys" ? [formatPath(path)] : [])),
  );
  return placed.flatMap(({ issue, path }) => {
    // What is said of the whole mapping only follows from the key that is not known.
    if (issue.code === "custom" && withUnknownKeys.has(formatPath(path))) return [];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey(schema, path, key, source));
    }
    return [
      locate({
        path,
        message: messageOf(issue, valueAt(input, path)),
        source,
        suggestion: suggest(issue, input, path),
      }),
    ];
  });
}

interface PlacedIssue {
  readonly issue: core.$ZodIssue;
  readonly path: ConfigPath;
}

/** Replaces "none of these forms" by what is wrong with the form that was meant, where that is plain. */
function flatten(issues: readonly core.$ZodIssue[], base: ConfigPath): PlacedIssue[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path.map(asStep)];
    if (issue.code !== "invalid_union") return [{ issue, path }];
    const meant = issue.errors.filter((branch) => !branch.some(isOtherForm));
    const [only] = meant;
    return meant.length === 1 && only !== undefined ? flatten(only, path) : [{ issue, path }];
  });
}

/** The value is of another kind altogether than this form of the setting. */
function isOtherForm(issue: core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  return (
    issue.code === "invalid_type" ||
    issue.code === "invalid_value" ||
    (issue.code === "custom" && isFunctionForm(issue))
  );
}

function isFunctionForm(issue: core.$ZodIssue): boolean {
  return issue.message.startsWith("must be a function") || issue.message.startsWith("must be a condition");
}

function messageOf(issue: core.$ZodIssue, value: unknown): string {
  if (issue.code !== "invalid_union") return issue.message;
  const forms = issue.errors.map((branch) => {
    const root = branch.find(isOtherForm);
    if (root?.code === "invalid_type") return typeWords(root.expected);
    return root?.code === "invalid_value" ? listed(root.values.map(String)) : undefined;
  });
  const known = [...new Set(forms.filter((form) => form !== undefined))];
  if (value === undefined) return `is missing; it must be ${known.join(" or ")}`;
  return `must be ${known.join(" or ")}, got ${shown(value)}`;
}

function suggest(issue: core.$ZodIssue, input: unknown, path: ConfigPath): string | undefined {
  const value = valueAt(input, path);
  if (typeof value !== "string") return undefined;
  const issues = issue.code === "invalid_union" ? issue.errors.flat() : [issue];
  return nearest(
    value,
    issues.flatMap((entry) => (entry.code === "invalid_value" ? entry.values.map(String) : [])),
  );
}

function unknownKey(schema: core.$ZodType, path: ConfigPath, key: string, source: SourceMap): ConfigIssue {
  const known = keysOf(schema, path);
  const suggestion = nearest(key, known);
  const elsewhere = suggestion === undefined ? listPlaces(schema, key) : [];
  const hint = elsewhere.length > 0 ? `; it belongs under ${elsewhere.join(" or ")}` : "";
  const choice = suggestion === undefined && hint === "" ? `; known here: ${known.join(", ")}` : "";
  const place = formatPath(path);
  return locate({
    path,
    line: [...path, key],
    message: `unknown key \`${key}\`${place === "" ? " at the top" : ""}${hint}${choice}`,
    source,
    suggestion,
  });
}

/** An issue with its line. @param line the path whose line is shown, when it is not the issue's own */
export function locate({
  path,
  message,
  source,
  suggestion,
  line: linePath = path,
}: {
  path: ConfigPath;
  message: string;
  source: SourceMap;
  suggestion?: string | undefined;
  line?: ConfigPath;
}): ConfigIssue {
  const line = lineAt(source, linePath);
  return {
    path: formatPath(path),
    message,
    ...(line === undefined ? {} : { line }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function asStep(step: PropertyKey): string | number {
  return typeof step === "number" ? step : String(step);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function typeWords(type: string): string {
  return TYPE_WORDS[type] ?? type;
}

/** Numbers, booleans and short words as they are; of all else only the type. */
function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" ? quoted(value) : typeWords(typeOf(value));
}

function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}
