import type { ExchangeListener } from "./connection.ts";
import { EVENTS_PER_STREAM, monotonicMicros, STAMP_DIGITS, STAMP_MARK } from "./payloads.ts";

/** Told of one stream. */
export interface StreamEvents {
  onFirst?(): void;
  /** A content event came so many ms after the upstream had sent it. */
  onEvent?(delayMs: number): void;
  /** The stream ended; undefined for a whole one, else what is wrong with it. */
  onEnded(flaw: string | undefined): void;
}

const STAMP_LENGTH = STAMP_MARK.length + STAMP_DIGITS;

/** Counts and times the content events of one stream, and judges whether it came whole. */
export class StreamWatcher implements ExchangeListener {
  readonly #events: StreamEvents;
  #status = 0;
  #seen = 0;
  #done = false;
  /** The end of the last piece, which may hold a part of a stamp. */
  #carried = "";
  #lastText = "";
  bytes = 0;
  /** Pieces of body as they came. */
  reads = 0;

  constructor(events: StreamEvents) {
    this.#events = events;
  }

  onHead(status: number): void {
    this.#status = status;
  }

  onBody(piece: string): void {
    this.bytes += piece.length;
    this.reads++;
    const text = this.#carried + piece;
    let from = 0;
    for (;;) {
      const at = text.indexOf(STAMP_MARK, from);
      if (at < 0 || at + STAMP_LENGTH > text.length) break;
      this.#count(Number(text.slice(at + STAMP_MARK.length, at + STAMP_LENGTH)));
      from = at + STAMP_LENGTH;
    }
    if (this.#seen >= EVENTS_PER_STREAM && text.includes("[DONE]")) this.#done = true;
    this.#carried = text.slice(Math.max(from, text.length - STAMP_LENGTH + 1));
    if (this.#seen < EVENTS_PER_STREAM) this.#lastText = piece;
  }

  onEnd(): void {
    this.#events.onEnded(this.#flaw());
  }

  onFailed(reason: string): void {
    this.#events.onEnded(`After ${this.#seen} events: ${reason}`);
  }

  #count(sentAtMicros: number): void {
    this.#seen++;
    if (this.#seen === 1) this.#events.onFirst?.();
    this.#events.onEvent?.((monotonicMicros() - sentAtMicros) / 1_000);
  }

  #flaw(): string | undefined {
    if (this.#status === 200 && this.#seen === EVENTS_PER_STREAM && this.#done) return undefined;
    const end = this.#done ? "with" : "without";
    return `Status ${this.#status}, ${this.#seen} events, ${end} [DONE]: ${this.#lastText.slice(-200)}`;
  }
}
