import type { AnswerEvent } from "./answer-stream.ts";
import { between, type SharedEnds, sharedEnds } from "./kernels/shared-ends.ts";

/**
 * Bytes are copied into blocks. The first is of this many, each next one twice as long, up to the most: a log is about as
 * large again as what it holds at most, and no more than one of the largest blocks larger.
 */
const FIRST_BLOCK_BYTES = 512;
const MOST_BLOCK_BYTES = 16 * 1_024;
/** Longer texts are copied as a whole: from about here on that costs less than a loop. */
const MOST_BYTES_ONE_BY_ONE = 64;
/** Ends each text in a block: within a JSON string it cannot stand as it is. */
const SEPARATOR = "\n";
const SEPARATOR_BYTE = 0x0a;

const NOTHING: Uint8Array = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Most bytes of UTF-8 for one unit of UTF-16. */
const MOST_BYTES_PER_UNIT = 3;

/** Texts that follow each other, within one block, of events with one pattern. */
interface Run {
  readonly pattern: SharedEnds;
  readonly block: Uint8Array;
  readonly start: number;
  end: number;
}

/**
 * The texts of an answer's events while it is being made, held in a small part of what the events take: nearly all of
 * them are frames of one pattern, or texts like the one before, of which only that is copied in which they differ. The events themselves, with what was parsed of them and the socket's buffers below them, go as soon as the
 * caller has had them.
 */
export class EventLog {
  readonly #entries: (Run | string)[] = [];
  #block = NOTHING;
  #used = 0;
  #last: Run | undefined;
  /** The text that was held last as a whole, while the next one may be like it. */
  #lastText: string | undefined;
  #length = 0;
  #held = 0;
  #whole = false;

  /** The log of events that are all there. */
  static of(events: readonly AnswerEvent[]): EventLog {
    const log = new EventLog();
    for (const event of events) log.add(event);
    return log;
  }

  /** Of all that was added: bytes of frames and UTF-16 units of other texts. */
  get length(): number {
    return this.#length;
  }

  /** Of what is held of that. */
  get held(): number {
    return this.#held;
  }

  /** The answer is one whole document. */
  get isDocument(): boolean {
    return this.#whole && this.#entries.length === 1;
  }

  add(event: AnswerEvent): void {
    const { frame, pattern } = event;
    this.#whole = event.whole;
    this.#length += frame?.length ?? event.data.length;
    if (frame === undefined || pattern === undefined) {
      this.#addText(event.data);
      return;
    }
    this.#lastText = undefined;
    const textBytes = frame.length - pattern.headBytes - pattern.tailBytes;
    const run = this.#runOf(pattern, textBytes + 1);
    this.#copyText(frame, pattern.headBytes, textBytes);
    this.#block[this.#used++] = SEPARATOR_BYTE;
    this.#held += textBytes + 1;
    run.end = this.#used;
  }

  /** The JSON texts of the events, in order. */
  texts(): string[] {
    return this.#entries.flatMap((entry) => (typeof entry === "string" ? [entry] : textsOf(entry)));
  }

  /** The events of a wire that was translated have no frames, and are as alike. */
  #addText(text: string): void {
    const pattern = this.#patternOf(text);
    const middle = pattern && between(text, pattern);
    if (pattern === undefined || middle === undefined || middle.includes(SEPARATOR) || !middle.isWellFormed()) {
      this.#entries.push(text);
      this.#held += text.length;
      this.#last = undefined;
      this.#lastText = text;
      return;
    }
    const run = this.#runOf(pattern, MOST_BYTES_PER_UNIT * middle.length + 1);
    const { written } = encoder.encodeInto(middle, this.#block.subarray(this.#used));
    this.#used += written;
    this.#block[this.#used++] = SEPARATOR_BYTE;
    this.#held += written + 1;
    run.end = this.#used;
    this.#lastText = undefined;
  }

  /** What a text has in common with those before it; undefined where that is not most of it. */
  #patternOf(text: string): SharedEnds | undefined {
    if (this.#lastText === undefined) return this.#last?.pattern;
    const { before, behind } = sharedEnds(this.#lastText, text);
    return 2 * (before.length + behind.length) > text.length ? { before, behind } : undefined;
  }

  /** Most texts are a word: those are copied byte by byte, for less than what naming a part of the frame costs. */
  #copyText(frame: Uint8Array, start: number, bytes: number): void {
    const block = this.#block;
    if (bytes > MOST_BYTES_ONE_BY_ONE) block.set(frame.subarray(start, start + bytes), this.#used);
    else for (let at = 0; at < bytes; at++) block[this.#used + at] = frame[start + at] ?? 0;
    this.#used += bytes;
  }

  /** Where so many bytes more of this pattern go. */
  #runOf(pattern: SharedEnds, bytes: number): Run {
    const fits = this.#used + bytes <= this.#block.length;
    if (fits && this.#last?.pattern === pattern) return this.#last;
    if (!fits) {
      const next = Math.min(MOST_BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, 2 * this.#block.length));
      this.#block = new Uint8Array(Math.max(next, bytes));
      this.#used = 0;
    }
    this.#last = { pattern, block: this.#block, start: this.#used, end: this.#used };
    this.#entries.push(this.#last);
    return this.#last;
  }
}

function textsOf({ pattern: { before, behind }, block, start, end }: Run): string[] {
  const texts = decoder.decode(block.subarray(start, end)).split(SEPARATOR);
  return texts.slice(0, -1).map((text) => `${before}${text}${behind}`);
}
