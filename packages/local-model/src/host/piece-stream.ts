import type { Failure } from "tideover/engine";
import type { Piece } from "../text/think-split.ts";

/** How a generation ended. */
export interface GenerationEnd {
  readonly type: "end";
  readonly finish: "stop" | "length";
  readonly completionTokens: number;
}

/** The pieces that came since the last read, in order; never empty. */
export interface Pieces {
  readonly type: "pieces";
  readonly pieces: readonly Piece[];
}

/** What a reader of a generation gets. */
export type GenerationStep = Pieces | GenerationEnd | Failure;

/** Pieces on their way from the worker to one reader. What is not read yet is bounded by the answer's token limit. */
export class PieceStream {
  readonly #onCancel: () => void;
  #pieces: Piece[] = [];
  #ending: GenerationEnd | Failure | undefined;
  #reader: ((step: GenerationStep) => void) | undefined;

  /** @param onCancel is called once, when the reader wants no more before the end */
  constructor(onCancel: () => void) {
    this.#onCancel = onCancel;
  }

  /** The next pieces, or the ending. At most one read is pending at a time; never rejects. */
  read(): Promise<GenerationStep> {
    if (this.#pieces.length > 0) return Promise.resolve(this.#take());
    if (this.#ending !== undefined) return Promise.resolve(this.#ending);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  /** The reader needs no more; the worker is told. */
  cancel(reason: Failure): void {
    if (this.#ending !== undefined) return;
    this.#pieces = [];
    this.end(reason);
    this.#onCancel();
  }

  push(piece: Piece): void {
    if (this.#ending !== undefined) return;
    this.#pieces.push(piece);
    this.#wake(() => this.#take());
  }

  /** Nothing comes after it; what has come is still read. Idempotent. */
  end(ending: GenerationEnd | Failure): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#wake(() => ending);
  }

  #take(): Pieces {
    const pieces = this.#pieces;
    this.#pieces = [];
    return { type: "pieces", pieces };
  }

  #wake(step: () => GenerationStep): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(step());
  }
}
