/** One thing that is wrong with a configuration (or, as a warning, that deserves to be known). */
export interface ConfigIssue {
  /** Where: `routes[0].retry`. Empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and what would be right, as the rest of a sentence that begins with the path. Never a secret. */
  readonly message: string;
  /** Line of the file, from 1, where there is a file. */
  readonly line?: number;
  /** The nearest known name, for a name that is not known. */
  readonly suggestion?: string;
}

/** Writes an issue on one line: ``tideover.yaml:12: routes[0].retry: unknown key `attemps`; did you mean `attempts`?`` */
export function formatIssue(issue: ConfigIssue, file?: string): string {
  const line =
    issue.line === undefined ? undefined : file === undefined ? `line ${issue.line}` : `${file}:${issue.line}`;
  const place = [line ?? file, issue.path].filter((part) => part !== undefined && part !== "").join(": ");
  const hint = issue.suggestion === undefined ? "" : `; did you mean \`${issue.suggestion}\`?`;
  return `${place === "" ? "" : `${place}: `}${issue.message}${hint}`;
}

const BRAND: unique symbol = Symbol.for("tideover.ConfigError");

/** What the edges throw for a configuration that cannot be used. Inside, issues are values. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "invalid_config";
  readonly issues: readonly ConfigIssue[];
  readonly [BRAND] = true;

  /** @param file name of the file the issues are in, where there is one */
  constructor(issues: readonly ConfigIssue[], file?: string) {
    super(`The configuration cannot be used:\n${issues.map((issue) => `  ${formatIssue(issue, file)}`).join("\n")}`);
    this.issues = issues;
  }

  /** Whether a value is a ConfigError, of this copy of the library or of another. */
  static isInstance(value: unknown): value is ConfigError {
    return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
  }
}
