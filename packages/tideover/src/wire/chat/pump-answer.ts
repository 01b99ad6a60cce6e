import type { AnswerEvent, AnswerStream, Batch, Ending } from "../../engine/answer-stream.ts";
import { type Failure, isFailure } from "../../engine/failure.ts";
import type { ByteSource } from "../../engine/ports/transport.ts";

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

class PumpedAnswer implements AnswerStream {
  readonly #source: ByteSource;
  readonly #decoder: AnswerDecoder;
  #waiting: ((next: Batch | Ending) => void) | undefined;
  #ending: Ending | undefined;

  constructor(source: ByteSource, decoder: AnswerDecoder) {
    this.#source = source;
    this.#decoder = decoder;
  }

  read(): Promise<Batch | Ending> {
    if (this.#ending !== undefined) return Promise.resolve(this.#ending);
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#pull();
    });
  }

  cancel(reason: Failure): void {
    if (this.#ending !== undefined) return;
    this.#ending = { type: "ending", failure: reason };
    this.#source.cancel();
    this.#answer(this.#ending);
  }

  #pull(): void {
    void this.#source.read().then(this.#receive);
  }

  readonly #receive = (next: Uint8Array | undefined | Failure): void => {
    if (this.#ending !== undefined) return;
    const { events, ending } = this.#decode(next);
    if (ending !== undefined) {
      this.#ending = ending;
      if (ending.failure !== undefined) this.#source.cancel();
      else if (next instanceof Uint8Array) void releaseSource(this.#source);
    }
    if (events.length > 0) this.#answer({ type: "batch", events });
    else if (ending !== undefined) this.#answer(ending);
    else this.#pull();
  };

  #decode(next: Uint8Array | undefined | Failure): Decoded {
    if (next === undefined) return this.#decoder.end();
    return isFailure(next) ? this.#decoder.broken(next) : this.#decoder.push(next);
  }

  #answer(next: Batch | Ending): void {
    const resolve = this.#waiting;
    this.#waiting = undefined;
    resolve?.(next);
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
