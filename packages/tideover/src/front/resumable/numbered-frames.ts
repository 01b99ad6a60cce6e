import { bytesOf } from "../http.ts";

const LINE_FEED = 10;
const COLON = 58;

/** Takes the bytes of an event stream apart into whole frames, and gives each an `id:` line of its own. */
export class NumberedFrames {
  #rest: Uint8Array = new Uint8Array();
  #lastId = 0;

  /**
   * The frames that these bytes complete. Comments are left out: they are signs of life for one reader, and say
   * nothing to another.
   */
  push(bytes: Uint8Array): Uint8Array[] {
    const all = this.#rest.length === 0 ? bytes : joined([this.#rest, bytes]);
    const frames: Uint8Array[] = [];
    let from = 0;
    for (let at = all.indexOf(LINE_FEED); at >= 0; at = all.indexOf(LINE_FEED, at + 1)) {
      if (all[at + 1] !== LINE_FEED) continue;
      if (all[from] !== COLON) frames.push(this.#numbered(all.subarray(from, at + 2)));
      from = at + 2;
      at += 1;
    }
    this.#rest = all.subarray(from);
    return frames;
  }

  /** What came after the last whole frame, as a frame: a stream that ends in the middle of one loses nothing. */
  end(): Uint8Array[] {
    return this.#rest.length === 0 ? [] : this.push(bytesOf("\n\n"));
  }

  #numbered(frame: Uint8Array): Uint8Array {
    this.#lastId += 1;
    return joined([bytesOf(`id: ${this.#lastId}\n`), frame]);
  }
}

/** Several pieces as one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
