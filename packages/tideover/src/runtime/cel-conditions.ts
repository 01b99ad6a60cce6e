import type { CompileCondition } from "./route-parts.ts";

/** The longest condition that is accepted, in characters. */
const MAX_CONDITION_LENGTH = 10_000;

/** A condition that is not CEL, or does not give true or false. The message quotes it and says what is wrong. */
export class ConditionError extends Error {
  override readonly name = "ConditionError";
}

/** What is used of the class `Environment` of the library `@marcbachmann/cel-js`. */
export interface CelEnvironment {
  registerVariable(name: string, type: string): CelEnvironment;
  parse(expression: string): CelProgram;
}

interface CelProgram {
  (facts: Record<string, unknown>): unknown;
  check(): { readonly valid: boolean; readonly type?: string; readonly error?: Error };
}

/**
 * Binds the conditions of rules to CEL, the Common Expression Language (cel.dev). A condition sees `metadata`, `model`
 * and `request` and must give a boolean. The library is given rather than imported: those who write conditions as
 * functions need none.
 * @param Environment the class of that name of `@marcbachmann/cel-js`
 */
export function celConditions(
  Environment: new (options: { readonly unlistedVariablesAreDyn: boolean }) => CelEnvironment,
): CompileCondition {
  const environment = new Environment({ unlistedVariablesAreDyn: false })
    .registerVariable("metadata", "dyn")
    .registerVariable("model", "string")
    .registerVariable("request", "dyn");
  return (expression) => {
    if (expression.length > MAX_CONDITION_LENGTH) {
      throw new ConditionError(
        `A condition may have ${MAX_CONDITION_LENGTH} characters, this one has ${expression.length}.`,
      );
    }
    const program = parse(environment, expression);
    return ({ metadata, model, request }) => {
      const value = program({ metadata, model, request });
      if (typeof value !== "boolean") throw new ConditionError(`it gives ${typeof value}, not true or false`);
      return value;
    };
  };
}

function parse(environment: CelEnvironment, expression: string): CelProgram {
  try {
    const program = environment.parse(expression);
    const checked = program.check();
    if (!checked.valid) throw checked.error ?? new Error("it does not type-check");
    if (checked.type !== "bool" && checked.type !== "dyn")
      throw new Error(`it gives ${checked.type}, not true or false`);
    return program;
  } catch (error) {
    const problem = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new ConditionError(`The condition "${expression}" cannot be used: ${problem}`);
  }
}
