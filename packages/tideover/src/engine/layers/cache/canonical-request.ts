import type { CallRequest } from "../../call.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";

/**
 * Members that change how an answer is delivered or accounted for, and never what it says. Tideover folds and unfolds,
 * so that streamed and unstreamed callers share an answer. `metadata` is for our own rules and templates, whose answers
 * are not stored.
 */
const VOLATILE: ReadonlySet<string> = new Set([
  "stream",
  "stream_options",
  "user",
  "user_id",
  "safety_identifier",
  "metadata",
  "service_tier",
  "prompt_cache_key",
  "prompt_cache_retention",
]);

/**
 * Members that mean the same when left out, with the one value of which that is true on every host. Temperature and
 * top_p are not among them: hosts and models have defaults of their own.
 */
const DEFAULTS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["n", 1],
  ["presence_penalty", 0],
  ["frequency_penalty", 0],
  ["logprobs", false],
  ["echo", false],
]);

/**
 * A request as a text that is equal for equal requests and different for different ones: members sorted by code unit,
 * numbers by value, texts exactly as they are (no Unicode normalisation: a model sees the difference), what is
 * {@link VOLATILE} or a default left out. Numbers count as doubles, as they do for every JSON reader, but integers
 * beyond 2^53, which many hosts read exactly, count exactly.
 */
export function canonicalRequest({ body, bytes, operation }: CallRequest): string {
  const writer = new CanonicalWriter();
  const text = writer.request(body);
  if (!writer.sawInexact) return `${operation} ${text}`;
  const exact = parseExactly(bytes);
  // Without a reader that tells how a number was written, only the text as it was written is sure to be different.
  if (exact === undefined) return `${operation} as written ${new TextDecoder().decode(bytes)}`;
  return `${operation} ${new CanonicalWriter().request(exact)}`;
}

class CanonicalWriter {
  /** A number stood there that doubles do not hold exactly. */
  sawInexact = false;

  request(body: JsonObject): string {
    const members: string[] = [];
    for (const name of Object.keys(body).sort()) {
      const value = body[name];
      // OpenAI's clients send null for what was left out.
      if (VOLATILE.has(name) || value === undefined || value === null || DEFAULTS.get(name) === value) continue;
      if (name === "response_format" && isPlainText(value)) continue;
      members.push(`${JSON.stringify(name)}:${this.#value(value)}`);
    }
    return `{${members.join()}}`;
  }

  #value(value: Json): string {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "number") return this.#number(value);
    if (typeof value !== "object" || value === null) return String(value);
    if (value instanceof ExactNumber) return value.canonical;
    if (Array.isArray(value)) return this.#list(value);
    return this.#object(value as JsonObject);
  }

  #number(value: number): string {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) this.sawInexact = true;
    return JSON.stringify(value);
  }

  #list(list: readonly Json[]): string {
    const parts: string[] = [];
    for (const item of list) parts.push(this.#value(item));
    return `[${parts.join()}]`;
  }

  #object(object: JsonObject): string {
    const members: string[] = [];
    for (const name of Object.keys(object).sort()) {
      members.push(`${JSON.stringify(name)}:${this.#value(object[name] ?? null)}`);
    }
    return `{${members.join()}}`;
  }
}

function isPlainText(format: Json): boolean {
  return isJsonObject(format) && format.type === "text" && Object.keys(format).length === 1;
}

/** A number as it was written, in the one form that its value has: sign, digits without outer zeros, power of ten. */
class ExactNumber {
  readonly canonical: string;

  constructor(written: string) {
    const [, sign = "", whole = "", fraction = "", power = "0"] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? [];
    const digits = (whole + fraction).replace(/^0+/, "");
    const bare = digits.replace(/0+$/, "");
    const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - bare.length);
    this.canonical = bare === "" ? "0" : `${sign}${bare}e${exponent}`;
  }
}

/** The body with every inexact number as it was written; undefined where the platform does not tell that. */
function parseExactly(bytes: Uint8Array): JsonObject | undefined {
  let told = true;
  const reviver = (_name: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    if (Number.isFinite(value) && !Number.isInteger(value)) return value;
    if (context?.source === undefined) told = false;
    return new ExactNumber(context?.source ?? "0");
  };
  // The third argument is not in TypeScript's library yet ("JSON.parse source text access", in V8 since 11.4).
  const parsed: unknown = JSON.parse(
    new TextDecoder().decode(bytes),
    reviver as (name: string, value: unknown) => unknown,
  );
  return told && isJsonObject(parsed) ? parsed : undefined;
}
