import type { Adapter, RawAnswer } from "../../adapter.ts";
import type { AnswerEvent, Batch } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { Timer } from "../../clock.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import type { Json } from "../../json.ts";
import type { Outcome } from "../../outcome.ts";
import type { AttemptRecord, Origin } from "../../provenance.ts";
import type { Service } from "../../service.ts";
import { attributed } from "./attributed.ts";
import { BLANK_LIMIT, MOST_BLANK_LENGTH, PREAMBLE_LIMIT, SILENCE_SHARE, SILENT_UNTIL_DEADLINE } from "./defaults.ts";
import { thrownBy } from "./thrown-by.ts";
import { type StreamTimers, WatchedStream } from "./watched-stream.ts";

/** Who is asked, and how long each phase may take. Times in ms. */
export interface AttemptOptions extends StreamTimers {
  readonly provider: string;
  /** Names the key, never the key itself. */
  readonly account: string;
  readonly origin: Omit<Origin, "model">;
  readonly connectMs: number;
  /** Longest wait for the first content event; longer for requests that make the model think. */
  firstTokenMs(call: Call): number;
}

/**
 * One call to one provider, under four timers: connect, first token, gap and total.
 *
 * The answer exists from its first *content* event on (commit). Keep-alive comments, blank lines, role preambles,
 * empty deltas and white space re-arm nothing: a queueing provider sends those for minutes. What came before the
 * commit is kept and goes out with it.
 */
export function attempt(adapter: Adapter, options: AttemptOptions, environment: EngineEnvironment): Service {
  return (call) => new Attempt(adapter, options, environment, call).run();
}

class Attempt {
  readonly #adapter: Adapter;
  readonly #options: AttemptOptions;
  readonly #environment: EngineEnvironment;
  readonly #call: Call;
  readonly #record: AttemptRecord;
  readonly #sentAt: number;
  readonly #scope = new AbortController();
  /** Watches the phase that is on: first the connection, then the first content event. */
  #timer: Timer | undefined;
  #connected = false;
  #raw: RawAnswer | undefined;
  #stream: WatchedStream | undefined;

  constructor(adapter: Adapter, options: AttemptOptions, environment: EngineEnvironment, call: Call) {
    this.#adapter = adapter;
    this.#options = options;
    this.#environment = environment;
    this.#call = call;
    this.#sentAt = environment.clock.now();
    this.#record = { provider: options.provider, outcome: "running", ms: 0 };
    if (call.purpose !== undefined) this.#record.purpose = call.purpose;
  }

