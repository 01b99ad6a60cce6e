/**
 * Looks for the caller's stop texts in an answer that comes in pieces. What may become one is held; the stop text
 * itself never goes out.
 */
export class StopText {
  readonly #stops: readonly string[];
  #held = "";
  #stopped = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  /** Whether one has come. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Takes a piece. @returns what can go out. */
  push(text: string): string {
    if (this.#stopped) return "";
    this.#held += text;
    const places = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at >= 0);
    if (places.length > 0) {
      this.#stopped = true;
      const shown = this.#held.slice(0, Math.min(...places));
      this.#held = "";
      return shown;
    }
    const keep = Math.max(0, ...this.#stops.map((stop) => partialStop(this.#held, stop)));
    const shown = this.#held.slice(0, this.#held.length - keep);
    this.#held = this.#held.slice(shown.length);
    return shown;
  }

  /** The answer has ended, so what is held was no stop text. */
  end(): string {
    const shown = this.#held;
    this.#held = "";
    return shown;
  }
}

/** How much of the end of a text is the beginning of a stop text. */
function partialStop(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
