import {
  busy,
  cannotDeserialize,
  contextTooLong,
  errorResponse,
  htmlPage,
  insufficientBalance,
  internalError,
  tooManyAtOnce,
  type UpstreamRefusal,
  wrongKey,
} from "../model/error-bodies.ts";
import type { AnswerShape, FaultEffect, Interruption } from "./fault-effect.ts";

/** One scripted fault; a request asks for it with the model name `fault-<name>` or `fault-<name>-<number>`. */
export interface FaultDefinition {
  readonly name: string;
  readonly description: string;
  /** What the number means, and what it is when left out. */
  readonly parameter?: { readonly meaning: string; readonly value: number };
  /** It strikes a request only the first time; a retry of the same request succeeds. */
  readonly once?: boolean;
  /** @param value the number from the name, or the default. */
  effect(value: number): FaultEffect;
}

const shape = (changed: AnswerShape): FaultEffect => ({ kind: "shape", shape: changed });
const interrupted = (afterTokens: number, how: Interruption["how"]): FaultEffect =>
  shape({ interruption: { afterTokens, how } });
const respond = (response: UpstreamRefusal): FaultEffect => ({ kind: "respond", response });

const tokens = (value: number) => ({ meaning: "tokens before it strikes", value });
const rateLimited = errorResponse(429, "Rate limit reached for TPM. Please try again later.", "rate_limit_error");

/** The error object that a stream carries in place of a chunk. */
export const ERROR_INSIDE_STREAM: string = busy().body;

/** Documented ceiling that the context-length fault claims, in tokens, and what it says was asked for. */
const CLAIMED_CONTEXT = { limit: 65_536, prompt: 70_001, completion: 4_096 };

