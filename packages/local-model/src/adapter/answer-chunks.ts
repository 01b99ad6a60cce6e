import { type AnswerStream, type Batch, type Ending, type Failure, type JsonObject, WHOLE } from "tideover/engine";
import { eventFrom } from "tideover/wire";
import type { GenerationEnd, PieceStream } from "../host/piece-stream.ts";
import type { Piece } from "../text/think-split.ts";

/** What every chunk of one answer says. */
export interface ChunkIdentity {
  readonly id: string;
  /** Whole seconds since the Unix epoch. */
  readonly created: number;
  readonly model: string;
}

/** What a {@link ChunkStream} is made from. */
export interface ChunkStreamParts {
  readonly pieces: PieceStream;
  readonly identity: ChunkIdentity;
  readonly promptTokens: number;
  /** Text that comes before the model's own. */
  readonly repeat: string;
  /** A last chunk with the token counts is wanted. */
  readonly includeUsage: boolean;
}

/** A generation as an answer: `chat.completion.chunk` objects. */
export class ChunkStream implements AnswerStream {
  readonly #parts: ChunkStreamParts;
  #begun = false;
  /** Set with the last batch; what a later read gives. */
  #ending: Ending | undefined;

  constructor(parts: ChunkStreamParts) {
    this.#parts = parts;
  }

  async read(): Promise<Batch | Ending> {
    if (!this.#begun) {
      this.#begun = true;
      const { repeat } = this.#parts;
      const first = [this.#delta({ role: "assistant", content: "" })];
      if (repeat !== "") first.push(this.#delta({ content: repeat }));
      return batch(first);
    }
    if (this.#ending !== undefined) return this.#ending;
    const step = await this.#parts.pieces.read();
    switch (step.type) {
      case "pieces":
        return batch(step.pieces.map((piece) => this.#delta(deltaOf(piece))));
      case "end":
        this.#ending = WHOLE;
        return batch(this.#last(step));
      case "failure":
        this.#ending = { type: "ending", failure: step };
        return this.#ending;
    }
  }

  cancel(reason: Failure): void {
    if (this.#ending !== undefined) return;
    this.#ending = { type: "ending", failure: reason };
    this.#parts.pieces.cancel(reason);
  }

  #last({ finish, completionTokens }: GenerationEnd): JsonObject[] {
    const { promptTokens, includeUsage } = this.#parts;
    const chunks = [this.#chunk([{ index: 0, delta: {}, finish_reason: finish }])];
    if (includeUsage) {
      const usage = {
        prompt_tokens: promptTokens,
        completion_tokens: completionTokens,
        total_tokens: promptTokens + completionTokens,
      };
      chunks.push({ ...this.#chunk([]), usage });
    }
    return chunks;
  }

  #delta(delta: JsonObject): JsonObject {
    return this.#chunk([{ index: 0, delta, finish_reason: null }]);
  }

  #chunk(choices: readonly JsonObject[]): JsonObject {
    return { ...this.#parts.identity, object: "chat.completion.chunk", choices };
  }
}

function deltaOf({ kind, text }: Piece): JsonObject {
  return kind === "content" ? { content: text } : { reasoning_content: text };
}

function batch(chunks: readonly JsonObject[]): Batch {
  return { type: "batch", events: chunks.map((chunk) => eventFrom(chunk, false)) };
}
