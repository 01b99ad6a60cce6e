import type { AnswerEvent } from "../../engine/answer-stream.ts";
import type { Operation } from "../../engine/call.ts";
import { type Failure, failure } from "../../engine/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { usageObject } from "./chat-event.ts";
import { MAX_CHOICES } from "./choice-ledger.ts";
import { ChoiceFolder } from "./fold-choice.ts";
import { keepFirst, keepLast, type Members, toObject } from "./fold-members.ts";
import { unfold } from "./unfold.ts";

/**
 * Most text that is folded into one answer, in UTF-16 units of the events' JSON, or bytes of their frames (128 Mi). What is kept is less than
 * that. The longest answer that a provider documents, 384K tokens in chunks of some 250 bytes, is 96 Mi.
 */
export const MAX_FOLDED_LENGTH = 128 * 1024 * 1024;

/** Settings of an {@link AnswerFolder}. */
export interface FoldOptions {
  /** Most text to fold, in UTF-16 units of the events' JSON; {@link MAX_FOLDED_LENGTH} when absent. */
  readonly maxLength?: number | undefined;
}

/** Members that say which answer it is. Azure sends them empty on a first chunk. */
const IDENTITY: ReadonlySet<string> = new Set(["id", "created", "model"]);

/** Members that only a stream has: OpenAI pads chunks with random text against observers of their length. */
const STREAM_ONLY: ReadonlySet<string> = new Set(["obfuscation"]);

/**
 * Folds the events of an answer into the document that an unstreamed request would have been given.
 *
 * - Texts, arguments and log probabilities are joined per choice; choices are listed by index.
 * - `id`, `created`, `model`: the first that is not empty. `usage`: the last, wherever it came; it is never added up.
 * - Everything else, known or not, on the document or a choice: the last value that is not null. Unknown lists of a
 *   delta are joined.
 *
 * One whole event folds to itself. A whole event among others counts as the chunks it could have been.
 */
export class AnswerFolder {
  readonly #operation: Operation;
  readonly #maxLength: number;
  readonly #members: Members = new Map();
  readonly #choices = new Map<number, ChoiceFolder>();
  #usage: JsonObject | undefined;
  #whole: AnswerEvent | undefined;
  #length = 0;
  #anyChunk = false;
  #failure: Failure | undefined;

  constructor(operation: Operation, options: FoldOptions = {}) {
    this.#operation = operation;
    this.#maxLength = options.maxLength ?? MAX_FOLDED_LENGTH;
  }

  /** Set when the answer has outgrown the cap (`fault`, `answer-too-large`): later events were left out. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  add(event: AnswerEvent): void {
    if (!this.#fits(event)) return;
    if (event.piece !== undefined && this.#choices.get(event.piece.choice)?.addPiece(event.piece)) return;
    if (event.whole && !this.#anyChunk && this.#whole === undefined) {
      this.#whole = event;
      return;
    }
    const before = this.#whole;
    this.#whole = undefined;
    if (before !== undefined) this.#addChunks(before);
    this.#addChunks(event);
  }

  /** The document so far. */
  result(): JsonObject {
    if (this.#whole !== undefined) return this.#whole.json;
    const { id, created, model, ...others } = toObject(this.#members);
    const choices = [...this.#choices.values()].sort((a, b) => a.index - b.index).map((choice) => choice.result());
    return {
      ...(id === undefined ? {} : { id }),
      object: this.#form === "text" ? "text_completion" : "chat.completion",
      ...(created === undefined ? {} : { created }),
      ...(model === undefined ? {} : { model }),
      choices,
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...others,
    };
  }

  /** The document as JSON text: a single whole event's as it arrived. */
  resultText(): string {
    return this.#whole === undefined ? JSON.stringify(this.result()) : this.#whole.data;
  }

  get #form(): "message" | "text" {
    return this.#operation === "completions" || this.#operation === "fim" ? "text" : "message";
  }

  #fits(event: AnswerEvent): boolean {
    if (this.#failure !== undefined) return false;
    this.#length += event.frame?.length ?? event.data.length;
    if (this.#length <= this.#maxLength) return true;
    this.#failure = failure(
      "fault",
      "answer-too-large",
      `The answer is longer than ${this.#maxLength} characters of JSON, which is all that is folded.`,
    );
    return false;
  }

  #addChunks(event: AnswerEvent): void {
    const chunks = event.whole ? unfold(event.json, this.#operation) : [event];
    for (const chunk of chunks) this.#addChunk(chunk.json);
    this.#anyChunk = true;
  }

  #addChunk(chunk: JsonObject): void {
    for (const [name, value] of Object.entries(chunk)) {
      if (name === "choices" || name === "usage" || name === "object" || STREAM_ONLY.has(name)) continue;
      if (IDENTITY.has(name)) keepFirst(this.#members, name, value);
      else keepLast(this.#members, name, value);
    }
    this.#usage = usageObject(chunk) ?? this.#usage;
    if (!Array.isArray(chunk.choices)) return;
    for (const [position, choice] of (chunk.choices as readonly Json[]).entries()) {
      if (isJsonObject(choice)) this.#choice(choice, position)?.add(choice);
    }
  }

  #choice(choice: JsonObject, position: number): ChoiceFolder | undefined {
    const index = typeof choice.index === "number" ? choice.index : position;
    const known = this.#choices.get(index);
    if (known !== undefined || this.#choices.size >= MAX_CHOICES) return known;
    const opened = new ChoiceFolder(index, this.#form);
    this.#choices.set(index, opened);
    return opened;
  }
}
