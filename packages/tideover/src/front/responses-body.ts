import { isFailure, isJsonObject, type JsonObject } from "../engine/index.ts";
import { AnswerFolder, chatEvent, KEEP_ALIVE, MAX_BODY_BYTES, ResponsesStream, SseParser } from "../wire/index.ts";
import type { AskedResponse } from "./asked-response.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpBody } from "./http.ts";
import { OutgoingFrames } from "./outgoing-frames.ts";
import { followedJob } from "./response-events.ts";
import { headOfAnswer, keepResponse } from "./response-keeping.ts";

/**
 * A chat stream on its way to a caller of the Responses API. It is translated as it is read, so backpressure, the signs
 * of life and the end of a cut stream stay the chat stream's own: an error becomes `response.failed`, and only `[DONE]`
 * leads to `response.completed`.
 */
export class ResponsesStreamBody implements HttpBody {
  readonly #source: HttpBody;
  readonly #exchange: Exchange;
  readonly #asked: AskedResponse;
  readonly #parser = new SseParser(MAX_BODY_BYTES);
  readonly #folder = new AnswerFolder("chat");
  #events: ResponsesStream | undefined;
  #tideover: JsonObject[string] | undefined;
  /** The body that goes on where a ticket took the stream's place. */
  #next: HttpBody | undefined;
  #ended = false;
  #cancelled = false;

  constructor(source: HttpBody, exchange: Exchange, asked: AskedResponse) {
    this.#source = source;
    this.#exchange = exchange;
    this.#asked = asked;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#next !== undefined) return this.#next.read();
    while (!this.#ended) {
      const bytes = await this.#source.read();
      const translated = bytes === undefined ? this.#endedEarly() : await this.#translate(bytes);
      const next = this.#following();
      if (next !== undefined) return next.read();
      if (translated !== undefined) return translated;
    }
    return undefined;
  }

  cancel(): void {
    this.#ended = true;
    this.#cancelled = true;
    this.#next?.cancel();
    this.#source.cancel();
  }

  #following(): HttpBody | undefined {
    return this.#next;
  }

  async #translate(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const frames = this.#parser.push(bytes);
    // The front writes whole frames; what holds none is a comment, the sign of life.
    if (frames.length === 0 && this.#parser.failure === undefined) return KEEP_ALIVE;
    const out = new OutgoingFrames();
    for (const { data } of frames) {
      if (this.#ended) break;
      await this.#take(data, out);
    }
    if (this.#parser.failure !== undefined && !this.#ended) this.#giveUp("A part of the answer is too large.", out);
    return out.bytes();
  }

  async #take(data: string, out: OutgoingFrames): Promise<void> {
    if (data === "[DONE]") {
      await this.#complete(out);
      return;
    }
    const event = chatEvent(data);
    if (isFailure(event)) {
      this.#giveUp("A part of the answer cannot be read.", out);
      return;
    }
    const chunk = event.json;
    if (isJsonObject(chunk.error)) this.#fail(chunk.error, chunk.tideover, out);
    else if (chunk.object === "job") await this.#becomeJob(chunk, out);
    else {
      this.#tideover = chunk.tideover ?? this.#tideover;
      if (this.#asked.head.stored) this.#folder.add(event);
      const events = this.#folder.failure === undefined ? this.#stream().push(chunk) : undefined;
      if (events === undefined) this.#giveUp("The answer is too large.", out);
      else out.addEvents(events);
    }
  }

  /** Made with the first chunk: by then it is known under which identifier the answer is kept. */
  #stream(): ResponsesStream {
    this.#events ??= new ResponsesStream(headOfAnswer(this.#exchange, this.#asked));
    return this.#events;
  }

  /** The answer is kept before its last event says that it is whole. */
  async #complete(out: OutgoingFrames): Promise<void> {
    this.#ended = true;
    const tideover = this.#tideover;
    const answer = { ...this.#folder.result(), tideover };
    const { stored } = await keepResponse(this.#exchange, this.#asked, answer);
    if (this.#cancelled) return;
    out.addEvents(this.#stream().end({ endedAt: this.#exchange.clock.wallTime(), stored, tideover }));
  }

  /** The head had gone out when the call was taken as a job. */
  async #becomeJob({ id }: JsonObject, out: OutgoingFrames): Promise<void> {
    this.#ended = true;
    const { head, background } = this.#asked;
    const job = typeof id === "string" ? id : head.id;
    if (background) this.#next = await followedJob(this.#exchange, job, head.request, { startingAfter: -1 });
    if (this.#next === undefined) out.addEvents(new ResponsesStream({ ...head, id: job }).queued());
  }

  #fail(told: JsonObject, tideover: JsonObject[string] | undefined, out: OutgoingFrames): void {
    this.#ended = true;
    const { code = null, message = "", type = null, param = null } = told;
    const error = { code: code ?? "server_error", message, type, param };
    out.addEvents(this.#stream().fail({ error, tideover, stored: false }));
  }

  #giveUp(message: string, out: OutgoingFrames): void {
    this.#fail({ message, code: "stream_interrupted" }, undefined, out);
    this.#source.cancel();
  }

  /** The front ends every stream with `[DONE]`, an error or a ticket; whatever does not was cut. */
  #endedEarly(): Uint8Array | undefined {
    const out = new OutgoingFrames();
    this.#giveUp("The answer ended before it was whole.", out);
    return out.bytes();
  }
}
