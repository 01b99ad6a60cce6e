import { type Failure, failure } from "../../engine/failure.ts";
import { GrowingBuffer } from "../growing-buffer.ts";

/** One dispatched event of a stream. */
export interface SseFrame {
  /** The event's type; `message` where the stream names none. */
  readonly event: string;
  /** The data lines, joined by LF. */
  readonly data: string;
  /** The `id` given within this frame. It is not carried over from an earlier one. */
  readonly id?: string | undefined;
}

/**
 * Most bytes of one frame (8 MiB): its lines so far and the line being received. A chunk of an answer is some
 * hundred bytes; the widest seen in documentation (a chunk with an inline image or 20 top logprobs per token) stay
 * below 2 MiB.
 */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const DEFAULT_EVENT = "message";

// `ignoreBOM` keeps U+FEFF inside data; the one at the start of the stream is removed as bytes.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Incremental parser of `text/event-stream` after the WHATWG rules (HTML standard, "Parsing an event stream"), on
 * bytes: lines end in LF, CR or CRLF, wherever the reads split them, and are decoded only once they are complete,
 * so a split UTF-8 sequence needs no state. Invalid UTF-8 becomes U+FFFD. Comments, `retry` and unknown fields give
 * nothing.
 */
export class SseParser {
  readonly #maxFrameBytes: number;
  readonly #line = new GrowingBuffer();
  #failure: Failure | undefined;
  #firstLine = true;
  /** The last read ended in CR: a LF at the start of the next one belongs to it. */
  #afterCarriageReturn = false;
  /** Bytes of the frame's complete lines. */
  #frameBytes = 0;
  #data: string | undefined;
  #event = "";
  #id: string | undefined;

  constructor(maxFrameBytes: number = MAX_FRAME_BYTES) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Set once a frame has outgrown the cap (`fault`, `frame-too-large`); the parser then gives no more frames. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Whether a frame has begun that no blank line has ended yet. At the end of the stream such a frame is lost. */
  hasPartial(): boolean {
    return this.#frameBytes > 0 || (this.#line.length > 0 && this.#line.view()[0] !== COLON);
  }

  /** Whether the next byte begins a line, and no field of a frame has come: what follows can be read from here on its own. */
  isBetweenFrames(): boolean {
    return this.#frameBytes === 0 && this.#line.length === 0 && !this.#afterCarriageReturn && !this.#firstLine;
  }

  /** Takes the next bytes and gives the frames that they complete, in order. */
  push(bytes: Uint8Array): SseFrame[] {
    const frames: SseFrame[] = [];
    if (this.#failure !== undefined || bytes.length === 0) return frames;
    let start = this.#afterCarriageReturn && bytes[0] === LF ? 1 : 0;
    this.#afterCarriageReturn = false;
    // Each terminator's next position is looked up only when passed: a read without CR is scanned for it once.
    let lineFeed = bytes.indexOf(LF, start);
    let carriageReturn = bytes.indexOf(CR, start);
    while (lineFeed !== -1 || carriageReturn !== -1) {
      const endsInCr = carriageReturn !== -1 && (lineFeed === -1 || carriageReturn < lineFeed);
      const end = endsInCr ? carriageReturn : lineFeed;
      this.#endLine(bytes, start, end, frames);
      if (this.#failure !== undefined) return frames;
      start = end + 1;
      if (endsInCr) {
        if (start === bytes.length) this.#afterCarriageReturn = true;
        else if (bytes[start] === LF) start++;
        carriageReturn = bytes.indexOf(CR, start);
      }
      if (lineFeed !== -1 && lineFeed < start) lineFeed = bytes.indexOf(LF, start);
    }
    this.#keep(bytes, start);
    return frames;
  }

  #keep(bytes: Uint8Array, start: number): void {
    if (start === bytes.length || !this.#fits(this.#line.length + bytes.length - start)) return;
    this.#line.append(bytes, start, bytes.length);
  }

  #endLine(bytes: Uint8Array, start: number, end: number, frames: SseFrame[]): void {
    if (!this.#fits(this.#line.length + end - start)) return;
    if (this.#line.length === 0) {
      this.#takeLine(bytes, start, end, frames);
      return;
    }
    this.#line.append(bytes, start, end);
    this.#takeLine(this.#line.view(), 0, this.#line.length, frames);
    this.#line.clear();
  }

  #fits(lineBytes: number): boolean {
    if (this.#frameBytes + lineBytes <= this.#maxFrameBytes) return true;
    this.#failure = failure(
      "fault",
      "frame-too-large",
      `The provider sent a stream event of more than ${this.#maxFrameBytes} bytes.`,
    );
    this.#line.clear();
    this.#data = undefined;
    return false;
  }

  #takeLine(bytes: Uint8Array, from: number, to: number, frames: SseFrame[]): void {
    let start = from;
    if (this.#firstLine) {
      this.#firstLine = false;
      if (to - from >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) start += 3;
    }
    if (start === to) {
      this.#dispatch(frames);
      return;
    }
    const first = bytes[start];
    if (first === COLON) return;
    this.#frameBytes += to - start;
    // `data:` compared as bytes: nearly every line of an answer is one.
    if (
      first === 0x64 &&
      bytes[start + 1] === 0x61 &&
      bytes[start + 2] === 0x74 &&
      bytes[start + 3] === 0x61 &&
      bytes[start + 4] === COLON &&
      to - start >= 5
    ) {
      this.#addData(decodeValue(bytes, start + 5, to));
      return;
    }
    const colon = bytes.subarray(start, to).indexOf(COLON);
    const nameEnd = colon === -1 ? to : start + colon;
    this.#takeField(
      decoder.decode(bytes.subarray(start, nameEnd)),
      colon === -1 ? "" : decodeValue(bytes, nameEnd + 1, to),
    );
  }

  #takeField(name: string, value: string): void {
    if (name === "data") this.#addData(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }

  #addData(value: string): void {
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
  }

  #dispatch(frames: SseFrame[]): void {
    if (this.#data !== undefined) {
      frames.push({ event: this.#event === "" ? DEFAULT_EVENT : this.#event, data: this.#data, id: this.#id });
      this.#data = undefined;
    }
    this.#event = "";
    this.#id = undefined;
    this.#frameBytes = 0;
  }
}

function decodeValue(bytes: Uint8Array, from: number, to: number): string {
  const start = from < to && bytes[from] === SPACE ? from + 1 : from;
  return decoder.decode(bytes.subarray(start, to));
}