  async run(): Promise<Outcome> {
    const call = this.#call;
    if (call.signal.aborted) return failureOf(call.signal);
    const { provider, account } = this.#options;
    call.trace.attempts.push(this.#record);
    this.#environment.emit?.({ type: "attempt-started", call, provider, account });

    const onAbort = () => this.#giveUp(failureOf(call.signal));
    call.signal.addEventListener("abort", onAbort, { once: true });
    try {
      const outcome = await this.#untilContent();
      if (outcome.type === "failure") return this.#failed(outcome);
      this.#record.ms = this.#elapsed();
      this.#environment.emit?.({ type: "attempt-committed", call, record: this.#record });
      return outcome;
    } catch (error) {
      // Adapters may be anybody's, and the layers above give back what they hold only when they are told of an end.
      const thrown = thrownBy(error);
      this.#giveUp(thrown);
      return this.#failed(thrown);
    } finally {
      call.signal.removeEventListener("abort", onAbort);
      this.#timer?.cancel();
    }
  }

  async #untilContent(): Promise<Outcome> {
    const { provider } = this.#options;
    this.#watch(this.#options.firstTokenMs(this.#call));
    const raw = await this.#adapter(this.#call, {
      signal: this.#scope.signal,
      connected: () => {
        this.#connected = true;
      },
      injected: (fault) => {
        this.#record.chaos = fault;
      },
    });
    this.#connected = true;
    if (raw.type === "failure") return raw;
    this.#raw = raw;
    if (this.#scope.signal.aborted) raw.stream.cancel(failureOf(this.#scope.signal));

    const held: AnswerEvent[] = [];
    let blank = 0;
    for (;;) {
      const next = await raw.stream.read();
      if (next.type === "ending") return next.failure ?? this.#endedWithoutContent(held, raw);
      held.push(...next.events);
      for (const event of next.events) if (event.substance === "blank") blank += whiteSpaceIn(event.json);
      if (next.events.some(isContent) || (blank > BLANK_LIMIT && this.#isReadAlong(next.events))) {
        return this.#answer({ type: "batch", events: held }, raw);
      }
      if (held.length > PREAMBLE_LIMIT || blank > MOST_BLANK_LENGTH) {
        const endless = failure("fault", "no-content", `${provider} sent ${held.length} events without content.`);
        raw.stream.cancel(endless);
        return endless;
      }
    }
  }

  /**
   * Somebody reads the answer while it comes, so white space cannot be held back for ever. Whoever gets a document is
   * shown nothing before it is whole, and a document of nothing else is no answer, however long it is.
   */
  #isReadAlong(events: readonly AnswerEvent[]): boolean {
    return this.#call.request.stream && !events.some(({ whole }) => whole);
  }

  /** A finish without content is a fault, but a filtered answer is the provider's verdict: it is passed on. */
  #endedWithoutContent(held: readonly AnswerEvent[], raw: RawAnswer): Outcome {
    if (held.some((event) => event.finishReason === "content_filter")) {
      return this.#answer({ type: "batch", events: held }, raw);
    }
    return failure("fault", "blank-answer", `${this.#options.provider} finished without any content.`);
  }

  #answer(first: Batch, raw: RawAnswer): Outcome {
    const { clock } = this.#environment;
    const totalAt = this.#call.startedAt + this.#options.totalMs;
    const stream = new WatchedStream(raw.stream, first, totalAt, this.#options, clock, (ending) => {
      this.#end(ending.failure === undefined ? "answered" : ending.failure);
    });
    this.#stream = stream;
    const { model, continuation } = raw;
    const origin = {
      ...this.#options.origin,
      model,
      ...(continuation === undefined ? {} : { continuation }),
    };
    return { type: "answer", origin, stream };
  }

  #failed(failed: Failure): Failure {
    this.#record.ms = this.#elapsed();
    const hung =
      failed.kind === "deadline" && this.#record.ms >= SILENCE_SHARE * this.#options.firstTokenMs(this.#call);
    const named = attributed(hung ? { ...failed, reason: SILENT_UNTIL_DEADLINE } : failed, this.#options.provider);
    this.#end(named);
    return named;
  }

  #end(how: "answered" | Failure): void {
    const record = this.#record;
    if (how === "answered") record.outcome = "answered";
    else {
      const ownWill = how.kind === "cancelled" || how.kind === "deadline";
      record.outcome = how.committed && !ownWill ? "cut" : how.kind;
      record.reason = how.reason;
    }
    const totalMs = this.#elapsed();
    record.totalMs = totalMs;
    const { emit } = this.#environment;
    if (emit === undefined) return;
    const stream = this.#stream;
    const seen =
      stream === undefined
        ? undefined
        : { usage: stream.usage, longestGapMs: stream.longestGapMs, contentEvents: stream.contentEvents };
    emit({ type: "attempt-ended", call: this.#call, record, totalMs, model: this.#raw?.model, ...seen });
  }

  /**
   * Gives the attempt up when a phase takes longer than it may. There is one timer: connections are quick, so when the
   * time for one is over it nearly always finds that there is one, and goes on to wait for the first token.
   */
  #watch(firstTokenMs: number): void {
    const { clock } = this.#environment;
    const { connectMs } = this.#options;
    const late = () =>
      this.#giveUp(failure("overloaded", "first-token-timeout", `No content within ${firstTokenMs} ms.`));
    const look = () => {
      if (this.#connected) this.#timer = clock.schedule(firstTokenMs - this.#elapsed(), late);
      else this.#giveUp(failure("fault", "connect-timeout", `No connection within ${connectMs} ms.`));
    };
    this.#timer = connectMs <= firstTokenMs ? clock.schedule(connectMs, look) : clock.schedule(firstTokenMs, late);
  }

  #giveUp(reason: Failure): void {
    this.#scope.abort(reason);
    this.#raw?.stream.cancel(reason);
  }

  #elapsed(): number {
    return this.#environment.clock.now() - this.#sentAt;
  }
}

/** Whether an event makes the answer exist: content, or a filtered finish. */
function isContent({ substance, finishReason }: AnswerEvent): boolean {
  return substance === "content" || finishReason === "content_filter";
}

/** Length of the texts in a blank event: all its texts that are nothing but white space, wherever the protocol has them. */
function whiteSpaceIn(value: Json | undefined): number {
  if (typeof value === "string") return value.trim() === "" ? value.length : 0;
  if (typeof value !== "object" || value === null) return 0;
  let length = 0;
  for (const member of Object.values(value)) length += whiteSpaceIn(member);
  return length;
}
