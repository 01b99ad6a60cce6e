import { DURATION_PATTERN, parseDuration } from "../duration.ts";
import { MOMENT_PATTERN, parseMoment } from "../moment.ts";
import { type Parsed, quoted } from "../parsed.ts";
import { parseRate, RATE_PATTERN } from "../rate.ts";
import { parseShare, SHARE_PATTERN } from "../share.ts";
import { parseSize, SIZE_PATTERN } from "../size.ts";
import { parseSpend, SPEND_PATTERN } from "../spend.ts";
import * as z from "./chained.ts";

/** A setting that is written as text and read by `parse`; a number is refused with the words of `parse`. */
function written<Value>(parse: (text: string) => Parsed<Value>, pattern: string, example: string) {
  return z
    .string({
      error: ({ input }) => {
        if (input === undefined) return "is missing";
        if (typeof input !== "number") return `must be text such as ${example}`;
        const parsed = parse(String(input));
        return "problem" in parsed ? parsed.problem : `must be text such as ${example}, in quotes`;
      },
    })
    .meta({ pattern, examples: [example] })
    .transform((text, context) => {
      const parsed = parse(text);
      if ("value" in parsed) return parsed.value;
      context.issues.push({ code: "custom", message: parsed.problem, input: text });
      return z.NEVER;
    });
}

/** A duration above zero; becomes ms. */
export const duration = written(positiveDuration, DURATION_PATTERN.source, "30s");

function positiveDuration(text: string): Parsed<number> {
  const parsed = parseDuration(text);
  if ("value" in parsed && parsed.value === 0) return { problem: `${quoted(text)} must be longer than zero` };
  return parsed;
}

/** A duration that may be zero; becomes ms. */
export const durationOrZero = written(parseDuration, DURATION_PATTERN.source, "500ms");

/** `10s`, or the word that stands for a learned or absent value. */
export function durationOr<Word extends string>(word: Word) {
  const parse = (text: string): Parsed<number | Word> => {
    if (text === word) return { value: word };
    const parsed = positiveDuration(text);
    return "value" in parsed ? parsed : { problem: `${parsed.problem}, or ${word}` };
  };
  return written(parse, `${DURATION_PATTERN.source}|^${word}$`, "30s");
}

/** A percentile (`p95`) or a duration. */
export const percentileOrDuration = written(
  (text): Parsed<number | `p${number}`> => {
    if (/^p[1-9]\d?$/.test(text)) return { value: text as `p${number}` };
    if (/^p\d/.test(text)) return { problem: `${quoted(text)} is not a percentile; write p1 to p99, such as p95` };
    const parsed = positiveDuration(text);
    return "value" in parsed ? parsed : { problem: `${parsed.problem}, or a percentile from p1 to p99, such as p95` };
  },
  `${DURATION_PATTERN.source}|^p[1-9]\\d?$`,
  "p95",
);

/** A rate; becomes a count and a time. */
export const rate = written(parseRate, RATE_PATTERN.source, "600/m");

/** A rate, or `off`. */
export const rateOrOff = written(
  (text): Parsed<{ count: number; perMs: number } | "off"> => (text === "off" ? { value: "off" } : parseRate(text)),
  `${RATE_PATTERN.source}|^off$`,
  "10/s",
);

/** Money in a time; becomes an amount, a currency and a time. */
export const spend = written(parseSpend, SPEND_PATTERN.source, "5 USD/d");

/** A moment with its time zone; becomes ms since the Unix epoch. */
export const moment = written(parseMoment, MOMENT_PATTERN.source, "2026-11-23T18:00:00+08:00");

/** A share of the whole, written `10%`; becomes 0.1. */
export const share = written(parseShare, SHARE_PATTERN.source, "1%");

/** A share of the whole, written `10%`, or `off`. */
export const shareOrOff = written(
  (text): Parsed<number | "off"> => {
    if (text === "off") return { value: "off" };
    const parsed = parseShare(text);
    return "value" in parsed ? parsed : { problem: `${parsed.problem}, or off` };
  },
  `${SHARE_PATTERN.source}|^off$`,
  "10%",
);

/** A share of the whole, written `50%` or `0.5`. */
export const shareOrFraction = z.union([z.number().min(0).max(1), written(parseShare, SHARE_PATTERN.source, "50%")]);

const JITTERS = ["full", "decorrelated", "none"] as const;

/** How delays are spread: by name, or `10%` (becomes 0.1) for up to a tenth either way. */
export const jitter = written(
  (text): Parsed<number | (typeof JITTERS)[number]> => {
    const name = JITTERS.find((known) => known === text);
    if (name !== undefined) return { value: name };
    const parsed = parseShare(text);
    return "value" in parsed
      ? parsed
      : { problem: `${quoted(text)} is not a jitter; write full, decorrelated, none or a share such as 10%` };
  },
  `${SHARE_PATTERN.source}|^(${JITTERS.join("|")})$`,
  "full",
);

/** A size, written `32MiB` or in plain bytes; becomes bytes. */
export const size = z.union([z.int().min(1), written(parsePositiveSize, SIZE_PATTERN.source, "32MiB")]);

function parsePositiveSize(text: string): Parsed<number> {
  const parsed = parseSize(text);
  return "value" in parsed && parsed.value === 0 ? { problem: `${quoted(text)} must be larger than zero` } : parsed;
}

/** The code of a currency (ISO 4217): `CNY`. */
export const currencyCode = z.string().regex(/^[A-Z]{3}$/, "must be three capital letters, such as CNY");

/** Text that says something. */
export const text = z.string().min(1);

/** An address that begins with http:// or https:// and carries no user, query or fragment. */
export const httpUrl = z
  .string()
  .meta({ pattern: "^https?://", examples: ["http://127.0.0.1:8000/v1"] })
  .superRefine((value, context) => {
    const problem = urlProblem(value);
    if (problem !== undefined) context.issues.push({ code: "custom", message: problem, input: value });
  });

/** What is wrong with an HTTP address; never repeats it, because it may hold a password. */
function urlProblem(value: string): string | undefined {
  const right = "write it as an OpenAI SDK would be given it, such as https://api.deepseek.com/v1";
  if (!URL.canParse(value)) return `is not an address; ${right}`;
  const url = new URL(value);
  if (url.protocol !== "http:" && url.protocol !== "https:") return `must begin with http:// or https://; ${right}`;
  if (url.username !== "" || url.password !== "") return "must not hold a user or password; use apiKey or headers";
  if (url.search !== "" || url.hash !== "") return `must not hold a query or fragment; ${right}`;
  return undefined;
}

/** `off`, or the settings. */
export function offOr<Settings extends z.ZodType>(settings: Settings) {
  return z.union([z.literal("off"), settings]);
}
