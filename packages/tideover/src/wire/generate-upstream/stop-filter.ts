/**
 * Cuts a text that comes in pieces before that of some texts which is whole first: there the model would have ended,
 * whatever the pieces. What may be the beginning of one is held back. Pure.
 */
export class StopFilter {
  readonly #stops: readonly string[];
  #held = "";
  #stopped = false;

  /** @param stops none of them empty */
  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** A stop text has come: nothing after it counts. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The text that is known to stand before any stop text. */
  push(piece: string): string {
    if (this.#stopped) return "";
    const text = this.#held + piece;
    const cut = firstWhole(text, this.#stops);
    if (cut !== undefined) {
      this.#stopped = true;
      this.#held = "";
      return text.slice(0, cut);
    }
    const keep = Math.max(0, ...this.#stops.map((stop) => overlap(text, stop)));
    this.#held = text.slice(text.length - keep);
    return text.slice(0, text.length - keep);
  }

  /** What was held back, once nothing more comes. */
  end(): string {
    const rest = this.#held;
    this.#held = "";
    return rest;
  }
}

/** Where that text begins which ends first; of several that end together, the longest. Undefined where there is none. */
function firstWhole(text: string, stops: readonly string[]): number | undefined {
  let first: { readonly at: number; readonly end: number } | undefined;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    const end = at + stop.length;
    if (at < 0) continue;
    if (first === undefined || end < first.end || (end === first.end && at < first.at)) first = { at, end };
  }
  return first?.at;
}

/** Length of the longest end of a text that is the beginning of a stop text, in UTF-16 units. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
