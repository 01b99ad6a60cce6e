import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { isJsonObject, type JsonObject } from "tideover/engine";
import { LONGEST_LINE } from "./defaults.ts";

/** The prompts file cannot be used; the message names the file, the line and what would be right. */
export class PromptsError extends Error {
  override readonly name = "PromptsError";
}

/** One request of the file. */
export interface Prompt {
  /** Counted from 1. */
  readonly line: number;
  /** Names the request by what it asks, so that a line keeps its name when others are added before it. */
  readonly id: string;
  /** The request as it is sent: never a stream. */
  readonly body: JsonObject;
}

/** What may be set for the lines that say less. */
export interface PromptsOptions {
  /** The model of lines without one. */
  readonly model?: string | undefined;
}

/**
 * Reads a prompts file as it is needed, so that its size does not matter. Each line is a chat request body, or
 * `{"prompt": "…", "model": "…"}` with whatever else a request may have. Empty lines are skipped.
 * @param name what messages call the file
 * @throws PromptsError while it is read
 */
export async function* readPrompts(path: string, name: string, options: PromptsOptions): AsyncGenerator<Prompt> {
  const input = createReadStream(path, { encoding: "utf8" });
  // An error of the file would otherwise end the process: readline only passes on what it reads.
  const broken = new Promise<never>((_, reject) => input.once("error", (error) => reject(unreadable(error, name))));
  broken.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  let line = 0;
  try {
    for (;;) {
      const next = await Promise.race([lines.next(), broken]);
      if (next.done === true) break;
      line++;
      const text = line === 1 ? next.value.replace(/^\ufeff/, "") : next.value;
      if (text.trim() !== "") yield readPrompt(text, line, `${name}, line ${line}`, options);
    }
  } finally {
    input.destroy();
  }
}

function readPrompt(text: string, line: number, place: string, { model }: PromptsOptions): Prompt {
  if (text.length > LONGEST_LINE) {
    throw new PromptsError(`${place} has more than ${LONGEST_LINE} characters; each line is one request.`);
  }
  const written = parse(text, place);
  // A report of failures can be warmed again: what it says of them is not part of the request.
  const { prompt, stream: _stream, stream_options: _options, _failure, ...rest } = written;
  const messages = messagesOf(prompt, rest.messages, place);
  const asked = rest.model ?? model;
  if (typeof asked !== "string" || asked === "") {
    throw new PromptsError(`${place} names no model; write "model" into it, or give --model.`);
  }
  const body: JsonObject = { ...rest, model: asked, messages };
  return { line, id: createHash("sha256").update(JSON.stringify(body)).digest("hex").slice(0, 24), body };
}

function parse(text: string, place: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PromptsError(`${place} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (isJsonObject(value)) return value;
  throw new PromptsError(`${place} is no JSON object; write {"prompt": "…"} or {"messages": […]}.`);
}

function messagesOf(prompt: unknown, messages: unknown, place: string): JsonObject["messages"] {
  if (prompt !== undefined && messages !== undefined) {
    throw new PromptsError(`${place} has both "prompt" and "messages"; write one of them.`);
  }
  if (Array.isArray(messages) && messages.length > 0) return messages;
  if (typeof prompt === "string" && prompt !== "") return [{ role: "user", content: prompt }];
  throw new PromptsError(`${place} asks nothing; write {"prompt": "…"} or {"messages": […]}.`);
}

function unreadable(error: NodeJS.ErrnoException, name: string): PromptsError {
  const why =
    error.code === "ENOENT"
      ? `There is no file ${name}.`
      : error.code === "EISDIR"
        ? `${name} is a folder; name the file with the prompts in it.`
        : `${name} cannot be read: ${error.message}`;
  return new PromptsError(why, { cause: error });
}
