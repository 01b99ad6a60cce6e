import { type Agent, request } from "node:http";
import type { JsonObject } from "tideover/engine";
import { contentOf } from "../harness/ask.ts";

/** What one caller got. */
export interface Got {
  readonly status: number;
  readonly content: string;
  /** The answer came to its proper end. */
  readonly whole: boolean;
  /** Ids of all documents that it was made of: one answer has one. */
  readonly ids: readonly string[];
  readonly cacheStatus: string;
  readonly header: (name: string) => string | undefined;
  readonly ms: number;
}

/**
 * Asks once. Never rejects: a connection that breaks gives what came until then.
 * @param agent keeps connections; without one, the request has a socket of its own
 */
export function askOnce(
  url: string,
  body: JsonObject,
  headers: Readonly<Record<string, string>> = {},
  agent?: Agent,
): Promise<Got> {
  const startedAt = performance.now();
  const streamed = body.stream === true;
  return new Promise((resolve) => {
    let text = "";
    let status = 0;
    let seen: Readonly<Record<string, string | string[] | undefined>> = {};
    const settle = () => {
      const header = (name: string) => (typeof seen[name] === "string" ? seen[name] : undefined);
      const read = streamed ? readStream(text) : readDocument(text);
      const whole = status === 200 && read.whole;
      const cacheStatus = header("cache-status") ?? "";
      resolve({ status, ...read, whole, cacheStatus, header, ms: performance.now() - startedAt });
    };
    const sent = request(
      `${url}/v1/chat/completions`,
      { method: "POST", agent: agent ?? false, headers: { "content-type": "application/json", ...headers } },
      (response) => {
        status = response.statusCode ?? 0;
        seen = response.headers;
        response.setEncoding("utf8");
        response.on("data", (piece: string) => {
          text += piece;
        });
        // A cut connection ends with `close` too.
        response.on("error", () => undefined);
      },
    );
    sent.on("error", () => undefined);
    sent.on("close", settle);
    sent.end(JSON.stringify(body));
  });
}

function readDocument(text: string): Pick<Got, "content" | "whole" | "ids"> {
  try {
    const document = JSON.parse(text) as JsonObject;
    return { content: contentOf(document), whole: true, ids: [String(document.id)] };
  } catch {
    // Cut before its end, or never begun.
    return { content: "", whole: false, ids: [] };
  }
}

function readStream(text: string): Pick<Got, "content" | "whole" | "ids"> {
  const data = text.split("\n\n").flatMap((block) => (block.startsWith("data: ") ? [block.slice(6)] : []));
  const whole = data.at(-1) === "[DONE]";
  const complete = text.endsWith("\n\n") ? data : data.slice(0, -1);
  const events = complete.filter((item) => item !== "[DONE]").map((item) => JSON.parse(item) as JsonObject);
  const ids = new Set(events.map(({ id }) => id).filter((id) => typeof id === "string"));
  return { content: events.map(contentOf).join(""), whole, ids: [...ids] };
}
