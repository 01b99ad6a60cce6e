import { MOST_JSON_SPACE } from "../defaults.ts";

/** What may come next at a place of a JSON text. */
type Expected =
  | "object" // the opening brace of the whole
  | "value"
  | "first-value-or-end" // after [
  | "first-key-or-end" // after {
  | "key" // after a comma in an object
  | "colon"
  | "comma-or-end"
  | "string"
  | "escape"
  | "hex"
  | "number"
  | "word"
  | "done";

/** Where a number stands (RFC 8259, section 6). */
type NumberPlace = "minus" | "zero" | "integer" | "point" | "fraction" | "exponent" | "sign" | "power";

/** Places at which a number may end. */
const WHOLE_NUMBER: ReadonlySet<NumberPlace> = new Set(["zero", "integer", "fraction", "power"]);

const WORDS = ["true", "false", "null"] as const;

/** Levels of nesting that are allowed: deeper ones are a model gone astray. */
const MOST_LEVELS = 64;

/**
 * Reads a JSON object (RFC 8259) one UTF-16 unit after the other, and knows at each whether it can still become one.
 * White space in a row is bounded, because small models otherwise write line breaks for ever.
 */
export class JsonAutomaton {
  #expected: Expected = "object";
  /** The open brackets. */
  #open: ("{" | "[")[] = [];
  /** The string that is being read is a key. */
  #isKey = false;
  #hexLeft = 0;
  #number: NumberPlace = "minus";
  #wordLeft = "";
  #space = 0;

  /** The object is complete; nothing but its end may come. */
  get done(): boolean {
    return this.#expected === "done";
  }

  /** Whether a text may come here. Changes nothing. */
  accepts(text: string): boolean {
    if (text === "") return true;
    const ahead = this.#copy();
    return ahead.push(text);
  }

  /** Takes a text. @returns false when it cannot come here; the automaton is of no use then. */
  push(text: string): boolean {
    for (let at = 0; at < text.length; at++) if (!this.#take(text.charAt(at))) return false;
    return true;
  }

  #copy(): JsonAutomaton {
    const copy = new JsonAutomaton();
    copy.#expected = this.#expected;
    copy.#open = [...this.#open];
    copy.#isKey = this.#isKey;
    copy.#hexLeft = this.#hexLeft;
    copy.#number = this.#number;
    copy.#wordLeft = this.#wordLeft;
    copy.#space = this.#space;
    return copy;
  }

  #take(unit: string): boolean {
    switch (this.#expected) {
      case "string":
        return this.#takeInString(unit);
      case "escape":
        return this.#takeEscape(unit);
      case "hex":
        return this.#takeHex(unit);
      case "word":
        return this.#takeWord(unit);
      case "number":
        if (this.#takeNumber(unit)) return true;
        if (!WHOLE_NUMBER.has(this.#number)) return false;
        this.#expected = "comma-or-end";
        return this.#take(unit);
      case "done":
        return false;
    }
    if (/[ \t\r\n]/.test(unit)) return ++this.#space <= MOST_JSON_SPACE;
    this.#space = 0;
    return this.#takeStructure(unit);
  }

  #takeStructure(unit: string): boolean {
    switch (this.#expected) {
      case "object":
        return unit === "{" && this.#enter("{");
      case "first-key-or-end":
        return unit === "}" ? this.#leave() : unit === '"' && this.#beginString(true);
      case "key":
        return unit === '"' && this.#beginString(true);
      case "colon":
        this.#expected = "value";
        return unit === ":";
      case "first-value-or-end":
        return unit === "]" ? this.#leave() : this.#beginValue(unit);
      case "value":
        return this.#beginValue(unit);
      case "comma-or-end":
        return this.#takeAfterValue(unit);
      default:
        return false;
    }
  }

  #takeAfterValue(unit: string): boolean {
    const inObject = this.#open.at(-1) === "{";
    if (unit === (inObject ? "}" : "]")) return this.#leave();
    if (unit !== ",") return false;
    this.#expected = inObject ? "key" : "value";
    return true;
  }

  #beginValue(unit: string): boolean {
    if (unit === "{" || unit === "[") return this.#enter(unit);
    if (unit === '"') return this.#beginString(false);
    const word = WORDS.find((one) => one.startsWith(unit));
    if (word !== undefined) {
      this.#wordLeft = word.slice(1);
      this.#expected = "word";
      return true;
    }
    if (unit !== "-" && !isDigit(unit)) return false;
    this.#number = unit === "-" ? "minus" : unit === "0" ? "zero" : "integer";
    this.#expected = "number";
    return true;
  }

  #beginString(isKey: boolean): boolean {
    this.#isKey = isKey;
    this.#expected = "string";
    return true;
  }

  #takeInString(unit: string): boolean {
    if (unit === '"') this.#expected = this.#isKey ? "colon" : "comma-or-end";
    else if (unit === "\\") this.#expected = "escape";
    return unit >= " ";
  }

  #takeEscape(unit: string): boolean {
    this.#hexLeft = 4;
    this.#expected = unit === "u" ? "hex" : "string";
    return '"\\/bfnrtu'.includes(unit);
  }

  #takeHex(unit: string): boolean {
    if (--this.#hexLeft === 0) this.#expected = "string";
    return /[0-9a-fA-F]/.test(unit);
  }

  #takeWord(unit: string): boolean {
    if (!this.#wordLeft.startsWith(unit)) return false;
    this.#wordLeft = this.#wordLeft.slice(1);
    if (this.#wordLeft === "") this.#expected = "comma-or-end";
    return true;
  }

  #takeNumber(unit: string): boolean {
    const kind = numberUnit(unit);
    const next = kind === undefined ? undefined : NUMBER_STEPS[this.#number][kind];
    if (next === undefined) return false;
    this.#number = next;
    return true;
  }

  #enter(bracket: "{" | "["): boolean {
    this.#open.push(bracket);
    this.#expected = bracket === "{" ? "first-key-or-end" : "first-value-or-end";
    return this.#open.length <= MOST_LEVELS;
  }

  #leave(): boolean {
    this.#open.pop();
    this.#expected = this.#open.length === 0 ? "done" : "comma-or-end";
    return true;
  }
}

/** Kinds of units that a number is made of. */
type NumberUnit = "zero" | "digit" | "point" | "exponent" | "sign" | "minus";

/** Which place each kind of unit leads to (RFC 8259, section 6). */
const NUMBER_STEPS: Readonly<Record<NumberPlace, Partial<Record<NumberUnit, NumberPlace>>>> = {
  minus: { zero: "zero", digit: "integer" },
  zero: { point: "point", exponent: "exponent" },
  integer: { zero: "integer", digit: "integer", point: "point", exponent: "exponent" },
  point: { zero: "fraction", digit: "fraction" },
  fraction: { zero: "fraction", digit: "fraction", exponent: "exponent" },
  exponent: { zero: "power", digit: "power", sign: "sign", minus: "sign" },
  sign: { zero: "power", digit: "power" },
  power: { zero: "power", digit: "power" },
};

function numberUnit(unit: string): NumberUnit | undefined {
  if (isDigit(unit)) return unit === "0" ? "zero" : "digit";
  if (unit === "e" || unit === "E") return "exponent";
  if (unit === "-") return "minus";
  return unit === "+" ? "sign" : unit === "." ? "point" : undefined;
}

function isDigit(unit: string): boolean {
  return unit >= "0" && unit <= "9" && unit.length === 1;
}
