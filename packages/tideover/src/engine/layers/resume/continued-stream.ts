import {
  type AnswerEvent,
  type AnswerReader,
  type AnswerStream,
  type Batch,
  type Ending,
  EndingWatchers,
  handSoon,
  readFrom,
  readInto,
  WHOLE,
} from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { type Clock, sleep } from "../../clock.ts";
import { type Failure, type FailureKind, failure } from "../../failure.ts";
import type { Answer } from "../../outcome.ts";
import type { AnswerLog, ContinuationPlan, Fit, FitStep } from "../../ports/continuation.ts";
import type { Service } from "../../service.ts";
import { within } from "../deadline/deadline.ts";
import { LEAST_REST_PAUSE_MS, MOST_REST_PAUSE_MS, REFUSED_REST_PATIENCE_MS } from "./defaults.ts";

/** What a {@link ContinuedStream} is made from. */
export interface ContinuedStreamParts {
  readonly call: Call;
  /** The answer as far as it comes. */
  readonly answer: Answer;
  readonly log: AnswerLog;
  /** What is asked for the rest. */
  readonly service: Service;
  readonly clock: Clock;
  /** By when the rest must have begun, on the engine's clock (ms). */
  readonly deadline: number;
  /** How often the rest may be asked for. */
  readonly most: number;
}

/** The breaks after which somebody else may know the rest. Whoever cancelled, or ran out of time, wants no rest. */
const BREAKS: ReadonlySet<FailureKind> = new Set(["fault", "overloaded", "credential"]);

/** One provider's part of an answer. */
interface Part {
  readonly stream: AnswerStream;
  readonly provider: string | undefined;
  /** Absent for the first part. */
  readonly fit?: Fit | undefined;
  readonly degraded: boolean;
  readonly at: number;
  sewn: boolean;
}

/**
 * An answer that goes on where it broke: with the events of another attempt, fitted to what was shown.
 *
 * Nothing is held back while the answer is sound. When it cannot be finished, it ends with the failure that broke it
 * and the code `stream_interrupted`.
 */
export class ContinuedStream implements AnswerStream, AnswerReader {
  readonly #parts: ContinuedStreamParts;
  /** Ends what is asked for the rest; nearly every answer has none. */
  #scope: AbortController | undefined;
  readonly #failed: string[];
  /** The only event so far, not noted in the log yet: whole answers are one event, and never need it. */
  #first: AnswerEvent | undefined;
  #isLogged = false;
  #part: Part;
  /** What broke the answer where it stands now. */
  #broken: Failure | undefined;
  #left: number;
  #ending: Ending | undefined;
  #reader: AnswerReader | undefined;
  readonly #watchers = new EndingWatchers();

