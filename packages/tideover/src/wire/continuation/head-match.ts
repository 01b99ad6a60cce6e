import { MOST_LEADING_SPACE } from "./defaults.ts";

/** What the head of a text turned out to be: `rest` is what comes after it. */
export type HeadStep = "more" | "mismatch" | { readonly rest: string };

/**
 * Compares the head of a continuation, piece by piece, with what it must begin with: the overlap, or all of the shown
 * text when the provider repeats the prefix it was given. White space before either is not compared, because
 * providers trim it or add their own.
 *
 * It looks at every UTF-16 unit once, and keeps no text but leading white space.
 */
export class HeadMatch {
  readonly #overlap: string;
  readonly #prefix: string;
  /** What was shown of white space, when nothing else was. */
  readonly #blank: string;
  #leading = "";
  #started = false;
  /** Units of the overlap that the head has matched; -1: it is something else. */
  #direct = 0;
  /** The same for the prefix, and then for the overlap after it. */
  #echoed = 0;
  #afterEcho = 0;

  /**
   * @param prefix what the provider was given to go on from; it does not end in white space.
   * @param overlap what was shown after it, which must come again.
   */
  constructor(prefix: string, overlap: string) {
    this.#prefix = prefix.trimStart();
    this.#overlap = overlap.trimStart();
    this.#blank = this.#overlap === "" ? overlap : "";
    if (this.#prefix === "") this.#echoed = -1;
  }

  push(text: string): HeadStep {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charAt(at);
      if (!this.#started) {
        if (/\s/.test(unit)) {
          this.#leading += unit;
          if (this.#leading.length > MOST_LEADING_SPACE) return "mismatch";
          continue;
        }
        this.#started = true;
        if (this.#overlap === "") return { rest: this.#afterBlank(text.slice(at)) };
      }
      if (this.#takeDirect(unit) || this.#takeEcho(unit)) return { rest: text.slice(at + 1) };
      if (this.#direct < 0 && this.#echoed < 0) return "mismatch";
    }
    return "more";
  }

  #afterBlank(text: string): string {
    return this.#leading.startsWith(this.#blank) ? this.#leading.slice(this.#blank.length) + text : text;
  }

  /** @returns whether the overlap is complete. */
  #takeDirect(unit: string): boolean {
    if (this.#direct < 0) return false;
    this.#direct = this.#overlap.charAt(this.#direct) === unit ? this.#direct + 1 : -1;
    return this.#direct === this.#overlap.length;
  }

  #takeEcho(unit: string): boolean {
    if (this.#echoed < 0) return false;
    if (this.#echoed < this.#prefix.length) {
      this.#echoed = this.#prefix.charAt(this.#echoed) === unit ? this.#echoed + 1 : -1;
      return false;
    }
    if (this.#afterEcho === 0 && /\s/.test(unit)) return false;
    if (this.#overlap.charAt(this.#afterEcho) !== unit) {
      this.#echoed = -1;
      return false;
    }
    this.#afterEcho++;
    return this.#afterEcho === this.#overlap.length;
  }
}
