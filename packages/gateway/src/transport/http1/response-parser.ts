import { HttpError } from "./http-error.ts";
import { parseHead, type ResponseHead } from "./response-head.ts";

/** What a parser tells of a response, in order: heads (the informational ones are passed over), data, the end. */
export interface ResponseListener {
  onHead(head: ResponseHead): void;
  /** Bytes of the body: of what was pushed, those from `start` to before `end`; valid only during the call. */
  onData(bytes: Buffer, start: number, end: number): void;
  /** The response is whole; what follows on the connection is not its own. */
  onEnd(): void;
}

/** Longest line that states a chunk's size with its extensions, in bytes. */
const MOST_CHUNK_LINE = 4 * 1024;
/** Digits of a chunk's size: more would exceed what a number holds exactly. */
const MOST_SIZE_DIGITS = 13;

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const SPACE = 0x20;
const TAB = 0x09;
const HEAD_END = Buffer.from("\r\n\r\n");
const START = Buffer.from("HTTP/1.");

type State =
  | "head"
  | "counted"
  | "to-the-end"
  | "size"
  | "extension"
  | "size-line-feed"
  | "data"
  | "data-return"
  | "data-line-feed"
  | "trailers"
  | "done";

/**
 * Reads HTTP/1.1 responses (RFC 9112) from the bytes of a connection, whichever way these are cut.
 *
 * Strict: lines end in CR LF, a length and chunks exclude each other, no header is folded, no coding but `chunked` is
 * taken. What would have to be guessed is refused, because a wrong guess mixes one answer with the next.
 */
export class ResponseParser {
  readonly #listener: ResponseListener;
  readonly #maxHeadBytes: number;
  #state: State = "head";
  /** The head, or the trailers, so far. */
  #pending: Buffer | undefined;
  /** Bytes of heads, informational ones included, and of trailers. */
  #headBytes = 0;
  /** Bytes of the body or of the chunk that are still to come. */
  #left = 0;
  #sizeDigits = 0;
  #lineBytes = 0;

  constructor(listener: ResponseListener, maxHeadBytes: number) {
    this.#listener = listener;
    this.#maxHeadBytes = maxHeadBytes;
  }

  /** Ready for the next response on the same connection; only after the last one is done. */
  restart(): void {
    this.#state = "head";
    this.#headBytes = 0;
  }

