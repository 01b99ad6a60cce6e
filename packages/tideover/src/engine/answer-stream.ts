import type { Failure } from "./failure.ts";
import type { JsonObject } from "./json.ts";

/**
 * How much of an answer an event carries.
 * - `none`: a role preamble, an empty delta, usage, a finish.
 * - `blank`: only white space. It is held back and does not commit.
 * - `content`: answer substance (text, reasoning, refusal, tool or function call).
 */
export type Substance = "none" | "blank" | "content";

/** Token counts as the provider reports them. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** How many of the prompt tokens the provider's prefix cache held, where it says so: they are cheaper. */
  readonly cachedPromptTokens?: number | undefined;
}

/** One more piece of one of an answer's texts. */
export interface TextPiece {
  /** Index of the choice. */
  readonly choice: number;
  /** The member that it is part of: of the choice's `delta`, or `text` of the choice itself. */
  readonly member: string;
  readonly text: string;
}

/** What frames have in common that differ in one text only. One object for all of them. */
export interface FramePattern {
  /** The JSON text up to the text, and from behind it on. */
  readonly before: string;
  readonly behind: string;
  /** Bytes of a frame in front of the text, and behind it. */
  readonly headBytes: number;
  readonly tailBytes: number;
}

/**
 * One event of an answer: a chunk of a stream, or a whole answer in one document.
 * It is a chat-completion (or completion, or embedding) object of the OpenAI form, whatever the provider speaks.
 */
export interface AnswerEvent {
  /** The JSON text, exactly as it arrived while no layer changed it. */
  readonly data: string;
  /** The parsed text. Implementations may parse on first use. */
  readonly json: JsonObject;
  /** True for a whole answer in one document, false for a chunk of a stream. */
  readonly whole: boolean;
  readonly substance: Substance;
  /** The finish reason, on the event that ends the (last open) choice. */
  readonly finishReason?: string | undefined;
  readonly usage?: Usage | undefined;
  /**
   * The event as one frame of an event stream (`data: …` and a blank line), where it arrived just so: to be sent on as
   * it is. Never written into.
   */
  readonly frame?: Uint8Array | undefined;
  /** Set with a frame whose like came before it: what both have in common. */
  readonly pattern?: FramePattern | undefined;
  /** Set on an event that differs from the one before it in the stream only by this piece: `json` need not be looked at. */
  readonly piece?: TextPiece | undefined;
}

/** The events that arrived together, in order; never empty. One socket read gives one batch at most. */
export interface Batch {
  readonly type: "batch";
  readonly events: readonly AnswerEvent[];
}

/** The end of an answer: whole when there is no failure. */
export interface Ending {
  readonly type: "ending";
  /** Absent: the answer is whole. Present: it was cut, and by what. */
  readonly failure?: Failure | undefined;
}

/** The ending of a whole answer. */
export const WHOLE: Ending = { type: "ending" };

/** Who is handed what a stream gives next. Neither of its functions may throw. */
export interface AnswerReader {
  take(next: Batch | Ending): void;
  /** A layer or an adapter threw where it should not: there is no more to come. */
  broken(error: unknown): void;
}

/**
 * An answer's events, pulled in batches (decision 0001).
 *
 * Whoever holds it either reads it to its ending or cancels it; both release everything below exactly once.
 */
export interface AnswerStream {
  /**
   * The next batch, or the ending. Never rejects. At most one read is pending at a time; after an ending every
   * read gives the same ending. No read pending means that the reader is slow: nothing below counts that as a stall.
   */
  read(): Promise<Batch | Ending>;
  /**
   * As {@link read}, without a promise: what comes next is handed to the reader in the moment in which it comes, and never
   * before this has returned (decision 0023). Absent where it would save nothing; to be called through {@link readInto}.
   */
  readInto?(reader: AnswerReader): void;
  /**
   * All events, where they are all there, none has been read and the answer is whole: taking them is reading the stream
   * to its ending. Undefined, or absent: it has to be read.
   */
  takeAll?(): readonly AnswerEvent[] | undefined;
  /** The reader needs no more. Settles a pending read with an ending of that failure. Idempotent; after an ending, nothing. */
  cancel(reason: Failure): void;
  /** As {@link onEnding}, without a wrapper; absent where a stream leaves that to one. */
  watch?(settle: (ending: Ending) => void): void;
}

