/** What became of a text with `${NAME}` in it. */
export type Interpolated =
  | {
      readonly text: string;
      /** The first variable whose value is in the text; absent when there is none, or only defaults. */
      readonly variable?: string;
      /** Whether anything was replaced. */
      readonly changed: boolean;
    }
  | { readonly problem: string };

/** `$${` (a literal `${`), `${NAME}`, `${NAME:-default}`, or a `${` that is neither. */
const PLACEHOLDER = /\$\$\{|\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}|\$\{/g;

/**
 * Fills the environment's values into a text: `${NAME}`, or `${NAME:-default}` for a variable that may be unset or
 * empty; `$${` stands for `${` itself. What is filled in is not looked at again.
 */
export function interpolate(text: string, environment: Readonly<Record<string, string | undefined>>): Interpolated {
  let variable: string | undefined;
  let problem: string | undefined;
  let changed = false;
  const filled = text.replace(PLACEHOLDER, (match, name: string | undefined, fallback: string | undefined) => {
    changed = true;
    if (match === "$${") return "${";
    if (name === undefined) {
      problem ??= `has a \${ that is not \${NAME} or \${NAME:-default}; write $\${ for the characters themselves`;
      return match;
    }
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined && (value !== "" || fallback === undefined)) {
      variable ??= name;
      return value;
    }
    if (fallback === undefined) {
      problem ??= `needs the environment variable ${name}, which is not set; set it, or write \${${name}:-default}`;
    }
    return fallback ?? "";
  });
  if (problem !== undefined) return { problem };
  return { text: filled, changed, ...(variable === undefined ? {} : { variable }) };
}
