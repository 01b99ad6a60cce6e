import { type AnswerEvent, type Ending, WHOLE } from "../../engine/answer-stream.ts";
import { type Failure, failure } from "../../engine/failure.ts";
import { isJsonObject, type JsonObject } from "../../engine/json.ts";
import { type SseFrame, SseParser } from "../sse/sse-parser.ts";
import { BodyDecoder } from "./body-decoder.ts";
import { bodyStart } from "./body-start.ts";
import { findBrokenFinish, findError, withoutEnd } from "./broken-answer.ts";
import { eventFrom, eventOf, isWholeAnswer } from "./chat-event.ts";
import { ChoiceLedger } from "./choice-ledger.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { parseJson } from "./json-text.ts";
import { type AnswerDecoder, type Decoded, NOTHING } from "./pump-answer.ts";
import { RepeatedFrame } from "./repeated-frame.ts";

/** What a decoder of a streamed answer needs to know. */
export interface StreamDecoderOptions extends DecodeOptions {
  /** Most bytes of one frame. */
  readonly maxFrameBytes: number;
  /** Most bytes of a JSON document that comes where a stream was asked for. */
  readonly maxBytes: number;
}

/** The data of the frame that ends a whole stream in the OpenAI form. */
const DONE_DATA = "[DONE]";

const LINE_FEED = 10;

/** So many frames are learned from without another like them coming, before that is given up. */
const MOST_LEARNED_IN_VAIN = 16;

/** Most characters of an error text that is no JSON which are handed to the classifier. */
const MAX_ERROR_TEXT = 2_000;

/**
 * Decodes a streamed answer. The rules of its endings are in `wire/README.md`. Pure: bytes in, events out.
 */
export class StreamDecoder implements AnswerDecoder {
  readonly #options: StreamDecoderOptions;
  readonly #parser: SseParser;
  readonly #ledger: ChoiceLedger;
  /** Undecided until the first byte that is not white space. */
  #form: "undecided" | "sse" | "json" = "undecided";
  #body: BodyDecoder | undefined;
  /** The stream's first line cannot be one of `text/event-stream`; to be said if no event follows. */
  #foreignStart = false;
  #anyFrame = false;
  /** What the last frame was like; undefined where it said more than a piece of a text. */
  #repeated: RepeatedFrame | undefined;
  /** Frames that were learned since one was last recognised. */
  #learnedInVain = 0;
  #committed = false;
  #ending: Ending | undefined;

  constructor(options: StreamDecoderOptions) {
    this.#options = options;
    this.#parser = new SseParser(options.maxFrameBytes);
    this.#ledger = new ChoiceLedger(options.choices ?? 1);
  }

