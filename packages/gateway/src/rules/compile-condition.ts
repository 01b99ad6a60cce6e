import { Environment } from "@marcbachmann/cel-js";
import { celConditions } from "tideover/runtime";

export { ConditionError } from "tideover/runtime";

/** Reads the conditions of rules: CEL, the Common Expression Language (cel.dev). */
export const compileCondition = celConditions(Environment);
