/** Where a JSON text stops being JSON, and what would be right there. */
export interface JsonFlaw {
  /** In UTF-16 code units from the start. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  readonly expected: string;
}

/**
 * Finds the first flaw of a text that `JSON.parse` refused; undefined when there is none. The messages of `JSON.parse`
 * differ between runtimes, often name no place, and quote the text, which is a prompt.
 */
export function locateJsonError(text: string): JsonFlaw | undefined {
  const found = new JsonScanner(text).run();
  if (found === undefined) return undefined;
  const before = text.slice(0, found.offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { ...found, line: before.split("\n").length, column: found.offset - lineStart + 1 };
}

interface Flaw {
  readonly offset: number;
  readonly expected: string;
}

/** What may come next, in the words of the error message. */
type Expectation =
  | "a value"
  | "a value or ]"
  | "a member name in double quotes"
  | "a member name in double quotes or }"
  | "a colon"
  | "a comma or the closing bracket"
  | "the end of the text";

const TOKEN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/;
const ESCAPE = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/;
/** Longest piece that a number or word is looked for in; a longer number is found wanting, which is no matter here. */
const TOKEN_WINDOW = 1_024;

/** Walks over the text with a stack of its own, so nesting of any depth is safe. */
class JsonScanner {
  readonly #text: string;
  readonly #open: ("{" | "[")[] = [];
  #at = 0;
  #expected: Expectation = "a value";

  constructor(text: string) {
    this.#text = text;
  }

  run(): Flaw | undefined {
    for (;;) {
      this.#skipSpace();
      const character = this.#text[this.#at];
      if (character === undefined) break;
      const flaw = this.#step(character);
      if (flaw !== undefined) return flaw;
    }
    return this.#expected === "the end of the text" ? undefined : this.#here();
  }

  #step(character: string): Flaw | undefined {
    switch (this.#expected) {
      case "a value":
      case "a value or ]":
        return this.#value(character);
      case "a member name in double quotes":
      case "a member name in double quotes or }":
        return this.#memberName(character);
      case "a colon":
        return character === ":" ? this.#advance("a value") : this.#here();
      case "a comma or the closing bracket":
        return this.#commaOrEnd(character);
      case "the end of the text":
        return this.#here();
    }
  }

  #value(character: string): Flaw | undefined {
    if (character === "]" && this.#expected === "a value or ]") return this.#close();
    if (character === "{" || character === "[") {
      this.#open.push(character);
      return this.#advance(character === "{" ? "a member name in double quotes or }" : "a value or ]");
    }
    const flaw = character === '"' ? this.#string() : this.#token();
    this.#expected = this.#afterValue();
    return flaw;
  }

  #memberName(character: string): Flaw | undefined {
    if (character === "}" && this.#expected === "a member name in double quotes or }") return this.#close();
    if (character !== '"') return this.#here();
    this.#expected = "a colon";
    return this.#string();
  }

  #commaOrEnd(character: string): Flaw | undefined {
    const inside = this.#open.at(-1);
    if (character === ",") return this.#advance(inside === "{" ? "a member name in double quotes" : "a value");
    return character === (inside === "{" ? "}" : "]") ? this.#close() : this.#here();
  }

  #close(): undefined {
    this.#open.pop();
    return this.#advance(this.#afterValue());
  }

  #afterValue(): Expectation {
    return this.#open.length === 0 ? "the end of the text" : "a comma or the closing bracket";
  }

  #token(): Flaw | undefined {
    const match = TOKEN.exec(this.#text.slice(this.#at, this.#at + TOKEN_WINDOW));
    if (match?.index !== 0) return { offset: this.#at, expected: "a value" };
    this.#at += match[0].length;
    return undefined;
  }

  #string(): Flaw | undefined {
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const character = this.#text[at] ?? "";
      if (character === '"') {
        this.#at = at + 1;
        return undefined;
      }
      if (character < " ") return { offset: at, expected: "an escape such as \\n in place of a control character" };
      if (character !== "\\") continue;
      const escaped = ESCAPE.exec(this.#text.slice(at + 1, at + 6))?.[0];
      if (escaped === undefined) return { offset: at, expected: "a valid escape" };
      at += escaped.length;
    }
    return { offset: this.#text.length, expected: "a closing double quote" };
  }

  #advance(expected: Expectation): undefined {
    this.#at++;
    this.#expected = expected;
  }

  #here(): Flaw {
    return { offset: this.#at, expected: this.#expected };
  }

  #skipSpace(): void {
    while (" \t\n\r".includes(this.#text[this.#at] ?? "-")) this.#at++;
  }
}
