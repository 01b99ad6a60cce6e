import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { chatUsageOf, finishReasonOf } from "./chat-terms.ts";

/**
 * Makes the chunks of a chat stream from the events of a Messages stream, in order. Pure.
 */
export class ChatChunks {
  readonly #created: number;
  #head: JsonObject = {};
  /** The place among the tool calls, by the index of the content block. */
  readonly #calls = new Map<number, number>();
  #startUsage: Json | undefined;
  #isWhole = false;

  /** @param created when the answer was begun, in seconds since the Unix epoch: Messages do not say it */
  constructor(created: number) {
    this.#created = created;
  }

  /** Whether the message has said that it is whole. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The chunks that an event makes; none for a ping and whatever else says nothing. */
  push(event: JsonObject): readonly JsonObject[] {
    switch (event.type) {
      case "message_start":
        return this.#start(event.message);
      case "content_block_start":
        return this.#blockStart(event.index, event.content_block);
      case "content_block_delta":
        return this.#blockDelta(event.index, event.delta);
      case "message_delta":
        return this.#messageDelta(event);
      case "message_stop":
        this.#isWhole = true;
        return [];
      case "error":
        // As it is: chat streams carry errors in the same form, and they are judged by it.
        return [{ error: event.error ?? { message: "The stream ended in an error that says nothing." } }];
      default:
        return [];
    }
  }

  #start(message: Json | undefined): readonly JsonObject[] {
    const { id, model, usage } = isJsonObject(message) ? message : {};
    this.#head = { id: id ?? "", object: "chat.completion.chunk", created: this.#created, model: model ?? "" };
    this.#startUsage = usage;
    return [this.#chunk({ role: "assistant", content: "" })];
  }

  #blockStart(index: Json | undefined, block: Json | undefined): readonly JsonObject[] {
    if (!isJsonObject(block) || typeof index !== "number") return [];
    if (block.type === "text") return this.#text("content", block.text);
    if (block.type === "thinking") return this.#text("reasoning_content", block.thinking);
    if (block.type !== "tool_use") return [];
    const place = this.#calls.size;
    this.#calls.set(index, place);
    const { id, name, input } = block;
    // The input comes in pieces; a host that gives it whole at once gives no pieces.
    const whole = isJsonObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : "";
    return [
      this.#chunk({ tool_calls: [{ index: place, id, type: "function", function: { name, arguments: whole } }] }),
    ];
  }

  #blockDelta(index: Json | undefined, delta: Json | undefined): readonly JsonObject[] {
    if (!isJsonObject(delta)) return [];
    if (delta.type === "text_delta") return this.#text("content", delta.text);
    if (delta.type === "thinking_delta") return this.#text("reasoning_content", delta.thinking);
    const place = typeof index === "number" ? this.#calls.get(index) : undefined;
    if (delta.type !== "input_json_delta" || place === undefined) return [];
    const { partial_json: piece } = delta;
    if (typeof piece !== "string" || piece === "") return [];
    return [this.#chunk({ tool_calls: [{ index: place, function: { arguments: piece } }] })];
  }

  #messageDelta({ delta, usage }: JsonObject): readonly JsonObject[] {
    const counted = chatUsageOf(this.#startUsage, usage);
    const reason = isJsonObject(delta) ? delta.stop_reason : undefined;
    if (reason === undefined || reason === null) return [];
    const finish = this.#chunk({}, finishReasonOf(reason));
    return [counted === undefined ? finish : { ...finish, usage: counted }];
  }

  #text(member: "content" | "reasoning_content", text: Json | undefined): readonly JsonObject[] {
    return typeof text === "string" && text !== "" ? [this.#chunk({ [member]: text })] : [];
  }

  #chunk(delta: JsonObject, finishReason: string | null = null): JsonObject {
    return { ...this.#head, choices: [{ index: 0, delta, finish_reason: finishReason }] };
  }
}