  push(bytes: Uint8Array): Decoded {
    if (this.#form === "sse") return this.#takeFrames(bytes);
    if (this.#body !== undefined) return this.#body.push(bytes);
    const start = bodyStart(bytes);
    if (start === undefined) return NOTHING;
    const rest = bytes.subarray(start.at);
    switch (start.kind) {
      case "html":
        return this.#fail("not-a-stream", "The provider sent an HTML page where an answer stream was asked for.");
      case "json":
        this.#form = "json";
        this.#body = new BodyDecoder(this.#options);
        return this.#body.push(rest);
      default:
        this.#form = "sse";
        this.#foreignStart = start.kind === "other";
        return this.#takeFrames(rest);
    }
  }

  end(): Decoded {
    if (this.#body !== undefined) return this.#body.end();
    if (this.#ledger.complete) return { events: [], ending: WHOLE };
    if (this.#anyFrame) return this.#fail("cut", "The stream ended before the answer was finished.");
    if (this.#foreignStart) return this.#fail("not-a-stream", "The provider sent text that is no event stream.");
    if (this.#parser.hasPartial()) return this.#fail("cut", "The stream ended within its first event.");
    return this.#fail("blank-body", "The stream ended with nothing but blank lines and keep-alives.");
  }

  broken(cause: Failure): Decoded {
    // Nothing is missing from an answer whose every choice is finished, but perhaps the usage.
    if (this.#ledger.complete) return { events: [], ending: WHOLE };
    return this.#ended({ ...cause, committed: this.#committed });
  }

  #takeFrames(bytes: Uint8Array): Decoded {
    const events: AnswerEvent[] = [];
    let at = 0;
    while (at < bytes.length) {
      at = this.#takeRepeated(bytes, at, events);
      if (at === bytes.length) break;
      const end = this.#isLearning ? endOfFrame(bytes, at) : bytes.length;
      this.#parse(bytes.subarray(at, end), events);
      if (this.#ending !== undefined) return { events, ending: this.#ending };
      at = end;
    }
    return events.length > 0 ? { events } : NOTHING;
  }

  #parse(bytes: Uint8Array, events: AnswerEvent[]): void {
    for (const frame of this.#parser.push(bytes)) {
      this.#takeFrame(frame, events);
      if (this.#ending !== undefined) return;
    }
    const overflow = this.#parser.failure;
    if (overflow !== undefined) this.#end({ ...overflow, committed: this.#committed });
  }

  /** Takes the frames from `start` on that are like the last one. @returns where they end. */
  #takeRepeated(bytes: Uint8Array, start: number, events: AnswerEvent[]): number {
    const repeated = this.#repeated;
    if (repeated === undefined || !this.#parser.isBetweenFrames()) return start;
    let at = start;
    for (;;) {
      const event = repeated.match(bytes, at);
      if (event === undefined) return at;
      this.#learnedInVain = 0;
      at += event.frame.length;
      this.#deliver(event, events);
    }
  }

  get #isLearning(): boolean {
    return this.#learnedInVain < MOST_LEARNED_IN_VAIN;
  }

  /** Notes what the next frame may be like. A host whose frames all differ is not learned from for ever. */
  #learn(data: string, json: JsonObject): void {
    this.#repeated = undefined;
    if (!this.#isLearning) return;
    this.#repeated = RepeatedFrame.learn(data, json);
    if (this.#repeated !== undefined) this.#learnedInVain++;
  }

  #takeFrame(frame: SseFrame, events: AnswerEvent[]): void {
    const { data } = frame;
    if (data === "") return;
    this.#anyFrame = true;
    if (data === DONE_DATA || data.trim() === DONE_DATA) {
      this.#done();
      return;
    }
    const json = parseJson(data);
    if (!isJsonObject(json)) {
      this.#end(this.#unreadable(frame));
      return;
    }
    const error = frame.event === "error" ? (findError(json) ?? json) : findError(json);
    if (error !== undefined) {
      this.#deliverRest(json, events);
      this.#end(this.#options.classifyError(error, this.#committed));
      return;
    }
    const broken = findBrokenFinish(json);
    if (broken !== undefined) {
      this.#deliverRest(json, events);
      this.#end({ ...broken, committed: this.#committed });
      return;
    }
    const finishReason = this.#ledger.note(json);
    if (this.#ledger.tooMany) {
      this.#end(this.#fault("malformed-frame", "The provider's answer has more choices than any request can ask for."));
      return;
    }
    this.#deliver(eventOf(data, json, isWholeAnswer(json), finishReason), events);
    this.#learn(data, json);
  }

  /** The text that came in the frame that broke the answer belongs to the answer; its end does not. */
  #deliverRest(json: JsonObject, events: AnswerEvent[]): void {
    const event = eventFrom(withoutEnd(json), false);
    if (event.substance !== "none" && !isWholeAnswer(json)) this.#deliver(event, events);
  }

  #deliver(event: AnswerEvent, events: AnswerEvent[]): void {
    if (event.substance === "content") this.#committed = true;
    events.push(event);
  }

  #done(): void {
    // A host that never sends finish reasons ends its answers like this; one that does has left a choice open.
    const finished = this.#ledger.complete || (!this.#ledger.anyFinished && this.#committed);
    if (finished) this.#ending = WHOLE;
    else this.#end(this.#fault("cut", "The stream said that it was done before the answer was finished."));
  }

  #unreadable(frame: SseFrame): Failure {
    if (frame.event === "error") {
      return this.#options.classifyError({ message: frame.data.slice(0, MAX_ERROR_TEXT) }, this.#committed);
    }
    return this.#fault("malformed-frame", "The provider sent a stream event whose data is not a JSON object.");
  }

  #fault(reason: string, message: string): Failure {
    return failure("fault", reason, message, { committed: this.#committed });
  }

  #fail(reason: string, message: string): Decoded {
    return this.#ended(this.#fault(reason, message));
  }

  #ended(cause: Failure): Decoded {
    return { events: [], ending: this.#end(cause) };
  }

  #end(cause: Failure): Ending {
    this.#ending = { type: "ending", failure: cause };
    return this.#ending;
  }
}

/** Where the first frame from `start` on ends, if it ends in two line feeds; else the end of the bytes. */
function endOfFrame(bytes: Uint8Array, start: number): number {
  let at = bytes.indexOf(LINE_FEED, start);
  while (at !== -1 && bytes[at + 1] !== LINE_FEED) at = bytes.indexOf(LINE_FEED, at + 1);
  return at === -1 ? bytes.length : at + 2;
}
