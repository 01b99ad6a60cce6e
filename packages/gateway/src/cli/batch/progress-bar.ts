import type { Output } from "../cli-io.ts";

/** Characters of the bar. */
const WIDTH = 24;
/** How often progress is told where there is no terminal, in ms. */
const PLAIN_MS = 10_000;

/** Progress of something that has an end: a bar that is drawn over on a terminal, now and then a line elsewhere. */
export class ProgressBar {
  readonly #output: Output;
  readonly #now: () => number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #isDrawn = false;

  /** @param now a clock in ms */
  constructor(output: Output, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  /** @param share from 0 to 1 */
  tell(share: number, text: string): void {
    const part = Math.min(1, Math.max(0, share));
    const percent = `${Math.floor(part * 100)}%`.padStart(4);
    if (this.#output.isTTY === true) {
      const filled = Math.round(part * WIDTH);
      this.#output.write(`\r\u001b[K[${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] ${percent}  ${text}`);
      this.#isDrawn = true;
      return;
    }
    if (this.#now() - this.#toldAt < PLAIN_MS) return;
    this.#toldAt = this.#now();
    this.#output.write(`${percent.trim()}  ${text}\n`);
  }

  /** Leaves the bar where it is. */
  end(): void {
    if (this.#isDrawn) this.#output.write("\n");
    this.#isDrawn = false;
  }
}
