import { isJsonObject, type JsonObject } from "../engine/index.ts";
import {
  encodeEvent,
  MAX_BODY_BYTES,
  type MessagesStream,
  messagesError,
  parseJson,
  SseParser,
} from "../wire/index.ts";
import { bytesOf, type HttpBody } from "./http.ts";
import { OutgoingFrames } from "./outgoing-frames.ts";

const PING = encodeEvent({ event: "ping", data: '{"type":"ping"}' });

/**
 * A chat stream on its way to a caller of the Messages API. It is translated as it is read, so backpressure, the signs
 * of life and the end of a cut stream stay the chat stream's own: a comment becomes `ping`, an error in-band `error`,
 * and only `[DONE]` leads to `message_stop`.
 */
export class MessagesStreamBody implements HttpBody {
  readonly #source: HttpBody;
  readonly #messages: MessagesStream;
  readonly #requestId: string;
  readonly #parser = new SseParser(MAX_BODY_BYTES);
  #ended = false;

  constructor(source: HttpBody, messages: MessagesStream, requestId: string) {
    this.#source = source;
    this.#messages = messages;
    this.#requestId = requestId;
  }

  async read(): Promise<Uint8Array | undefined> {
    while (!this.#ended) {
      const bytes = await this.#source.read();
      const translated = bytes === undefined ? this.#endedEarly() : this.#translate(bytes);
      if (translated !== undefined) return translated;
    }
    return undefined;
  }

  cancel(): void {
    this.#ended = true;
    this.#source.cancel();
  }

  #translate(bytes: Uint8Array): Uint8Array | undefined {
    const frames = this.#parser.push(bytes);
    // The front writes whole frames; what holds none is a comment, the sign of life.
    if (frames.length === 0 && this.#parser.failure === undefined) return PING;
    const out = new OutgoingFrames();
    for (const { data } of frames) {
      if (this.#ended) break;
      this.#take(data, out);
    }
    if (this.#parser.failure !== undefined && !this.#ended) this.#giveUp("A part of the answer is too large.", out);
    return out.bytes();
  }

  #take(data: string, out: OutgoingFrames): void {
    if (data === "[DONE]") {
      this.#ended = true;
      out.addEvents(this.#messages.end());
      return;
    }
    const chunk = parseJson(data);
    if (!isJsonObject(chunk)) this.#giveUp("A part of the answer cannot be read.", out);
    else if (isJsonObject(chunk.error)) this.#fail(chunk.error, chunk, out);
    else if (chunk.object === "job") {
      this.#ended = true;
      out.add(encodeEvent({ event: "ticket", data: JSON.stringify({ type: "ticket", job: chunk }) }));
    } else {
      const events = this.#messages.push(chunk);
      if (events === undefined) this.#giveUp("The calls of tools in the answer are too large.", out);
      else out.addEvents(events);
    }
  }

  #fail(error: JsonObject, { tideover }: JsonObject, out: OutgoingFrames): void {
    this.#ended = true;
    const { status, ...told } = error;
    const code = typeof status === "number" ? status : 502;
    out.addEvents([messagesError(code, { ...told, status: code }, this.#requestId, tideover)]);
  }

  #giveUp(message: string, out: OutgoingFrames): void {
    this.#fail({ message, code: "stream_interrupted" }, {}, out);
    this.#source.cancel();
  }

  /** The front ends every stream with `[DONE]`, an error or a ticket; whatever does not was cut. */
  #endedEarly(): Uint8Array | undefined {
    const out = new OutgoingFrames();
    this.#giveUp("The answer ended before it was whole.", out);
    return out.bytes();
  }
}

/** An unstreamed answer whose silence is bridged by newlines: they go on, and the document behind them is translated. */
export class BridgedMessageBody implements HttpBody {
  readonly #source: HttpBody;
  readonly #translate: (text: string) => string | Promise<string>;
  readonly #decoder = new TextDecoder();
  #text = "";
  #ended = false;

  constructor(source: HttpBody, translate: (text: string) => string | Promise<string>) {
    this.#source = source;
    this.#translate = translate;
  }

  async read(): Promise<Uint8Array | undefined> {
    while (!this.#ended) {
      const bytes = await this.#source.read();
      if (bytes === undefined) {
        this.#ended = true;
        return this.#text === "" ? undefined : bytesOf(await this.#translate(this.#text));
      }
      const text = this.#decoder.decode(bytes, { stream: true });
      if (this.#text === "" && text.trim() === "") return bytes;
      this.#text += text;
    }
    return undefined;
  }

  cancel(): void {
    this.#ended = true;
    this.#source.cancel();
  }
}
