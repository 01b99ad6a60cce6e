import type { Usage } from "../../engine/answer-stream.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { finishReasonOfChoice, REASONING_MEMBERS, readUsage } from "../chat/chat-event.ts";
import { messagesUsage } from "./messages-usage.ts";
import { type Stop, stopOf } from "./stop-reason.ts";
import { THINKING_SIGNATURE } from "./thinking-signature.ts";
import { ToolUseBlocks } from "./tool-use-blocks.ts";

type TextKind = "text" | "thinking";

/**
 * Makes the events of a Messages stream from the chunks of a chat stream, in order: `message_start`, the content
 * blocks, and once the answer is known to be whole `message_delta` and `message_stop`. Pure; the first choice counts,
 * as a Messages request cannot ask for more.
 */
export class MessagesStream {
  readonly #id: string;
  readonly #tools: ToolUseBlocks;
  #started = false;
  #nextBlock = 0;
  #open: { readonly kind: TextKind; readonly index: number } | undefined;
  #finishReason: string | undefined;
  #finishChoice: JsonObject = {};
  #usage: Usage | undefined;
  #provenance: Json | undefined;

  /** @param id of the message. */
  constructor(id: string) {
    this.#id = id;
    this.#tools = new ToolUseBlocks(() => this.#nextBlock++, `toolu_${id}`);
  }

  /**
   * Takes the next chunk and gives the events that it makes.
   * @returns undefined when the answer outgrows what is held back; the stream must then end in an error.
   */
  push(chunk: JsonObject): readonly JsonObject[] | undefined {
    const events: JsonObject[] = [];
    this.#usage = readUsage(chunk) ?? this.#usage;
    this.#provenance = chunk.tideover ?? this.#provenance;
    const choice = firstChoice(chunk);
    // What has no choice says nothing yet: Azure sends its filter's verdict first, without the model's name.
    if (choice === undefined) return events;
    if (!this.#started) events.push(this.#start(chunk));
    if (isJsonObject(choice.delta) && !this.#addDelta(choice.delta, events)) return undefined;
    const finishReason = finishReasonOfChoice(choice);
    if (finishReason !== undefined) {
      this.#finishReason = finishReason;
      this.#finishChoice = choice;
    }
    return events;
  }

  /** The answer is whole. Gives the last events. */
  end(): readonly JsonObject[] {
    const events: JsonObject[] = this.#started ? [] : [this.#start({})];
    this.#close(events);
    events.push(...this.#tools.finish());
    const stop: Stop = stopOf(this.#finishReason, this.#finishChoice, !this.#tools.isEmpty);
    events.push({
      type: "message_delta",
      delta: { ...stop },
      usage: messagesUsage(this.#usage),
      ...(this.#provenance === undefined ? {} : { tideover: this.#provenance }),
    });
    events.push({ type: "message_stop" });
    return events;
  }

  #start({ model }: JsonObject): JsonObject {
    this.#started = true;
    return {
      type: "message_start",
      message: {
        id: this.#id,
        type: "message",
        role: "assistant",
        model: typeof model === "string" ? model : "",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        // Providers count at the end; `message_delta` has the figures.
        usage: messagesUsage(undefined),
      },
    };
  }

  #addDelta(delta: JsonObject, events: JsonObject[]): boolean {
    for (const name of REASONING_MEMBERS) {
      const thought = delta[name];
      if (typeof thought !== "string" || thought === "") continue;
      this.#addText("thinking", thought, events);
      // A host that writes it under both names says it twice.
      break;
    }
    this.#addText("text", textOf(delta.content), events);
    this.#addText("text", textOf(delta.refusal), events);
    if (!Array.isArray(delta.tool_calls) || delta.tool_calls.length === 0) return true;
    this.#close(events);
    const made = this.#tools.add(delta.tool_calls as readonly Json[]);
    if (made !== undefined) events.push(...made);
    return made !== undefined;
  }

  #addText(kind: TextKind, text: string, events: JsonObject[]): void {
    if (text === "") return;
    if (this.#open?.kind !== kind) this.#openBlock(kind, events);
    const delta = kind === "text" ? { type: "text_delta", text } : { type: "thinking_delta", thinking: text };
    events.push({ type: "content_block_delta", index: this.#open?.index, delta });
  }

  #openBlock(kind: TextKind, events: JsonObject[]): void {
    this.#close(events);
    events.push(...this.#tools.finish());
    const index = this.#nextBlock++;
    this.#open = { kind, index };
    const block = kind === "text" ? { type: "text", text: "" } : { type: "thinking", thinking: "", signature: "" };
    events.push({ type: "content_block_start", index, content_block: block });
  }

  #close(events: JsonObject[]): void {
    if (this.#open === undefined) return;
    const { kind, index } = this.#open;
    this.#open = undefined;
    if (kind === "thinking") {
      const delta = { type: "signature_delta", signature: THINKING_SIGNATURE };
      events.push({ type: "content_block_delta", index, delta });
    }
    events.push({ type: "content_block_stop", index });
  }
}

/** The choice that a message is made of. */
export function firstChoice({ choices }: JsonObject): JsonObject | undefined {
  const list = Array.isArray(choices) ? (choices as readonly Json[]).filter(isJsonObject) : [];
  return list.find(({ index }) => index === undefined || index === 0);
}

/** A text, also where a host writes it as a list of parts. */
export function textOf(content: Json | undefined): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as readonly Json[])
    .map((part) => (isJsonObject(part) && typeof part.text === "string" ? part.text : ""))
    .join("");
}
