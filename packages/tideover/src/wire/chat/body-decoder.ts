import { WHOLE } from "../../engine/answer-stream.ts";
import { type Failure, failure } from "../../engine/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { GrowingBuffer } from "../growing-buffer.ts";
import { bodyStart } from "./body-start.ts";
import { findBrokenFinish, findError } from "./broken-answer.ts";
import { eventOf, finishReasonOf } from "./chat-event.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { isTruncatedJson, parseJson } from "./json-text.ts";
import { type AnswerDecoder, type Decoded, NOTHING } from "./pump-answer.ts";

/** What a decoder of a whole document needs to know. */
export interface BodyDecoderOptions extends DecodeOptions {
  /** Most bytes of the document, leading blank lines aside. */
  readonly maxBytes: number;
}

const decoder = new TextDecoder();

/** Decodes an answer that comes as one JSON document, after any number of blank lines. Pure: bytes in, events out. */
export class BodyDecoder implements AnswerDecoder {
  readonly #options: BodyDecoderOptions;
  /** All there is so far, while it came in one read: it is then not copied. */
  #only: Uint8Array | undefined;
  readonly #bytes = new GrowingBuffer();

  constructor(options: BodyDecoderOptions) {
    this.#options = options;
  }

  push(bytes: Uint8Array): Decoded {
    const before = this.#only?.length ?? this.#bytes.length;
    let from = 0;
    if (before === 0) {
      const start = bodyStart(bytes);
      if (start === undefined) return NOTHING;
      if (start.kind !== "json") {
        const what = start.kind === "html" ? "an HTML page" : "text";
        return fail("not-json", `The provider sent ${what} where a JSON document was asked for.`);
      }
      from = start.at;
    }
    if (before + bytes.length - from > this.#options.maxBytes) {
      return fail("body-too-large", `The provider's answer is larger than ${this.#options.maxBytes} bytes.`);
    }
    if (before === 0) {
      this.#only = bytes.subarray(from);
      return NOTHING;
    }
    if (this.#only !== undefined) {
      this.#bytes.append(this.#only, 0, this.#only.length);
      this.#only = undefined;
    }
    this.#bytes.append(bytes, from, bytes.length);
    return NOTHING;
  }

  end(): Decoded {
    const bytes = this.#only ?? this.#bytes.view();
    if (bytes.length === 0) return fail("blank-body", "The provider's answer ended with nothing but blank lines.");
    const text = decoder.decode(bytes).trimEnd();
    this.#only = undefined;
    this.#bytes.clear();
    const value = parseJson(text);
    if (value === undefined) {
      return isTruncatedJson(text)
        ? fail("cut", "The provider's answer ended in the middle of the JSON document.")
        : fail("not-json", "The provider's answer is not valid JSON.");
    }
    // Google's hosts wrap an error in a list.
    const json: Json | undefined = Array.isArray(value) ? (value[0] as Json | undefined) : value;
    if (!isJsonObject(json)) return fail("not-an-answer", "The provider's answer is not a JSON object.");
    return this.#judge(text, json, Array.isArray(value));
  }

  broken(cause: Failure): Decoded {
    return { events: [], ending: { type: "ending", failure: cause } };
  }

  #judge(text: string, json: JsonObject, listed: boolean): Decoded {
    const error = findError(json);
    if (error !== undefined) return ended(this.#options.classifyError(error, false));
    const broken = findBrokenFinish(json);
    if (broken !== undefined) return ended(broken);
    const member = this.#options.operation === "embeddings" ? "data" : "choices";
    const list = json[member];
    if (listed || !Array.isArray(list) || list.length === 0) {
      return fail("not-an-answer", `The provider's answer has no "${member}".`);
    }
    return { events: [eventOf(text, json, true, finishReasonOf(json))], ending: WHOLE };
  }
}

function fail(reason: string, message: string): Decoded {
  return ended(failure("fault", reason, message));
}

function ended(cause: Failure): Decoded {
  return { events: [], ending: { type: "ending", failure: cause } };
}
