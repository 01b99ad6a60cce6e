import type { TideoverConfig } from "../define-config.ts";
import { formatIssue } from "../issues.ts";
import { type LoadedConfig, resolveConfig } from "../resolve.ts";

/** A configuration that can be used, with one route over one provider. */
export function minimal(route: object = {}, provider: object = {}): TideoverConfig {
  return {
    providers: { deepseek: { preset: "deepseek", apiKey: "sk-0123456789abcdef", ...provider } },
    routes: [{ model: "*", ladder: ["deepseek"], ...route }],
  };
}

/** A configuration that can be used. @throws Error with what is wrong with it */
export function load(input: unknown): LoadedConfig {
  const loaded = resolveConfig(input);
  if ("issues" in loaded) throw new Error(loaded.issues.map((issue) => formatIssue(issue)).join("\n"));
  return loaded;
}

/** What is said of a configuration that cannot be used. */
export function problems(input: unknown): string[] {
  const loaded = resolveConfig(input);
  return "issues" in loaded ? loaded.issues.map((issue) => formatIssue(issue)) : [];
}

/** What is said of a configuration that can be used. */
export function warnings(input: unknown): string[] {
  return load(input).warnings.map((issue) => formatIssue(issue));
}
