import { write, writeSync } from "node:fs";
import type { LogDestination } from "./log.ts";

/**
 * Bytes of lines that are collected before they are written: a write for each line costs more than the line, and each
 * wakes a thread, which on a busy machine takes the core from the one that serves.
 */
const BATCH_BYTES = 128 * 1_024;
/** Lines are encoded into blocks of this many bytes: room for a batch and the line that fills it. */
const BLOCK_BYTES = BATCH_BYTES + 16 * 1_024;
/** The most bytes that a UTF-16 unit becomes in UTF-8. */
const BYTES_PER_UNIT = 3;
/** The longest that a line waits for others, in ms. */
const BATCH_MS = 100;
/** Most that waits for a reader that does not read, in bytes; what comes then is lost, and counted. */
const MOST_WAITING = 16 * 1_024 * 1_024;
/** How long a full pipe is given, in ms, before it is tried again, and how often that is done when the process ends. */
const RETRY_MS = 10;
const LAST_RETRIES = 50;

/**
 * Lines that are written to a file descriptor in batches, off the path of whoever logs. Each is encoded at once: a line is
 * made of some fifty pieces, and kept as those it would be copied by the collector until it is written.
 */
export class BatchedOutput implements LogDestination {
  readonly #descriptor: number;
  /** Blocks that are full, before the one that is being filled. */
  #full: Buffer[] = [];
  #block = Buffer.alloc(0);
  #used = 0;
  /** Bytes in all of them. */
  #waiting = 0;
  #lost = 0;
  /** The batch that is being written. */
  #writing: Buffer | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(line: string): void {
    if (this.#waiting + line.length > MOST_WAITING) {
      this.#lost++;
      return;
    }
    const most = line.length * BYTES_PER_UNIT;
    if (this.#used + most > this.#block.length) this.#beginBlock(most);
    const bytes = this.#block.write(line, this.#used);
    this.#used += bytes;
    this.#waiting += bytes;
    this.#nextInTime();
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

  /** Writes out a full batch, or what there is of it when it has waited long enough. */
  #nextInTime(): void {
    if (this.#waiting >= BATCH_BYTES) this.#next();
    // The timer keeps no process alive: what it would write goes out when the process ends.
    else if (this.#waiting > 0) this.#timer ??= setTimeout(() => this.#next(), BATCH_MS).unref();
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#waiting === 0) return;
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
      else this.#nextInTime();
    });
  }

  #beginBlock(least: number): void {
    if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
    this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, least));
    this.#used = 0;
  }

  /** All that waits, in one piece. */
  #take(): Buffer {
    const blocks = [...this.#full, this.#block.subarray(0, this.#used)];
    if (this.#lost > 0) {
      blocks.push(Buffer.from(`${JSON.stringify({ level: "warn", event: "log-lines-lost", lines: this.#lost })}\n`));
    }
    this.#full = [];
    // What is left of the block is written into next; what is taken is not touched any more.
    this.#block = this.#block.subarray(this.#used);
    this.#used = 0;
    this.#waiting = 0;
    this.#lost = 0;
    const [only] = blocks;
    return blocks.length === 1 && only !== undefined ? only : Buffer.concat(blocks);
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