  /**
   * Takes the next bytes.
   * @param length how many bytes they are: of a buffer that holds more, its first ones.
   * @returns how many belong to this response.
   * @throws HttpError for what is not HTTP.
   */
  push(bytes: Buffer, length = bytes.length): number {
    let at = 0;
    while (at < length && this.#state !== "done") at = this.#step(bytes, at, length);
    return at;
  }

  /**
   * The connection has ended.
   * @throws HttpError when the response is not whole.
   */
  end(): void {
    if (this.#state === "done") return;
    if (this.#state !== "to-the-end") throw new HttpError("HTTP_CLOSED", "The connection ended before the response.");
    this.#finish();
  }

  #step(bytes: Buffer, at: number, length: number): number {
    switch (this.#state) {
      case "head":
        return this.#takeHead(bytes.subarray(at, length), at);
      case "counted":
      case "data":
        return this.#takeData(bytes, at, length);
      case "to-the-end":
        this.#listener.onData(bytes, at, length);
        return length;
      case "size":
        return this.#takeSize(bytes, at, length);
      case "extension":
        return this.#takeExtension(bytes, at, length);
      case "size-line-feed":
        this.#expect(bytes[at], LF);
        this.#state = this.#left === 0 ? "trailers" : "data";
        return at + 1;
      case "data-return":
        this.#expect(bytes[at], CR);
        this.#state = "data-line-feed";
        return at + 1;
      case "data-line-feed":
        this.#expect(bytes[at], LF);
        this.#nextChunk();
        return at + 1;
      case "trailers":
        return this.#takeTrailers(bytes.subarray(at, length), at);
      default:
        return length;
    }
  }

  /** @param at where `bytes` began in what was pushed; @returns where it goes on */
  #takeHead(bytes: Buffer, at: number): number {
    const before = this.#pending?.length ?? 0;
    const all = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes]);
    const begun = Math.min(all.length, START.length);
    if (all.compare(START, 0, begun, 0, begun) !== 0) throw invalid("no status line");
    const end = all.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length));
    this.#count(end === -1 ? all.length - before : end + HEAD_END.length - before);
    if (end === -1) {
      // Copied: the bytes are the caller's.
      this.#pending = before === 0 ? Buffer.from(all) : all;
      return at + bytes.length;
    }
    this.#pending = undefined;
    this.#begin(parseHead(all.toString("latin1", 0, end)));
    return at + end + HEAD_END.length - before;
  }

  #begin(head: ResponseHead): void {
    if (head.status < 200) {
      // An upgrade was not asked for; the other informational ones announce the response that follows.
      if (head.status === 101) throw invalid("an upgrade");
      return;
    }
    const { body } = head;
    this.#listener.onHead(head);
    if (body === "none" || body === 0) this.#finish();
    else if (body === "chunked") this.#nextChunk();
    else if (body === "to-the-end") this.#state = body;
    else {
      this.#state = "counted";
      this.#left = body;
    }
  }

  #takeData(bytes: Buffer, at: number, length: number): number {
    const end = Math.min(length, at + this.#left);
    this.#left -= end - at;
    this.#listener.onData(bytes, at, end);
    if (this.#left > 0) return end;
    if (this.#state === "counted") this.#finish();
    else this.#state = "data-return";
    return end;
  }

  #nextChunk(): void {
    this.#state = "size";
    this.#left = 0;
    this.#sizeDigits = 0;
  }

  #takeSize(bytes: Buffer, from: number, length: number): number {
    let at = from;
    for (; at < length; at++) {
      const digit = hexDigit(bytes[at] ?? 0);
      if (digit === -1) break;
      if (++this.#sizeDigits > MOST_SIZE_DIGITS) throw invalid("a chunk size that is too long");
      this.#left = this.#left * 16 + digit;
    }
    if (at === length) return at;
    if (this.#sizeDigits === 0) throw invalid("a chunk without a size");
    const byte = bytes[at];
    if (byte === CR) this.#state = "size-line-feed";
    else if (byte === SEMICOLON || byte === SPACE || byte === TAB) {
      this.#state = "extension";
      this.#lineBytes = 0;
    } else throw invalid("a chunk size that is none");
    return at + 1;
  }

  #takeExtension(bytes: Buffer, at: number, length: number): number {
    const line = bytes.subarray(at, length);
    const found = line.indexOf(CR);
    const end = found === -1 ? length : at + found;
    this.#lineBytes += end - at;
    if (this.#lineBytes > MOST_CHUNK_LINE || line.subarray(0, end - at).includes(LF))
      throw invalid("a chunk extension");
    if (found === -1) return end;
    this.#state = "size-line-feed";
    return end + 1;
  }

  /** Trailers are read over: nothing in them is of use, and whoever relies on them would rely on the unauthenticated. */
  #takeTrailers(bytes: Buffer, at: number): number {
    const before = this.#pending?.length ?? 0;
    const all = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes]);
    if (all[0] === CR && (all.length === 1 || all[1] === LF)) {
      if (all.length === 1) return this.#keep(all, at + bytes.length);
      this.#pending = undefined;
      this.#finish();
      return at + 2 - before;
    }
    const end = all.indexOf(HEAD_END);
    this.#count(end === -1 ? all.length - before : end + HEAD_END.length - before);
    if (end === -1) return this.#keep(all, at + bytes.length);
    for (const line of all.toString("latin1", 0, end).split("\r\n"))
      if (!TRAILER.test(line)) throw invalid("a trailer");
    this.#pending = undefined;
    this.#finish();
    return at + end + HEAD_END.length - before;
  }

  #keep(all: Buffer, end: number): number {
    this.#pending = Buffer.from(all);
    return end;
  }

  #count(bytes: number): void {
    this.#headBytes += bytes;
    if (this.#headBytes <= this.#maxHeadBytes) return;
    throw new HttpError("HTTP_HEADERS_OVERFLOW", `The head is longer than ${this.#maxHeadBytes} bytes.`);
  }

  #expect(byte: number | undefined, expected: number): void {
    if (byte !== expected) throw invalid("a chunk that does not end where it should");
  }

  #finish(): void {
    this.#state = "done";
    this.#listener.onEnd();
  }
}

const TRAILER = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n\0]*$/;

function invalid(what: string): HttpError {
  return new HttpError("HTTP_INVALID", `The server sent ${what}.`);
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
