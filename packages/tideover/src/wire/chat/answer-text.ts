import type { AnswerEvent, TextPiece } from "../../engine/answer-stream.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { finishReasonOfChoice, REASONING_MEMBERS } from "./chat-event.ts";
import { ToolCallFolder } from "./fold-tool-calls.ts";

/** Most text that is kept of one answer, in UTF-16 units (16 Mi); several times the longest documented answer. */
export const MAX_ANSWER_TEXT_LENGTH = 16 * 1024 * 1024;

/** What one choice has said so far. */
export interface ChoiceText {
  /** The answer proper: `content`, or `text` of a completion. */
  readonly content: string;
  readonly reasoning: string;
  readonly refusal: string;
  /** Tool calls so far, as a whole message lists them; the last one's arguments may be unfinished. */
  readonly toolCalls: readonly JsonObject[];
  readonly finishReason?: string | undefined;
}

interface Accumulated {
  content: string;
  reasoning: string;
  refusal: string;
  readonly toolCalls: ToolCallFolder;
  finishReason: string | undefined;
}

/**
 * The text of an answer, by choice. Not for what is kept of an open stream: V8 keeps a text that grows by pieces as a tree of
 * them until somebody reads it, ten times as large; the log of events (`engine/event-log.ts`) holds the bytes.
 */
export class AnswerText {
  readonly #maxLength: number;
  readonly #choices = new Map<number, Accumulated>();
  #length = 0;
  #truncated = false;

  /** @param maxLength most text to keep, in UTF-16 units. */
  constructor(maxLength: number = MAX_ANSWER_TEXT_LENGTH) {
    this.#maxLength = maxLength;
  }

  /** The answer has outgrown the cap: what is here is only its beginning, and no base for a continuation. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** The indexes of the choices seen, in the order of their appearance. */
  get indexes(): number[] {
    return [...this.#choices.keys()];
  }

  /** What a choice has said so far; nothing when it was not seen. */
  choice(index: number): ChoiceText {
    const found = this.#choices.get(index);
    if (found === undefined) return { content: "", reasoning: "", refusal: "", toolCalls: [] };
    return {
      content: found.content,
      reasoning: found.reasoning,
      refusal: found.refusal,
      toolCalls: found.toolCalls.result(),
      finishReason: found.finishReason,
    };
  }

  /** Lengths of what {@link choice} gives, in UTF-16 units. */
  contentLength(index: number): number {
    return this.#choices.get(index)?.content.length ?? 0;
  }

  reasoningLength(index: number): number {
    return this.#choices.get(index)?.reasoning.length ?? 0;
  }

  add(event: AnswerEvent): void {
    if (this.#truncated) return;
    if (event.piece !== undefined) {
      this.#addPiece(event.piece);
      return;
    }
    const { choices } = event.json;
    if (!Array.isArray(choices)) return;
    for (const [position, choice] of (choices as readonly Json[]).entries()) {
      if (isJsonObject(choice)) this.#addChoice(choice, position, event);
    }
  }

  #addPiece({ choice, member, text: more }: TextPiece): void {
    this.#length += more.length;
    if (this.#length > this.#maxLength) {
      this.#truncated = true;
      return;
    }
    const known = this.#open(choice);
    if (member === "refusal") known.refusal += more;
    else if (REASONING_MEMBERS.some((name) => name === member)) known.reasoning += more;
    else known.content += more;
  }

  #addChoice(choice: JsonObject, position: number, event: AnswerEvent): void {
    const part = isJsonObject(choice.delta) ? choice.delta : isJsonObject(choice.message) ? choice.message : {};
    const content = text(part.content) + text(choice.text);
    const reasoning = text(REASONING_MEMBERS.map((name) => part[name]).find((value) => text(value) !== ""));
    const refusal = text(part.refusal);
    const toolCalls = Array.isArray(part.tool_calls) ? (part.tool_calls as readonly Json[]) : [];
    // A call's own length is not worth counting piece by piece: the event's is an upper bound.
    this.#length += content.length + reasoning.length + refusal.length + (toolCalls.length > 0 ? event.data.length : 0);
    if (this.#length > this.#maxLength) {
      this.#truncated = true;
      return;
    }
    const known = this.#open(typeof choice.index === "number" ? choice.index : position);
    known.content += content;
    known.reasoning += reasoning;
    known.refusal += refusal;
    known.toolCalls.add(toolCalls);
    known.finishReason = finishReasonOfChoice(choice) ?? known.finishReason;
  }

  #open(index: number): Accumulated {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const opened: Accumulated = {
      content: "",
      reasoning: "",
      refusal: "",
      toolCalls: new ToolCallFolder(),
      finishReason: undefined,
    };
    this.#choices.set(index, opened);
    return opened;
  }
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