  constructor(parts: ContinuedStreamParts) {
    const { answer, call } = parts;
    this.#parts = parts;
    this.#left = parts.most;
    this.#failed = [...call.avoid];
    this.#part = {
      stream: answer.stream,
      provider: answer.origin.provider,
      degraded: answer.origin.degraded,
      at: 0,
      sewn: true,
    };
  }

  watch(settle: (ending: Ending) => void): void {
    this.#watchers.add(settle);
  }

  read(): Promise<Batch | Ending> {
    return readFrom(this);
  }

  readInto(reader: AnswerReader): void {
    if (this.#ending !== undefined) {
      this.#watchers.tell(this.#ending);
      handSoon(reader, this.#ending);
      return;
    }
    this.#reader = reader;
    readInto(this.#part.stream, this);
  }

  cancel(reason: Failure): void {
    if (this.#ending === undefined) {
      this.#ending = { type: "ending", failure: reason };
      this.#scope?.abort(reason);
      this.#part.stream.cancel(reason);
    }
    this.#watchers.tell({ type: "ending", failure: reason });
  }

  take(next: Batch | Ending): void {
    if (this.#ending !== undefined) this.#hand(this.#ending);
    else if (next.type === "ending" || this.#part.fit !== undefined) void this.#fitOrEnd(next);
    else {
      try {
        this.#shown(next.events);
      } catch (error) {
        this.broken(error);
        return;
      }
      this.#hand(next);
    }
  }

  broken(error: unknown): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.broken(error);
  }

  /** What becomes of an ending, and of the batches of a rest: perhaps nothing yet, and then what comes next. */
  async #fitOrEnd(next: Batch | Ending): Promise<void> {
    try {
      const given = next.type === "batch" ? await this.#fitIn(next) : await this.#takeEnding(next);
      if (given !== undefined) this.#hand(this.#unlessCancelled(given));
      else if (this.#ending !== undefined) this.#hand(this.#ending);
      else readInto(this.#part.stream, this);
    } catch (error) {
      this.broken(error);
    }
  }

  #hand(next: Batch | Ending): void {
    if (next.type === "ending") this.#watchers.tell(next);
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.take(next);
  }

  /** A reader that has cancelled while the rest was asked for gets no more than its own ending. */
  #unlessCancelled(given: Batch | Ending): Batch | Ending {
    return this.#ending?.failure === undefined ? given : this.#ending;
  }

  async #fitIn(batch: Batch): Promise<Batch | Ending | undefined> {
    const { fit } = this.#part;
    return fit === undefined ? batch : this.#pass(fit, fit.push(batch.events));
  }

  async #takeEnding({ failure: broken }: Ending): Promise<Batch | Ending | undefined> {
    const { fit, provider } = this.#part;
    if (broken !== undefined) {
      // A rest that breaks before it was found to be one has added nothing: the first break is still what happened.
      if (fit === undefined || fit.aligned || this.#broken === undefined) this.#broken = { provider, ...broken };
      return BREAKS.has(broken.kind) && broken.reason !== "total-timeout" ? this.#goOn() : this.#interrupt();
    }
    if (fit === undefined) return this.#end(WHOLE);
    const step = fit.end();
    const given = await this.#pass(fit, step);
    if (step.type === "mismatch") return given;
    this.#end(WHOLE);
    return given ?? WHOLE;
  }

  /** Passes on what the fit gave; without a fit, the part was not the rest of this answer. */
  async #pass(fit: Fit, step: FitStep): Promise<Batch | Ending | undefined> {
    if (step.type === "mismatch") {
      this.#part.stream.cancel(failure("cancelled", "continuation-mismatch", step.why));
      return this.#goOn();
    }
    if (fit.aligned) this.#sew(fit);
    return this.#batch(step.events);
  }

  #batch(events: readonly AnswerEvent[]): Batch | undefined {
    this.#shown(events);
    return events.length === 0 ? undefined : { type: "batch", events };
  }

  /** Notes what was shown. At once: events that were kept for a while would outlive the young generation. */
  #shown(events: readonly AnswerEvent[]): void {
    if (!this.#isLogged && this.#first === undefined && events.length === 1) {
      this.#first = events[0];
      return;
    }
    this.#beginLog();
    for (const event of events) this.#parts.log.note(event);
  }

  #beginLog(): void {
    this.#isLogged = true;
    if (this.#first !== undefined) this.#parts.log.note(this.#first);
    this.#first = undefined;
  }

  /** Notes the seam, once the rest is known to be one. */
  #sew({ mode }: Fit): void {
    const part = this.#part;
    if (part.sewn) return;
    part.sewn = true;
    const [from = "", to = ""] = [this.#broken?.provider, part.provider];
    this.#parts.call.trace.seams.push({ at: part.at, from, to, mode, ...(part.degraded ? { degraded: true } : {}) });
  }

  /** Asks for the rest. @returns undefined when it is coming. */
  async #goOn(): Promise<Batch | Ending | undefined> {
    const { provider } = this.#part;
    if (provider !== undefined && !this.#failed.includes(provider)) this.#failed.push(provider);
    const { clock } = this.#parts;
    let patientUntil = clock.now() + REFUSED_REST_PATIENCE_MS;
    while (this.#left > 0) {
      this.#beginLog();
      const plan = this.#parts.log.plan();
      if (plan.type === "refuse") break;
      if (plan.type === "finish") {
        this.#end(WHOLE);
        return this.#batch(plan.events) ?? WHOLE;
      }
      const refused = await this.#ask(plan);
      if (refused === undefined) return undefined;
      if (this.#ending !== undefined) return this.#ending;
      // What a limit, a breaker or a budget of ours refused was never sent, and may be let through soon: the reader has
      // half of an answer, and waits rather than losing it.
      if (refused.kind === "rejected" && refused.retryAfterMs !== undefined) {
        if (!(await this.#pause(refused.retryAfterMs, patientUntil))) break;
        continue;
      }
      this.#left--;
      patientUntil = clock.now() + REFUSED_REST_PATIENCE_MS;
    }
    return this.#ending ?? this.#interrupt();
  }

  /** Lets some time pass before a refused rest is asked for again; false when it is too late for that. */
  #pause(retryAfterMs: number, until: number): Promise<boolean> {
    const { clock } = this.#parts;
    const pauseMs = Math.min(MOST_REST_PAUSE_MS, Math.max(LEAST_REST_PAUSE_MS, retryAfterMs));
    if (clock.now() + pauseMs > until) return Promise.resolve(false);
    return sleep(clock, pauseMs, this.#signal);
  }

  /** @returns why nobody gives the rest; undefined when somebody does. */
  async #ask(plan: ContinuationPlan & { type: "ask" }): Promise<Failure | undefined> {
    const { call, service, clock, deadline } = this.#parts;
    const { request, at } = plan;
    const asked: Call = {
      ...call,
      request,
      deadline,
      signal: this.#signal,
      avoid: [...this.#failed],
      extra: true,
    };
    const outcome = await within(asked, service, clock);
    if (outcome.type === "failure") return outcome;
    if (outcome.type !== "answer") return failure("rejected", outcome.type, "The rest was not given, but promised.");
    const { stream, origin } = outcome;
    if (this.#ending !== undefined) {
      const unwanted = this.#ending.failure ?? failure("cancelled", "unwanted", "Nobody wants the rest any more.");
      stream.cancel(unwanted);
      return unwanted;
    }
    const { provider, degraded, continuation } = origin;
    this.#part = { stream, provider, degraded, fit: plan.fit(continuation), at, sewn: false };
    this.#left--;
    return undefined;
  }

  get #signal(): AbortSignal {
    this.#scope ??= new AbortController();
    return this.#scope.signal;
  }

  #interrupt(): Ending {
    const broken = this.#broken ?? failure("fault", "cut", "The answer broke off.", { committed: true });
    return this.#end({ type: "ending", failure: { ...broken, code: "stream_interrupted" } });
  }

  #end(ending: Ending): Ending {
    this.#ending ??= ending;
    return this.#ending;
  }
}
