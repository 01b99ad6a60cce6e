import { patternOf } from "./shown-output.ts";

/** The JSON documents of a block: one, or one a line. */
export function documentsIn(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    // Not one document, so one on each line; what is none of both fails here.
    return text
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  }
}

/**
 * Where a document that a page shows is not like a real one: each member that is shown must be there with a value of the
 * same type, and the words that callers decide by must be the same. There may be more.
 */
export function differencesOf(shown: unknown, real: unknown, path = ""): readonly string[] {
  if (typeOf(shown) !== typeOf(real)) return [`${path}: shown is ${typeOf(shown)}, came ${typeOf(real)}`];
  if (Array.isArray(shown) && Array.isArray(real)) {
    if (shown.length > 0 && real.length === 0) return [`${path}: shown with elements, came without`];
    // A series begins before the gateway did, with nulls.
    const some: unknown = real.find((element) => element !== null);
    return shown.flatMap((element, index) => differencesOf(element, real[index] ?? some, `${path}[${index}]`));
  }
  if (typeof shown === "object" && shown !== null) {
    const members = real as Record<string, unknown>;
    return Object.entries(shown).flatMap(([name, value]) =>
      name in members ? differencesOf(value, members[name], `${path}.${name}`) : [`${path}.${name} did not come`],
    );
  }
  const same = !DECISIVE.test(path) || patternOf(opened(`${shown}`)).test(opened(`${real}`));
  return same ? [] : [`${path}: shown is ${shown}, came ${real}`];
}

/** Members whose words are compared, not only their type. */
const DECISIVE = /\.(?:code|type|param|object|status|kind|message|outcome)$/;

/** A message without the names of this run: those of providers, models and keys. */
function opened(message: string): string {
  return message
    .replaceAll(/"[^"]*"/g, '"name"')
    .replace(/Offered are: .*/, "Offered are: …")
    .replace(/^(No rung could answer): .*/, "$1")
    .replace(/^[a-z]+(: [\w.:]+ closed| answered \d+:.*$| has as many calls)/, (_all, rest: string) => {
      // What a provider says is its own; where it is, is another place here.
      if (rest.startsWith(": ")) return "name: host closed";
      return rest.startsWith(" answered") ? "name answered" : `name${rest}`;
    });
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
