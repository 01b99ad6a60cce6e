import { write, writeSync } from "node:fs";
import type { LogDestination } from "./log.ts";

/** UTF-16 units of lines that are collected before they are written: a write for each line costs more than the line. */
const BATCH_LENGTH = 64 * 1_024;
/** The longest that a line waits for others, in ms. */
const BATCH_MS = 100;
/** Most that waits for a reader that does not read, in UTF-16 units; what comes then is lost, and counted. */
const MOST_WAITING = 16 * 1_024 * 1_024;
/** How long a full pipe is given, in ms, before it is tried again, and how often that is done when the process ends. */
const RETRY_MS = 10;
const LAST_RETRIES = 50;

/** Lines that are written to a file descriptor in batches, off the path of whoever logs. */
export class BatchedOutput implements LogDestination {
  readonly #descriptor: number;
  #lines: string[] = [];
  #length = 0;
  #lost = 0;
  /** The batch that is being written. */
  #writing: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(line: string): void {
    if (this.#length + line.length > MOST_WAITING) {
      this.#lost++;
      return;
    }
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= BATCH_LENGTH) this.#next();
    // The timer keeps no process alive: what it would write goes out when the process ends.
    else this.#timer ??= setTimeout(() => this.#next(), BATCH_MS).unref();
  }

  /** Writes out what is left, and waits for it. A batch that is with the operating system already is left to it. */
  flush(): void {
    let bytes: Uint8Array = this.#take();
    for (let retries = 0; bytes.length > 0 && retries < LAST_RETRIES; retries++) {
      try {
        bytes = bytes.subarray(writeSync(this.#descriptor, bytes));
        retries = 0;
      } catch (error) {
        // Whoever read the log is gone, and with it the only place to say so.
        if (!isFull(error)) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#lines.length === 0) return;
    this.#writing = this.#take();
    this.#writeOut();
  }

  #writeOut(): void {
    const bytes = this.#writing;
    if (bytes === undefined) return;
    write(this.#descriptor, bytes, 0, bytes.length, null, (error, written) => {
      if (error !== null && isFull(error)) {
        setTimeout(() => this.#writeOut(), RETRY_MS).unref();
        return;
      }
      this.#writing = error === null && written < bytes.length ? bytes.subarray(written) : undefined;
      if (this.#writing !== undefined) this.#writeOut();
      else if (this.#lines.length > 0) this.#next();
    });
  }

  #take(): Buffer {
    const lost =
      this.#lost === 0 ? "" : `${JSON.stringify({ level: "warn", event: "log-lines-lost", lines: this.#lost })}\n`;
    const text = this.#lines.join("") + lost;
    this.#lines = [];
    this.#length = 0;
    this.#lost = 0;
    return Buffer.from(text);
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
