import { REMEMBERED_PIECES } from "./defaults.ts";

/** Where the last pieces (deltas) of a growing text begin, and how many there were. */
export class PieceLog {
  #starts: number[] = [];
  #length = 0;
  #count = 0;

  /** The text has this length now. @returns whether it has grown. */
  grewTo(length: number): boolean {
    if (length <= this.#length) return false;
    this.#starts.push(this.#length);
    if (this.#starts.length >= 2 * REMEMBERED_PIECES) this.#starts = this.#starts.slice(-REMEMBERED_PIECES);
    this.#length = length;
    this.#count++;
    return true;
  }

  get count(): number {
    return this.#count;
  }

  /** The beginnings that are remembered, in order. */
  get starts(): readonly number[] {
    return this.#starts;
  }

  /** How many pieces begin before a place in the text; those that are forgotten do. */
  countBefore(place: number): number {
    const remembered = this.#starts.filter((start) => start >= place).length;
    return place === 0 ? 0 : this.#count - remembered;
  }
}
