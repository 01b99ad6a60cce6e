import { systemClock } from "@tideover/gateway";
import { CALLER_KEY } from "./names.ts";
import { type Reply, readReply } from "./read-reply.ts";
import type { BenchRequest } from "./run-scenario.ts";
import type { CallResult } from "./scenario.ts";

/** Sends one request to a system that listens, and reads what comes as a careful client does. Never rejects. */
export async function postChat(
  url: string,
  { body, headers, patienceMs }: BenchRequest,
  systemHeaders: Readonly<Record<string, string>> = {},
): Promise<CallResult> {
  const sentAt = systemClock.now();
  const signal = AbortSignal.timeout(patienceMs);
  const reply = await read(
    `${url}/v1/chat/completions`,
    JSON.stringify(body),
    { ...headers, ...systemHeaders },
    signal,
  );
  const ms = systemClock.now() - sentAt;
  if (signal.aborted) return { outcome: "hang", content: "", usage: false, ms };
  if (typeof reply === "string") return { outcome: "error", content: "", error: reply, usage: false, ms };
  return { ...readReply(reply), ms };
}

/** @returns what was wrong when there was no response at all. */
async function read(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Reply | string> {
  let response: Response;
  try {
    const all = { "content-type": "application/json", authorization: `Bearer ${CALLER_KEY}`, ...headers };
    response = await fetch(url, { method: "POST", headers: all, body, signal });
  } catch (error) {
    return describe(error);
  }
  const { status } = response;
  const contentType = response.headers.get("content-type") ?? "";
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const bytes of response.body ?? []) text += decoder.decode(bytes, { stream: true });
  } catch (error) {
    return { status, contentType, text, broken: describe(error) };
  }
  const header = (name: string) => response.headers.get(name) ?? undefined;
  return { status, contentType, text, retryAfter: header("retry-after"), age: header("age") };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