/** Has a reader handed what any stream gives next. */
export function readInto(stream: AnswerStream, reader: AnswerReader): void {
  if (stream.readInto !== undefined) stream.readInto(reader);
  else {
    void stream.read().then(
      (next) => reader.take(next),
      (error: unknown) => reader.broken(error),
    );
  }
}

/** A stream's `read`, for one that hands on what it gives. */
export function readFrom(stream: Required<Pick<AnswerStream, "readInto">>): Promise<Batch | Ending> {
  return new Promise((resolve, reject) => stream.readInto({ take: resolve, broken: reject }));
}

/** Hands a reader what is there already, once it has returned from asking for it. */
export function handSoon(reader: AnswerReader, next: Batch | Ending): void {
  queueMicrotask(() => reader.take(next));
}

/** A stream over events that are already there. */
export function streamOf(events: readonly AnswerEvent[], ending: Ending = WHOLE): AnswerStream {
  let batch: Batch | undefined = events.length > 0 ? { type: "batch", events } : undefined;
  let last = ending;
  return {
    read() {
      const next = batch ?? last;
      batch = undefined;
      return Promise.resolve(next);
    },
    takeAll() {
      if (batch === undefined || last.failure !== undefined) return undefined;
      batch = undefined;
      return events;
    },
    cancel(reason) {
      if (batch === undefined) return;
      batch = undefined;
      last = { type: "ending", failure: reason };
    },
  };
}

/**
 * The same stream, with `settle` called exactly once: with the ending that was read or that it gave itself, or with the
 * reason of a cancel. A stream that has no `watch` of its own gets a wrapper, which the layers above then share.
 */
export function onEnding(stream: AnswerStream, settle: (ending: Ending) => void): AnswerStream {
  const watched = stream.watch === undefined ? new EndingStream(stream) : stream;
  watched.watch?.(settle);
  return watched;
}

/** Those who hold something until an answer's end, told once: the lowest layer first. */
export class EndingWatchers {
  #watchers: ((ending: Ending) => void)[] | undefined;
  #ending: Ending | undefined;

  /** Told at once when the answer has ended already. */
  add(settle: (ending: Ending) => void): void {
    if (this.#ending !== undefined) settle(this.#ending);
    else if (this.#watchers === undefined) this.#watchers = [settle];
    else this.#watchers.push(settle);
  }

  /** The answer has ended; what is said of its end later on is not heard. */
  tell(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    const watchers = this.#watchers ?? [];
    this.#watchers = undefined;
    for (const settle of watchers) settle(ending);
  }
}

/** A stream whose reads are looked at for its ending. */
class EndingStream implements AnswerStream {
  readonly #inner: AnswerStream;
  readonly #watchers = new EndingWatchers();

  constructor(inner: AnswerStream) {
    this.#inner = inner;
  }

  watch(settle: (ending: Ending) => void): void {
    this.#watchers.add(settle);
  }

  read(): Promise<Batch | Ending> {
    return this.#inner.read().then(this.#look);
  }

  takeAll(): readonly AnswerEvent[] | undefined {
    const events = this.#inner.takeAll?.();
    if (events !== undefined) this.#watchers.tell(WHOLE);
    return events;
  }

  cancel(reason: Failure): void {
    this.#inner.cancel(reason);
    this.#watchers.tell({ type: "ending", failure: reason });
  }

  readonly #look = (next: Batch | Ending): Batch | Ending => {
    if (next.type === "ending") this.#watchers.tell(next);
    return next;
  };
}
