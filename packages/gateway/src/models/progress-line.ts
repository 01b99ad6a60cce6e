import type { Clock } from "tideover/engine";
import type { Output } from "../cli/cli-io.ts";
import { PROGRESS_MS } from "./defaults.ts";
import { formatBytes } from "./format-bytes.ts";
import type { PullProgress } from "./pull-model.ts";

/** Characters of the bar. */
const WIDTH = 24;

/** Tells how a fetch gets on: a bar on a terminal, one line for each file elsewhere. */
export class ProgressLine {
  readonly #output: Output;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #path = "";
  #toldAt = Number.NEGATIVE_INFINITY;
  #firstBytes: number | undefined;

  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  tell({ path, done, total }: PullProgress): void {
    this.#firstBytes ??= done;
    if (this.#output.isTTY !== true) {
      if (path !== this.#path) this.#output.write(`${path} (${formatBytes(done)} / ${formatBytes(total)})\n`);
      this.#path = path;
      return;
    }
    const now = this.#clock.now();
    if (now - this.#toldAt < PROGRESS_MS && done < total) return;
    this.#toldAt = now;
    const share = total === 0 ? 1 : done / total;
    const full = Math.round(share * WIDTH);
    const seconds = (now - this.#startedAt) / 1_000;
    const rate = seconds > 0 ? `${formatBytes((done - this.#firstBytes) / seconds)}/s` : "";
    const bar = `${"█".repeat(full)}${"░".repeat(WIDTH - full)}`;
    const text = `${bar} ${Math.floor(share * 100)}%  ${formatBytes(done)} / ${formatBytes(total)}  ${rate}  ${path}`;
    this.#output.write(`\r\u001b[K${text}`);
  }

  /** Ends the bar's line. */
  end(): void {
    if (this.#output.isTTY === true && this.#firstBytes !== undefined) this.#output.write("\n");
  }
}
