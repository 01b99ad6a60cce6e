import type { Clock, Timer } from "../engine/index.ts";
import type { BodyReader, HttpBody } from "./http.ts";

/** What fills a {@link KeepAliveBody}. */
export interface BodyProducer {
  /**
   * The reader wants bytes: answer with one `give` or `end`, now or later. Asked again only after a `give`.
   */
  pull(): void;
  /** A `pull` has gone unanswered for the body's patience. The producer must end the body now. */
  expire(): void;
  /** The reader is gone. Nothing may be given any more. */
  cancel(): void;
}

/** Times and bytes of a {@link KeepAliveBody}. */
export interface KeepAliveOptions {
  readonly clock: Clock;
  /** Silence towards a waiting reader after which it gets a sign of life, in ms. */
  readonly intervalMs: number;
  /** The sign of life. */
  readonly signOfLife: Uint8Array;
  /** How long a `pull` may go unanswered, in ms: the bound on a producer that hangs. */
  readonly patienceMs: number;
  /** Whether the silence has already lasted an interval when the body begins. */
  readonly silentAlready: boolean;
}

/**
 * A body that bridges silence: a reader that waits gets a sign of life at every interval without bytes. A reader that
 * does not wait (a slow client) gets none, and no timer runs for it. At most one piece is ever stored: the one that
 * came while the reader was away.
 */
export class KeepAliveBody implements HttpBody {
  readonly #options: KeepAliveOptions;
  #producer: BodyProducer | undefined;
  #timer: Timer | undefined;
  #waiting: BodyReader | undefined;
  #stored: Uint8Array | undefined;
  #pulledAt: number | undefined;
  /** Undefined while the reader is away: what it still drains is no silence. */
  #silentSince: number | undefined;
  #ended = false;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
    if (options.silentAlready) this.#silentSince = options.clock.now() - options.intervalMs;
  }

  /** Sets who fills the body; once, before the first read. */
  fillFrom(producer: BodyProducer): void {
    this.#producer = producer;
  }

  read(): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.readInto({ take: resolve }));
  }

  readInto(reader: BodyReader): void {
    if (this.#stored === undefined && !this.#ended && this.#pulledAt === undefined) {
      this.#pulledAt = this.#options.clock.now();
      // What comes at once is stored: nobody waits yet.
      this.#producer?.pull();
    }
    const atHand = this.#stored;
    if (atHand !== undefined) {
      this.#stored = undefined;
      this.#silentSince = this.#options.clock.now();
      queueMicrotask(() => reader.take(atHand));
    } else if (this.#ended) {
      queueMicrotask(() => reader.take(undefined));
    } else {
      this.#waiting = reader;
      if (this.#timer === undefined) this.#watchSilence();
    }
  }

  cancel(): void {
    this.#stored = undefined;
    if (this.#ended) return;
    this.end();
    this.#producer?.cancel();
  }

  /** Answers a `pull` with bytes (not empty). After the end, nothing. */
  give(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#pulledAt = undefined;
    this.#put(bytes);
  }

  /** Ends the body, after last bytes if there are any. */
  end(lastBytes?: Uint8Array): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (lastBytes === undefined) this.#hand(undefined);
    else this.#put(lastBytes);
  }

  #put(bytes: Uint8Array): void {
    if (this.#waiting === undefined) this.#stored = bytes;
    else this.#hand(bytes);
  }

  #hand(bytes: Uint8Array | undefined): void {
    const reader = this.#waiting;
    this.#waiting = undefined;
    this.#silentSince = this.#options.clock.now();
    reader?.take(bytes);
  }

  /** One timer serves many pieces: it is set once, and set again for the rest of the silence when it fires early. */
  #watchSilence(): void {
    const { clock, intervalMs } = this.#options;
    this.#silentSince ??= clock.now();
    const delay = Math.max(0, this.#silentSince + intervalMs - clock.now());
    this.#timer = clock.schedule(delay, () => {
      this.#timer = undefined;
      this.#onTimer();
    });
  }

  #onTimer(): void {
    const { clock, intervalMs, patienceMs, signOfLife } = this.#options;
    if (this.#waiting === undefined) {
      // The next read starts the watch again.
      this.#silentSince = undefined;
      return;
    }
    const now = clock.now();
    if (this.#pulledAt !== undefined && now - this.#pulledAt >= patienceMs) {
      this.#producer?.expire();
    } else if (now - (this.#silentSince ?? now) >= intervalMs) {
      this.#hand(signOfLife);
    } else {
      this.#watchSilence();
    }
  }
}
