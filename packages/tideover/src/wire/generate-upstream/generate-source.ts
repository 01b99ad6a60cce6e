import type { Failure } from "../../engine/failure.ts";
import { isJsonObject } from "../../engine/json.ts";
import type { ByteSource } from "../../engine/ports/transport.ts";
import { parseJson } from "../chat/json-text.ts";
import { joinedBytes, readWhole } from "../messages-upstream/chat-source.ts";
import { DONE, encodeJson } from "../sse/encode-sse.ts";
import { SseParser } from "../sse/sse-parser.ts";
import { errorOf, GeneratedAnswer, type GeneratedFacts } from "./generated-answer.ts";

/**
 * The bytes of a `generate_stream` as those of a chat stream. The wire has no `[DONE]`: a response that ends as HTTP
 * says a response ends is whole, one whose connection breaks is cut, and one without any text is no answer.
 */
export class GenerateStreamSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #parser = new SseParser();
  readonly #answer: GeneratedAnswer;
  #ended = false;
  #failed = false;
  #hasRole = false;

  constructor(source: ByteSource, facts: GeneratedFacts) {
    this.#source = source;
    this.#answer = new GeneratedAnswer(facts);
  }

  async read(): Promise<Uint8Array | undefined | Failure> {
    if (this.#ended) return undefined;
    const bytes = await this.#source.read();
    if (bytes !== undefined && !(bytes instanceof Uint8Array)) return bytes;
    if (bytes === undefined) {
      this.#ended = true;
      return this.#answer.hasBegun && !this.#failed ? joinedBytes(this.#last()) : undefined;
    }
    const parts: Uint8Array[] = [];
    for (const { data } of this.#parser.push(bytes)) {
      if (this.#answer.stopped) break;
      const part = this.#partOf(data);
      if (this.#answer.hasBegun && !this.#hasRole) {
        this.#hasRole = true;
        parts.push(this.#chunk({ role: "assistant", content: "" }));
      }
      if (part !== undefined) parts.push(part);
    }
    if (this.#parser.failure !== undefined) {
      this.cancel();
      return this.#parser.failure;
    }
    if (this.#answer.stopped) {
      parts.push(...this.#last());
      // The model may go on after it; the server ends the work when the connection is closed.
      this.cancel();
    }
    return joinedBytes(parts);
  }

  cancel(): void {
    this.#ended = true;
    this.#source.cancel();
  }

  #partOf(data: string): Uint8Array | undefined {
    const response = parseJson(data);
    const error = errorOf(response);
    if (error !== undefined) {
      this.#failed = true;
      return encodeJson(JSON.stringify(error));
    }
    const text = isJsonObject(response) ? this.#answer.push(response) : undefined;
    // Passed on as it came, to be judged as every malformed event is.
    if (text === undefined) return encodeJson(data);
    return text === "" ? undefined : this.#chunk({ content: text });
  }

  #last(): Uint8Array[] {
    const rest = this.#answer.rest();
    const { usage } = this.#answer;
    const finish = this.#answer.chunk({}, this.#answer.finishReason);
    return [
      ...(rest === "" ? [] : [this.#chunk({ content: rest })]),
      encodeJson(JSON.stringify(usage === undefined ? finish : { ...finish, usage })),
      DONE,
    ];
  }

  #chunk(delta: Parameters<GeneratedAnswer["chunk"]>[0]): Uint8Array {
    return encodeJson(JSON.stringify(this.#answer.chunk(delta)));
  }
}

/** The bytes of a `generate` answer as those of a chat completion: read to its end, and given at once. */
export class GenerateDocumentSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #answer: GeneratedAnswer;
  #ended = false;

  constructor(source: ByteSource, facts: GeneratedFacts) {
    this.#source = source;
    this.#answer = new GeneratedAnswer(facts);
  }

  async read(): Promise<Uint8Array | undefined | Failure> {
    if (this.#ended) return undefined;
    const bytes = await readWhole(this.#source);
    this.#ended = true;
    if (!(bytes instanceof Uint8Array)) return bytes;
    const response = parseJson(new TextDecoder().decode(bytes));
    const text = isJsonObject(response) ? this.#answer.push(response) : undefined;
    // What is no such answer is judged as it came.
    if (text === undefined) return bytes;
    return new TextEncoder().encode(JSON.stringify(this.#answer.document(text + this.#answer.rest())));
  }

  cancel(): void {
    this.#ended = true;
    this.#source.cancel();
  }
}
