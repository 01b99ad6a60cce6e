import { isJsonObject, type JsonObject } from "tideover/engine";
import type { CallResult } from "./scenario.ts";

/** A response as far as it came. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly retryAfter?: string | undefined;
  readonly age?: string | undefined;
  /** The connection broke inside the body. */
  readonly broken?: string | undefined;
}

interface Choice {
  readonly delta?: { readonly content?: string | null };
  readonly message?: { readonly content?: string | null };
}

/**
 * What a careful client makes of a response, by the bench's rules: an error status, an error inside a 200 and a broken
 * connection are errors; a stream that ends without `[DONE]` and without an error counts as claimed success.
 */
export function readReply(reply: Reply): Omit<CallResult, "ms"> {
  return reply.age === undefined ? readBody(reply) : { ...readBody(reply), age: reply.age };
}

function readBody(reply: Reply): Omit<CallResult, "ms"> {
  const { status, contentType, text, broken } = reply;
  if (contentType.startsWith("text/event-stream") && status === 200) return readStream(text, broken);
  if (broken !== undefined) return failed("", broken);
  const document = parse(text.trim());
  if (status !== 200) {
    return {
      ...failed("", `HTTP ${status}: ${messageOf(document) ?? text.slice(0, 80)}`),
      retryAfter: reply.retryAfter,
    };
  }
  if (document === undefined) return failed("", "200 without a JSON document");
  const message = messageOf(document);
  if (message !== undefined) return failed("", message);
  return { outcome: "success", ...partsOf([document]) };
}

function readStream(text: string, broken: string | undefined): Omit<CallResult, "ms"> {
  const events: JsonObject[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith("data:")) continue;
    const data = line.slice("data:".length).trim();
    if (data === "[DONE]") return { outcome: "success", ...partsOf(events) };
    const event = parse(data);
    if (event === undefined) continue;
    const message = messageOf(event);
    if (message !== undefined) return { ...failed(partsOf(events).content, message), model: partsOf(events).model };
    events.push(event);
  }
  const parts = partsOf(events);
  return broken === undefined ? { outcome: "success", ...parts } : failed(parts.content, broken);
}

function partsOf(events: readonly JsonObject[]): Pick<CallResult, "content" | "model" | "usage"> {
  let content = "";
  let model: string | undefined;
  let usage = false;
  for (const event of events) {
    const [choice] = (event.choices ?? []) as readonly Choice[];
    content += choice?.delta?.content ?? choice?.message?.content ?? "";
    if (typeof event.model === "string") model = event.model;
    usage ||= isJsonObject(event.usage);
  }
  return { content, model, usage };
}

function failed(content: string, error: string): Omit<CallResult, "ms"> {
  return { outcome: "error", content, error, usage: false };
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // A lenient client passes over what is no JSON; that is what the malformed chunk tests.
    return undefined;
  }
}

function messageOf(event: JsonObject | undefined): string | undefined {
  const error = event?.error;
  if (error === undefined || error === null) return undefined;
  return isJsonObject(error) && typeof error.message === "string" ? error.message : JSON.stringify(error);
}
