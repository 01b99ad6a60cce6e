import {
  type AnswerEvent,
  type Call,
  type CallRequest,
  type Clock,
  type Failure,
  failureOf,
  type JsonObject,
  newTrace,
  type Transport,
} from "tideover/engine";
import { type Account, ALL_WIRES, createOpenAiAdapter, type ProviderDefinition } from "tideover/providers";
import { AnswerText } from "tideover/wire";
import { bounded } from "./bounded.ts";
import { ANSWER_WAIT_MS } from "./defaults.ts";
import type { UsagePlacement } from "./report.ts";

/** Whom to ask, and through what. */
export interface Patient {
  readonly definition: ProviderDefinition;
  readonly account: Account;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Ends the whole examination. */
  readonly signal: AbortSignal;
  /** Streams are asked for their usage; some hosts refuse the question. */
  readonly asksUsage: boolean;
}

/** What a stream brought. */
export interface Asked {
  readonly type: "asked";
  readonly content: string;
  readonly reasoning: string;
  /** Where the pieces (deltas) of the content begin, in UTF-16 units. */
  readonly starts: readonly number[];
  /** From sending to the first piece of an answer or of reasoning, in ms; undefined when there was none. */
  readonly firstTokenMs: number | undefined;
  readonly usage: UsagePlacement;
  readonly model: string | undefined;
}

/**
 * Asks for a streamed chat answer by the way that every request goes, and reads it to its end.
 * @param body the request without `model` and the settings of streams.
 * @param waitMs longest wait for the whole of it
 */
export function ask(
  patient: Patient,
  model: string,
  body: JsonObject,
  waitMs: number = ANSWER_WAIT_MS,
): Promise<Asked | Failure> {
  return bounded(patient.clock, waitMs, patient.signal, (signal) => read(patient, model, body, signal));
}

async function read(patient: Patient, model: string, body: JsonObject, signal: AbortSignal): Promise<Asked | Failure> {
  const { definition, account, transport, clock } = patient;
  if (signal.aborted) return failureOf(signal);
  const adapter = createOpenAiAdapter(definition, account, { transport, clock, wires: ALL_WIRES });
  const sentAt = clock.now();
  const call = callOf(requestOf(patient, model, body), sentAt, signal);
  const raw = await adapter(call, { signal, connected: () => undefined });
  if (raw.type === "failure") return raw;
  const giveUp = () => raw.stream.cancel(failureOf(signal));
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  const heard = new Heard();
  try {
    for (;;) {
      const next = await raw.stream.read();
      if (next.type === "ending") return next.failure ?? heard.result(sentAt);
      for (const event of next.events) heard.take(event, clock.now());
    }
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/** Collects what a stream tells. */
class Heard {
  readonly #text = new AnswerText();
  readonly #starts: number[] = [];
  #length = 0;
  #firstAt: number | undefined;
  #onFinish = false;
  #trailing = false;
  #model: string | undefined;

  take(event: AnswerEvent, now: number): void {
    this.#text.add(event);
    const { length } = this.#text.choice(0).content;
    if (length > this.#length) this.#starts.push(this.#length);
    this.#length = length;
    if (event.substance === "content") this.#firstAt ??= now;
    if (event.usage !== undefined) {
      if (event.finishReason === undefined) this.#trailing = true;
      else this.#onFinish = true;
    }
    if (typeof event.json.model === "string") this.#model = event.json.model;
  }

  result(sentAt: number): Asked {
    const { content, reasoning } = this.#text.choice(0);
    const either: UsagePlacement = this.#onFinish ? "finish" : this.#trailing ? "trailing" : "none";
    return {
      type: "asked",
      content,
      reasoning,
      starts: this.#starts,
      firstTokenMs: this.#firstAt === undefined ? undefined : this.#firstAt - sentAt,
      usage: this.#onFinish && this.#trailing ? "both" : either,
      model: this.#model,
    };
  }
}

function requestOf({ definition, asksUsage }: Patient, model: string, body: JsonObject): CallRequest {
  const full: JsonObject = {
    model,
    ...body,
    temperature: 0,
    stream: true,
    ...(asksUsage ? { stream_options: { include_usage: true } } : {}),
    // Where it is known how to say so, the model is told not to think: it costs tokens and shows nothing here.
    ...(definition.preset.thinking === "as-is" ? {} : { thinking: { type: "disabled" } }),
  };
  return {
    operation: "chat",
    model,
    body: full,
    bytes: new TextEncoder().encode(JSON.stringify(full)),
    stream: true,
    includeUsage: asksUsage,
  };
}

function callOf(request: CallRequest, now: number, signal: AbortSignal): Call {
  return {
    id: "doctor",
    request,
    tenant: "doctor",
    priority: 3,
    startedAt: now,
    deadline: now + ANSWER_WAIT_MS,
    signal,
    callerRetries: 0,
    lastChance: true,
    avoid: [],
    trace: newTrace(),
  };
}
