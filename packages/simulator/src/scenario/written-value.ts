import { parseDuration } from "tideover/config";
import { isJsonObject } from "tideover/engine";

/** One thing that is wrong with a written scenario. */
export interface ScenarioIssue {
  /** Where: `providers.deepseek.schedule[0].at`. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/**
 * A value of a written scenario and where it stands. Reading one that is wrong notes an issue and gives something of
 * the right type, so that one pass finds everything that is wrong.
 */
export class WrittenValue {
  readonly #value: unknown;
  readonly #path: string;
  readonly #issues: ScenarioIssue[];

  constructor(value: unknown, issues: ScenarioIssue[], path = "") {
    this.#value = value;
    this.#path = path;
    this.#issues = issues;
  }

  get isGiven(): boolean {
    return this.#value !== undefined && this.#value !== null;
  }

  /** As it was written, not checked. */
  get raw(): unknown {
    return this.#value;
  }

  /** Notes that it is not as it should be. */
  refuse(message: string): void {
    this.#issues.push({ path: this.#path, message });
  }

  /** The members of an object; a member that is not in `known` is an issue. */
  members<const Name extends string>(known: readonly Name[]): Record<Name, WrittenValue> {
    const object = this.#object();
    for (const name of Object.keys(object)) {
      if (!known.some((other) => other === name)) {
        this.#issues.push({ path: this.#at(name), message: `is not known here; known are ${known.join(", ")}` });
      }
    }
    const member = (name: string) => new WrittenValue(object[name], this.#issues, this.#at(name));
    return Object.fromEntries(known.map((name) => [name, member(name)])) as Record<Name, WrittenValue>;
  }

  /** The members of an object with names of the writer's choice. */
  entries(): [string, WrittenValue][] {
    return Object.entries(this.#object()).map(([name, value]) => [
      name,
      new WrittenValue(value, this.#issues, this.#at(name)),
    ]);
  }

  items(): WrittenValue[] {
    if (!this.isGiven) return [];
    if (!Array.isArray(this.#value)) {
      this.refuse("must be a list");
      return [];
    }
    return this.#value.map((item, index) => new WrittenValue(item, this.#issues, `${this.#path}[${index}]`));
  }

  text(): string {
    if (typeof this.#value === "string" && this.#value !== "") return this.#value;
    this.refuse(this.isGiven ? "must be text" : "is missing; it must be text");
    return "";
  }

  oneOf<const Choice extends string>(choices: readonly Choice[]): Choice | undefined {
    const found = choices.find((choice) => choice === this.#value);
    if (found === undefined) this.refuse(`must be one of ${choices.join(", ")}, found ${JSON.stringify(this.#value)}`);
    return found;
  }

  number(least: number, most: number): number {
    if (typeof this.#value === "number" && this.#value >= least && this.#value <= most) return this.#value;
    this.refuse(`must be a number from ${least} to ${most}, found ${JSON.stringify(this.#value ?? null)}`);
    return least;
  }

  wholeNumber(least: number, most: number): number {
    const value = this.number(least, most);
    if (Number.isInteger(value)) return value;
    this.refuse(`must be a whole number, found ${value}`);
    return Math.round(value);
  }

  flag(): boolean {
    if (typeof this.#value === "boolean") return this.#value;
    this.refuse("must be true or false");
    return false;
  }

  /** A duration such as `90s`, in ms. */
  duration(): number {
    if (typeof this.#value !== "string") {
      this.refuse("must be a duration such as 90s, 5m or 1h");
      return 0;
    }
    const parsed = parseDuration(this.#value);
    if ("value" in parsed) return parsed.value;
    this.refuse(parsed.problem);
    return 0;
  }

  /** What `read` makes of it, or undefined when it is not there. */
  optional<Value>(read: (value: WrittenValue) => Value): Value | undefined {
    return this.isGiven ? read(this) : undefined;
  }

  #object(): Readonly<Record<string, unknown>> {
    if (!this.isGiven) return {};
    if (isJsonObject(this.#value)) return this.#value;
    this.refuse("must be an object");
    return {};
  }

  #at(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}
