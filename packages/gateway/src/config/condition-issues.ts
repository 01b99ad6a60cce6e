import { type ConfigIssue, formatPath, lineAt, nestedValues, type SourceMap } from "tideover/config";
import { compileCondition } from "../rules/compile-condition.ts";

/** The conditions of rules that the expression language refuses, so that a bad file is refused before it is used. */
export function conditionIssues(input: unknown, source: SourceMap): ConfigIssue[] {
  return nestedValues(input, "routes[].ladder[].rules[].when").flatMap(({ path, value }) => {
    const problem = typeof value === "string" ? whyRefused(value) : undefined;
    if (problem === undefined) return [];
    const line = lineAt(source, path);
    return [{ path: formatPath(path), message: problem, ...(line === undefined ? {} : { line }) }];
  });
}

function whyRefused(condition: string): string | undefined {
  try {
    compileCondition(condition);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
