import {
  type AnswerEvent,
  type AnswerReader,
  type AnswerStream,
  type Batch,
  type Ending,
  handSoon,
  readFrom,
} from "../../engine/answer-stream.ts";
import { type Failure, isFailure } from "../../engine/failure.ts";
import type { ByteReader, ByteSource } from "../../engine/ports/transport.ts";

/** What a decoder makes of the bytes it was given. */
export interface Decoded {
  readonly events: readonly AnswerEvent[];
  /** Set when the answer has ended, after the events. */
  readonly ending?: Ending | undefined;
}

/** Nothing yet: keep reading. */
export const NOTHING: Decoded = { events: [] };

/** Bytes in, events out: no waiting, no I/O. After an ending it is not asked again. */
export interface AnswerDecoder {
  push(bytes: Uint8Array): Decoded;
  /** The bytes have come to a clean end. */
  end(): Decoded;
  /** The connection broke. */
  broken(cause: Failure): Decoded;
}

/**
 * How many promise turns a whole answer's byte source gets to say that it has ended, too. A transport that received
 * the last bytes and the end in one packet answers within them, and its connection can be used again; without that
 * word the exchange is cancelled. Turns, not time: nothing waits.
 */
const RELEASE_TURNS = 8;

/** Pulls bytes through a decoder: one source read gives one batch at most, and only a pending read pulls. */
export function pumpAnswer(source: ByteSource, decoder: AnswerDecoder): AnswerStream {
  return new PumpedAnswer(source, decoder);
}

class PumpedAnswer implements AnswerStream, ByteReader {
  readonly #source: ByteSource;
  readonly #decoder: AnswerDecoder;
  #reader: AnswerReader | undefined;
  #ending: Ending | undefined;

  constructor(source: ByteSource, decoder: AnswerDecoder) {
    this.#source = source;
    this.#decoder = decoder;
  }

  read(): Promise<Batch | Ending> {
    return readFrom(this);
  }

  readInto(reader: AnswerReader): void {
    if (this.#ending !== undefined) {
      handSoon(reader, this.#ending);
      return;
    }
    this.#reader = reader;
    this.#pull();
  }

  cancel(reason: Failure): void {
    if (this.#ending !== undefined) return;
    this.#ending = { type: "ending", failure: reason };
    this.#source.cancel();
    this.#hand(this.#ending);
  }

  take(next: Uint8Array | undefined | Failure): void {
    if (this.#ending !== undefined) return;
    let decoded: Decoded;
    try {
      decoded = this.#decode(next);
    } catch (error) {
      this.#broken(error);
      return;
    }
    const { events, ending } = decoded;
    if (ending !== undefined) {
      this.#ending = ending;
      if (ending.failure !== undefined) this.#source.cancel();
      else if (next instanceof Uint8Array) void releaseSource(this.#source);
    }
    if (events.length > 0) this.#hand({ type: "batch", events });
    else if (ending !== undefined) this.#hand(ending);
    else this.#pull();
  }

  #pull(): void {
    if (this.#source.readInto !== undefined) this.#source.readInto(this);
    else void this.#source.read().then((next) => this.take(next));
  }

  #decode(next: Uint8Array | undefined | Failure): Decoded {
    if (next === undefined) return this.#decoder.end();
    return isFailure(next) ? this.#decoder.broken(next) : this.#decoder.push(next);
  }

  #hand(next: Batch | Ending): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.take(next);
  }

  /** The reader cancels what is broken. */
  #broken(error: unknown): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.broken(error);
  }
}

async function releaseSource(source: ByteSource): Promise<void> {
  let ended = false;
  void source.read().then((next) => {
    ended = next === undefined;
  });
  for (let turn = 0; turn < RELEASE_TURNS && !ended; turn++) await Promise.resolve();
  if (!ended) source.cancel();
}