const FAULTS: readonly FaultDefinition[] = [
  {
    name: "429-once",
    description: "429 with Retry-After the first time; the same request then succeeds.",
    parameter: { meaning: "Retry-After, s", value: 1 },
    once: true,
    effect: (seconds) => respond({ ...rateLimited, headers: { "retry-after": `${seconds}` } }),
  },
  { name: "429", description: "429 every time, without Retry-After.", effect: () => respond(rateLimited) },
  {
    name: "429-balance",
    description: "429 that names the concurrency limit of the account's balance.",
    parameter: { meaning: "stated limit", value: 25 },
    effect: (limit) => respond(tooManyAtOnce(limit + 1, limit)),
  },
  {
    name: "500-once",
    description: "500 the first time; the same request then succeeds.",
    once: true,
    effect: () => respond(internalError()),
  },
  { name: "500", description: "500 every time.", effect: () => respond(internalError()) },
  { name: "503", description: "503: the service is too busy.", effect: () => respond(busy()) },
  {
    name: "refused",
    description: "Connection refused. Over HTTP the open port can only reset it before any byte.",
    effect: () => ({ kind: "connection", how: "refused" }),
  },
  {
    name: "reset",
    description: "Connection reset (RST) before any byte of the response.",
    effect: () => ({ kind: "connection", how: "reset" }),
  },
  {
    name: "silence",
    description: "The request is taken and nothing ever comes, not even headers.",
    effect: () => ({ kind: "connection", how: "silence" }),
  },
  {
    name: "late-first-token",
    description: "Headers and keep-alives at once, the first token late, then a good answer.",
    parameter: { meaning: "wait, ms", value: 60_000 },
    effect: (waitMs) => shape({ waitMs }),
  },
  {
    name: "keep-alive-only",
    description: "Headers, then keep-alives (blank lines when unstreamed) until the provider gives up.",
    effect: () => shape({ waitMs: Number.POSITIVE_INFINITY }),
  },
  {
    name: "comment-flood",
    description: "As keep-alive-only, with a keep-alive every few ms.",
    parameter: { meaning: "time between two, ms", value: 1 },
    effect: (keepAliveMs) => shape({ waitMs: Number.POSITIVE_INFINITY, keepAliveMs }),
  },
  {
    name: "role-then-silence",
    description: "Headers and the empty role chunk, then nothing more.",
    effect: () => interrupted(0, "hold"),
  },
  {
    name: "cut",
    description: "The connection closes (FIN) inside the body.",
    parameter: tokens(10),
    effect: (after) => interrupted(after, "drop"),
  },
  {
    name: "cut-reset",
    description: "The connection is reset (RST) inside the body.",
    parameter: tokens(10),
    effect: (after) => interrupted(after, "reset"),
  },
  {
    name: "cut-clean",
    description: "The body ends in good order, without finish and [DONE].",
    parameter: tokens(10),
    effect: (after) => interrupted(after, "end"),
  },
  {
    name: "stall",
    description: "Tokens, then silence on an open connection.",
    parameter: tokens(10),
    effect: (after) => interrupted(after, "hold"),
  },
  {
    name: "trickle",
    description: "A good answer, far too slow: one token (unstreamed: one character) at a time.",
    parameter: { meaning: "time between two, ms", value: 5_000 },
    effect: (tokenIntervalMs) => shape({ tokenIntervalMs }),
  },
  {
    name: "malformed",
    description: "One event of broken JSON, the rest follows; unstreamed: a document that breaks off.",
    parameter: tokens(10),
    effect: (after) => interrupted(after, "malformed"),
  },
  {
    name: "no-done",
    description: "A whole stream without [DONE]; unstreamed: a good answer.",
    effect: () => shape({ done: "missing" }),
  },
  {
    name: "no-done-open",
    description: "Everything but [DONE], and the connection stays open; unstreamed: the whole document, then open.",
    effect: () => shape({ done: "missing-open" }),
  },
  {
    name: "done-open",
    description: "Everything and [DONE], and the connection stays open; unstreamed: the whole document, then open.",
    effect: () => shape({ done: "open" }),
  },
  {
    name: "error-in-stream",
    description: "An error object in the 200 stream after some tokens, then the end.",
    parameter: tokens(10),
    effect: (after) => interrupted(after, "error"),
  },
  {
    name: "error-before-content",
    description: "An error object as the first event of a 200 stream; unstreamed: as the 200 document.",
    effect: () => shape({ interruption: { afterTokens: 0, beforeRole: true, how: "error" } }),
  },
  {
    name: "context-length",
    description: "400: the context is too long.",
    effect: () => respond(contextTooLong(CLAIMED_CONTEXT.limit, CLAIMED_CONTEXT.prompt, CLAIMED_CONTEXT.completion)),
  },
  {
    name: "422",
    description: "422 in the words of serde.",
    effect: () => respond(cannotDeserialize('temperature: invalid type: string "warm", expected f32', 1, 98)),
  },
  {
    name: "content-filter",
    description: "The answer ends with finish reason content_filter.",
    parameter: tokens(10),
    effect: (afterTokens) => shape({ finish: { reason: "content_filter", afterTokens } }),
  },
  {
    name: "empty",
    description: "200 and finish reason stop, without any content.",
    effect: () => shape({ text: "none" }),
  },
  {
    name: "whitespace",
    description: "An answer of spaces only (U+0020), finish reason stop.",
    parameter: { meaning: "spaces", value: 20 },
    effect: (spaces) => shape({ text: { spaces } }),
  },
  {
    name: "blank-eof",
    description: "200, blank lines at the keep-alive cadence, then the end of the body.",
    parameter: { meaning: "blank lines", value: 4 },
    effect: (blankLines) => shape({ blankLines }),
  },
  {
    name: "insufficient",
    description: "The answer breaks off with finish reason insufficient_system_resource.",
    parameter: tokens(10),
    effect: (afterTokens) => shape({ finish: { reason: "insufficient_system_resource", afterTokens } }),
  },
  {
    name: "insufficient-at-once",
    description: "Finish reason insufficient_system_resource without any content.",
    effect: () => shape({ finish: { reason: "insufficient_system_resource", afterTokens: 0 } }),
  },
  { name: "html", description: "502 with an HTML page.", effect: () => respond(htmlPage(502)) },
  { name: "html-200", description: "200 with an HTML page.", effect: () => respond(htmlPage(200)) },
  {
    name: "401",
    description: "401: the key is invalid.",
    effect: () => respond(wrongKey("sk-simulated-0000", "00000000-0000-4000-8000-000000000401")),
  },
  { name: "402", description: "402: the account is empty.", effect: () => respond(insufficientBalance()) },
  {
    name: "huge-headers",
    description: "A good answer under response headers that exceed what clients accept.",
    parameter: { meaning: "size, KiB", value: 256 },
    effect: (kibibytes) => shape({ headerBytes: kibibytes * 1024 }),
  },
  {
    name: "endless",
    description: "Content without end, as fast as it is read.",
    effect: () => shape({ text: "endless", tokenIntervalMs: 1 }),
  },
  {
    name: "crlf",
    description: "A good answer with CRLF line ends; unstreamed: after blank CRLF lines.",
    effect: () => shape({ framing: "crlf" }),
  },
  {
    name: "bom",
    description: "A good answer after a byte order mark.",
    effect: () => shape({ framing: "bom" }),
  },
  {
    name: "multi-line-data",
    description: "A good answer, each event over several data lines; unstreamed: indented JSON.",
    effect: () => shape({ framing: "multi-line-data" }),
  },
  { name: "gzip", description: "A good answer, compressed.", effect: () => shape({ framing: "gzip" }) },
  {
    name: "split",
    description: "A good answer, every byte written by itself.",
    effect: () => shape({ framing: "split" }),
  },
  {
    name: "usage-trailing",
    description: "A good answer with usage on a trailing chunk without choices, asked for or not.",
    effect: () => shape({ usage: "trailing" }),
  },
  {
    name: "usage-on-finish",
    description: "A good answer with usage on the finish chunk, asked for or not.",
    effect: () => shape({ usage: "finish" }),
  },
  {
    name: "usage-twice",
    description: "A good answer with usage on the finish chunk and again on a trailing one.",
    effect: () => shape({ usage: "both" }),
  },
];

/** All scripted faults. The suffix `-once` works with every one of them: `fault-cut-once-20`. */
export function listFaults(): readonly FaultDefinition[] {
  return FAULTS;
}

const BY_NAME: ReadonlyMap<string, FaultDefinition> = new Map(FAULTS.map((fault) => [fault.name, fault]));

/** A fault that was asked for. */
export interface ChosenFault {
  readonly name: string;
  readonly once: boolean;
  readonly effect: FaultEffect;
}

/** Reads `cut`, `cut-20`, `cut-once`, `cut-once-20`. Undefined when no such fault exists. */
export function chooseFault(text: string, value?: number): ChosenFault | undefined {
  const exact = BY_NAME.get(text);
  if (exact !== undefined) return chosen(exact, value);
  const numbered = /^(.+)-(\d{1,9})$/.exec(text);
  if (numbered?.[1] !== undefined) return chooseFault(numbered[1], Number(numbered[2]));
  const once = /^(.+)-once$/.exec(text);
  const always = once?.[1] === undefined ? undefined : BY_NAME.get(once[1]);
  return always === undefined ? undefined : { ...chosen(always, value), once: true };
}

function chosen(fault: FaultDefinition, value: number | undefined): ChosenFault {
  const effect = fault.effect(value ?? fault.parameter?.value ?? 0);
  return { name: fault.name, once: fault.once ?? false, effect };
}
