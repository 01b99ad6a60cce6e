import { type Failure, failure } from "../../engine/failure.ts";
import { isJsonObject } from "../../engine/json.ts";
import type { ByteSource } from "../../engine/ports/transport.ts";
import { MAX_BODY_BYTES } from "../chat/decode-body.ts";
import { parseJson } from "../chat/json-text.ts";
import { DONE, encodeJson } from "../sse/encode-sse.ts";
import { SseParser } from "../sse/sse-parser.ts";
import { ChatChunks } from "./chat-chunks.ts";
import { chatDocument } from "./chat-document.ts";

/**
 * The bytes of a Messages stream as those of a chat stream, so that everything above (commit, cuts, continuation, usage)
 * is what it is for every other provider. Batches stay batches; a read that says nothing gives a comment, so that the
 * connection is seen to live.
 */
export class ChatStreamSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #parser = new SseParser();
  readonly #chunks: ChatChunks;
  #ended = false;

  constructor(source: ByteSource, created: number) {
    this.#source = source;
    this.#chunks = new ChatChunks(created);
  }

  async read(): Promise<Uint8Array | undefined | Failure> {
    if (this.#ended) return undefined;
    const bytes = await this.#source.read();
    // A stream that just closes gets no `[DONE]` here: it is then read as cut, as it is.
    if (!(bytes instanceof Uint8Array)) return bytes;
    const parts: Uint8Array[] = [];
    for (const { data } of this.#parser.push(bytes)) {
      const event = parseJson(data);
      // Passed on as it came, to be judged as every malformed event is.
      if (!isJsonObject(event)) parts.push(encodeJson(data));
      else for (const chunk of this.#chunks.push(event)) parts.push(encodeJson(JSON.stringify(chunk)));
    }
    if (this.#parser.failure !== undefined) {
      this.cancel();
      return this.#parser.failure;
    }
    if (this.#chunks.isWhole) {
      parts.push(DONE);
      this.#ended = true;
      this.#source.cancel();
    }
    return joinedBytes(parts);
  }

  cancel(): void {
    this.#ended = true;
    this.#source.cancel();
  }
}

/** The bytes of a whole message as those of a chat completion: read to its end, and given at once. */
export class ChatDocumentSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #created: number;
  #ended = false;

  constructor(source: ByteSource, created: number) {
    this.#source = source;
    this.#created = created;
  }

  async read(): Promise<Uint8Array | undefined | Failure> {
    if (this.#ended) return undefined;
    const bytes = await readWhole(this.#source);
    this.#ended = true;
    if (!(bytes instanceof Uint8Array)) return bytes;
    const message = parseJson(new TextDecoder().decode(bytes));
    // What is no JSON object is judged as it came.
    if (!isJsonObject(message)) return bytes;
    return new TextEncoder().encode(JSON.stringify(chatDocument(message, this.#created)));
  }

  cancel(): void {
    this.#ended = true;
    this.#source.cancel();
  }
}

/**
 * Reads a source to its end, at most {@link MAX_BODY_BYTES}.
 * @returns undefined when there was nothing
 */
export async function readWhole(source: ByteSource): Promise<Uint8Array | undefined | Failure> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const next = await source.read();
    if (next === undefined) return length === 0 ? undefined : joinedBytes(parts);
    if (!(next instanceof Uint8Array)) return next;
    parts.push(next);
    length += next.length;
    if (length > MAX_BODY_BYTES) {
      source.cancel();
      return failure("fault", "answer-too-long", `The answer is longer than ${MAX_BODY_BYTES} bytes.`);
    }
  }
}

/** A comment, which says nothing and is no end. */
const NOTHING = new TextEncoder().encode(":\n\n");

/** The parts as one; a comment where there are none, so that the connection is seen to live. */
export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only === undefined) return NOTHING;
  if (parts.length === 1) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
