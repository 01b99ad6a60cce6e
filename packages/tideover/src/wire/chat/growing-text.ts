/**
 * So many pieces are put into one text. A piece that is kept on its own takes some ten times its length; and a stream's
 * pieces are let go before the collector has carried them into its old generation.
 */
const PIECES_AT_ONCE = 8;

/**
 * A text that grows by small pieces, held about as compactly as the whole. (Text put together with `+` is kept by V8 as a
 * tree of all its pieces until somebody reads it: of an answer that comes token by token, ten times the text.)
 */
export class GrowingText {
  #blocks: string[] | undefined;
  /** Absent while there are none: most choices say nothing in most of their texts. */
  #pieces: string[] | undefined;
  #length = 0;

  /** In UTF-16 units. */
  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    if (piece === "") return;
    this.#length += piece.length;
    if (this.#pieces === undefined) {
      this.#pieces = [piece];
      return;
    }
    this.#pieces.push(piece);
    if (this.#pieces.length < PIECES_AT_ONCE) return;
    const block = this.#pieces.join("");
    if (this.#blocks === undefined) this.#blocks = [block];
    else this.#blocks.push(block);
    this.#pieces = undefined;
  }

  /** All of it. */
  toString(): string {
    return (this.#blocks?.join("") ?? "") + (this.#pieces?.join("") ?? "");
  }
}
