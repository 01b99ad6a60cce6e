import {
  type Answer,
  type AnswerEvent,
  type AnswerStream,
  type Batch,
  type Call,
  type Clock,
  type Ending,
  type Failure,
  isFailure,
  type Origin,
  type Outcome,
  type Service,
  sleep,
  WHOLE,
} from "../../engine/index.ts";
import { VirtualClock } from "../../testing/index.ts";
import { chatEvent } from "../../wire/index.ts";
import { ALL_ENDPOINTS } from "../all-endpoints.ts";
import type { ExchangeRecord } from "../exchange.ts";
import { createHandler } from "../front.ts";
import type { FrontOptions, FrontRoute } from "../front-options.ts";
import { bytesOf, type Handler, type HttpRequest, type HttpResponse, isWholeBody, textOfBody } from "../http.ts";

/** One step of a scripted stream: events that come `after` ms of a pending read. */
export interface StreamStep {
  readonly after?: number;
  readonly events?: readonly AnswerEvent[];
  readonly ending?: Ending;
}

/** A stream that gives its steps in order; it never ends by itself when the last one is no ending. */
export class ScriptedStream implements AnswerStream {
  readonly #clock: Clock;
  readonly #steps: StreamStep[];
  readonly #stop = new AbortController();
  #ending: Ending | undefined;
  cancelled: Failure | undefined;

  constructor(clock: Clock, steps: readonly StreamStep[]) {
    this.#clock = clock;
    this.#steps = [...steps];
  }

  async read(): Promise<Batch | Ending> {
    if (this.#ending !== undefined) return this.#ending;
    const step = this.#steps.shift();
    const waited = step === undefined ? await never(this.#stop.signal) : await this.#wait(step.after ?? 0);
    if (this.#ending !== undefined || !waited) return this.#ending ?? WHOLE;
    if (step?.events !== undefined) return { type: "batch", events: step.events };
    this.#ending = step?.ending ?? WHOLE;
    return this.#ending;
  }

  cancel(reason: Failure): void {
    if (this.#ending !== undefined) return;
    this.cancelled = reason;
    this.#ending = { type: "ending", failure: reason };
    this.#stop.abort(reason);
  }

  #wait(ms: number): Promise<boolean> {
    return ms === 0 ? Promise.resolve(true) : sleep(this.#clock, ms, this.#stop.signal);
  }
}

function never(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(false), { once: true }));
}

/** The event of a JSON text. */
export function event(data: string): AnswerEvent {
  const made = chatEvent(data);
  if (isFailure(made)) throw new Error(made.message);
  return made;
}

/** The events of a short streamed answer, `word` by `word`, with DeepSeek's finish. */
export function chunks(...words: readonly string[]): AnswerEvent[] {
  return words.map((content) => event(chunkText({ content }, null)));
}

/** The JSON text of one chunk. */
export function chunkText(delta: object, finishReason: string | null): string {
  return JSON.stringify({
    id: "answer-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "deepseek-flash-1017",
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
}

/** The chunk that finishes an answer. */
export const FINISH = event(chunkText({ content: "" }, "stop"));

/** The trailing usage chunk. */
export const USAGE = event(
  '{"id":"answer-1","object":"chat.completion.chunk","created":1,"model":"deepseek-flash-1017","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}',
);

export const LIVE: Origin = { rung: "live", provider: "deepseek", model: "deepseek-flash", degraded: false };

/** An answer with its stream. */
export function answerOf(stream: AnswerStream, origin: Origin = LIVE): Answer {
  return { type: "answer", origin, stream };
}

/** What a test can do with a front. */
export interface Harness {
  readonly clock: VirtualClock;
  readonly handler: Handler;
  readonly records: ExchangeRecord[];
  /** The calls that reached the service. */
  readonly calls: Call[];
}

/** A front over one scripted service that takes every model but those that begin with `unknown`. */
export function harness(
  service: (call: Call, clock: VirtualClock) => Promise<Outcome> | Outcome,
  options: Partial<FrontOptions> = {},
  route: Partial<FrontRoute> = {},
): Harness {
  const clock = new VirtualClock();
  const records: ExchangeRecord[] = [];
  const calls: Call[] = [];
  let nextId = 0;
  const scripted: Service = async (call) => {
    calls.push(call);
    return await service(call, clock);
  };
  const handler = createHandler({
    clock,
    ids: { next: () => `request-${++nextId}` },
    findRoute: (model) =>
      model.startsWith("unknown")
        ? undefined
        : { name: "default", service: scripted, deadlineMs: 120_000, models: ["deepseek-flash"], ...route },
    listModels: () => [{ id: "deepseek-flash", ownedBy: "deepseek" }],
    endpoints: ALL_ENDPOINTS,
    keys: [],
    ready: () => ({ ready: true, reasons: [] }),
    onExchange: (record) => records.push(record),
    ...options,
  });
  return { clock, handler, records, calls };
}

/** What a test may say about a request; the rest is a plain chat request. */
export interface RequestParts {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | object;
  readonly signal?: AbortSignal;
}

/** A request as a server would hand it over. */
export function request(parts: RequestParts = {}): HttpRequest {
  const { method = "POST", path = "/v1/chat/completions", body = CHAT, signal = new AbortController().signal } = parts;
  const headers: Readonly<Record<string, string>> = {
    host: "localhost:8787",
    "content-type": "application/json",
    ...parts.headers,
  };
  const bytes = body instanceof Uint8Array ? body : bytesOf(typeof body === "string" ? body : JSON.stringify(body));
  return {
    method,
    path,
    header: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
    body: bytes,
    signal,
  };
}

/** A plain chat request. */
export const CHAT = { model: "deepseek-flash", messages: [{ role: "user", content: "Hello" }] };

/** The same, streamed. */
export const STREAMED = { ...CHAT, stream: true };

const decoder = new TextDecoder();

/** The text of a whole body, or of a body read to its end. */
export async function textOf(response: HttpResponse): Promise<string> {
  if (isWholeBody(response.body)) return textOfBody(response.body);
  let text = "";
  for (;;) {
    const bytes = await response.body.read();
    if (bytes === undefined) return text;
    text += decoder.decode(bytes);
  }
}

/** The `data` of each server-sent event in a text; comments as they are. */
export function eventsIn(text: string): string[] {
  return text
    .split("\n\n")
    .filter((part) => part !== "")
    .map((part) => (part.startsWith("data: ") ? part.slice("data: ".length) : part));
}

/** JSON that a test knows: every member may be looked into. */
export interface KnownJson {
  readonly [member: string]: KnownJson;
}

/** The JSON of a text, for assertions. */
export function parsed(text: string | undefined): KnownJson {
  return JSON.parse(text ?? "null");
}
