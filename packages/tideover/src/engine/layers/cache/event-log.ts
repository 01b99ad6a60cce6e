import type { AnswerEvent } from "../../answer-stream.ts";

/** Frames are copied into blocks of this many bytes: a log is at most one of them larger than what it holds. */
const BLOCK_BYTES = 16 * 1_024;
/** What stands around the JSON text of a frame. */
const FIELD_LENGTH = "data: ".length;
const FRAME_END = "\n\n";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Frames that follow each other, within one block. */
interface Run {
  readonly block: Uint8Array;
  readonly start: number;
  end: number;
}

/**
 * The texts of an answer's events while it is being made, held in a third of what the events take: nearly all of them are
 * frames, which are copied one behind the other, and of the rest only the text is held. The events themselves, with what
 * was parsed of them and the socket's buffers below them, go as soon as the caller has had them.
 */
export class EventLog {
  readonly #entries: (Run | string)[] = [];
  #block = new Uint8Array(0);
  #used = 0;
  #last: Run | undefined;
  #length = 0;
  #whole = false;

  /** The log of events that are all there. */
  static of(events: readonly AnswerEvent[]): EventLog {
    const log = new EventLog();
    for (const event of events) log.add(event);
    return log;
  }

  /** Bytes of frames and UTF-16 units of other texts. */
  get length(): number {
    return this.#length;
  }

  /** The answer is one whole document. */
  get isDocument(): boolean {
    return this.#whole && this.#entries.length === 1;
  }

  add(event: AnswerEvent): void {
    const { frame } = event;
    this.#whole = event.whole;
    // What is not mere frames of pieces has its text already.
    if (frame === undefined) {
      this.#entries.push(event.data);
      this.#last = undefined;
      this.#length += event.data.length;
      return;
    }
    this.#length += frame.length;
    if (this.#used + frame.length > this.#block.length) {
      this.#block = new Uint8Array(Math.max(BLOCK_BYTES, frame.length));
      this.#used = 0;
      this.#last = undefined;
    }
    this.#block.set(frame, this.#used);
    if (this.#last === undefined) {
      this.#last = { block: this.#block, start: this.#used, end: this.#used };
      this.#entries.push(this.#last);
    }
    this.#used += frame.length;
    this.#last.end = this.#used;
  }

  /** The JSON texts of the events, in order. */
  texts(): string[] {
    return this.#entries.flatMap((entry) => (typeof entry === "string" ? [entry] : textsOf(entry)));
  }
}

/** A frame is one line and a blank one, and its JSON has no line ends of its own: that is what makes it a frame. */
function textsOf({ block, start, end }: Run): string[] {
  const frames = decoder.decode(block.subarray(start, end)).split(FRAME_END);
  return frames.slice(0, -1).map((frame) => frame.slice(FIELD_LENGTH));
}
