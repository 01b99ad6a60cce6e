/** The steps from the top of a configuration to one of its values: keys and positions. */
export type ConfigPath = readonly (string | number)[];

/** Keys that need no quotes in a written path. */
const SIMPLE_KEY = /^[A-Za-z_][\w-]*$/;

/** Writes a path as people read it: `routes[0].retry.attempts`, `providers.ark.models["deepseek-v4.1"]`. */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!SIMPLE_KEY.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}
