import { ConfigError, type ConfigIssue, type ResolvedConfig } from "tideover/config";
import type { CompileCondition } from "tideover/runtime";

/**
 * Checks the conditions of rules that are expressions, so that a bad one is told with its place.
 * @param compile reads expressions; absent: nobody does
 * @returns what reads those of this configuration
 * @throws ConfigError that names each condition which cannot be used
 */
export function checkedConditions({ routes }: ResolvedConfig, compile: CompileCondition | undefined): CompileCondition {
  const issues: ConfigIssue[] = [];
  for (const [route, { ladder }] of routes.entries()) {
    for (const [at, rung] of ladder.entries()) {
      if (rung.kind !== "rules") continue;
      for (const [index, { when }] of rung.rules.entries()) {
        const message = typeof when === "string" ? whyRefused(when, compile) : undefined;
        if (message !== undefined)
          issues.push({ path: `routes[${route}].ladder[${at}].rules[${index}].when`, message });
      }
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return compile ?? unread;
}

const unread: CompileCondition = (expression) => {
  throw new TypeError(`The rule "${expression}" is an expression, and nobody reads those here.`);
};

function whyRefused(expression: string, compile: CompileCondition | undefined): string | undefined {
  if (compile === undefined) return "is an expression; write it as a function, or give the handler compileCondition";
  try {
    compile(expression);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
