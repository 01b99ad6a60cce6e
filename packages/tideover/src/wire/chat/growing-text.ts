/** So many pieces are put into one text. A piece that is kept on its own takes some ten times its length. */
const PIECES_AT_ONCE = 64;

/**
 * A text that grows by small pieces, held about as compactly as the whole. (Text put together with `+` is kept by V8 as a
 * tree of all its pieces until somebody reads it: of an answer that comes token by token, ten times the text.)
 */
export class GrowingText {
  readonly #blocks: string[] = [];
  #pieces: string[] = [];
  #length = 0;

  /** In UTF-16 units. */
  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    if (piece === "") return;
    this.#length += piece.length;
    this.#pieces.push(piece);
    if (this.#pieces.length < PIECES_AT_ONCE) return;
    this.#blocks.push(this.#pieces.join(""));
    this.#pieces = [];
  }

  /** All of it. */
  toString(): string {
    return this.#blocks.join("") + this.#pieces.join("");
  }
}
