import type { TextPiece } from "../../engine/answer-stream.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { joinLists, joinListsWithin, joinText, keepFirst, keepLast, type Members, toObject } from "./fold-members.ts";
import { mergeCall, ToolCallFolder } from "./fold-tool-calls.ts";

/** The members of a delta that are texts in pieces. */
const TEXT_PIECES: ReadonlySet<string> = new Set(["content", "reasoning_content", "reasoning", "refusal"]);

/** Folds the chunks of one choice into the choice of a whole answer. */
export class ChoiceFolder {
  readonly #index: number;
  readonly #form: "message" | "text";
  readonly #members: Members = new Map();
  readonly #message: Members = new Map();
  readonly #toolCalls = new ToolCallFolder();

  constructor(index: number, form: "message" | "text") {
    this.#index = index;
    this.#form = form;
  }

  get index(): number {
    return this.#index;
  }

  add(choice: JsonObject): void {
    for (const [name, value] of Object.entries(choice)) {
      if (name === "index" || name === "delta" || name === "message") continue;
      if (name === "text") joinText(this.#members, name, value);
      else if (name === "logprobs") joinListsWithin(this.#members, name, value);
      else keepLast(this.#members, name, value === "" && name === "finish_reason" ? null : value);
    }
    if (isJsonObject(choice.delta)) this.#addDelta(choice.delta);
  }

  /**
   * Adds a piece to a text that is there already; everything else is as in the event before, and so as it was folded.
   * @returns whether it could be: else the whole event has to be folded.
   */
  addPiece({ member, text }: TextPiece): boolean {
    const members = member === "text" ? this.#members : this.#message;
    const current = members.get(member);
    if (typeof current !== "string") return false;
    members.set(member, current + text);
    return true;
  }

  result(): JsonObject {
    const { text, logprobs, finish_reason: finishReason, ...others } = toObject(this.#members);
    const answer = this.#form === "text" ? { text: text ?? "" } : { message: this.#messageResult() };
    return {
      index: this.#index,
      ...answer,
      ...(logprobs === undefined ? {} : { logprobs }),
      finish_reason: finishReason ?? null,
      ...others,
    };
  }

  #addDelta(delta: JsonObject): void {
    for (const [name, value] of Object.entries(delta)) {
      if (TEXT_PIECES.has(name)) joinText(this.#message, name, value);
      else if (name === "tool_calls" && Array.isArray(value) && value.length > 0)
        this.#toolCalls.add(value as readonly Json[]);
      else if (name === "function_call" && isJsonObject(value)) {
        this.#message.set(name, mergeCall(this.#message.get(name), value));
      } else if (name === "role") keepFirst(this.#message, name, value);
      else joinLists(this.#message, name, value);
    }
  }

  #messageResult(): JsonObject {
    const { role, content, ...others } = toObject(this.#message);
    const toolCalls = this.#toolCalls.size > 0 ? { tool_calls: this.#toolCalls.result() } : {};
    const saysElsewhere =
      this.#toolCalls.size > 0 ||
      isJsonObject(others.function_call) ||
      (typeof others.refusal === "string" && others.refusal !== "");
    return {
      role: role ?? "assistant",
      // As OpenAI writes it: no text beside a call or a refusal is null, an answer of no text is empty.
      content: content === undefined || (content === "" && saysElsewhere) ? null : content,
      ...others,
      ...toolCalls,
    };
  }
}
