import { type AnswerEvent, type AnswerStream, type Batch, type Ending, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { Clock } from "../../clock.ts";
import { type Failure, type FailureKind, failure } from "../../failure.ts";
import type { Answer } from "../../outcome.ts";
import type { AnswerLog, ContinuationPlan, Fit, FitStep } from "../../ports/continuation.ts";
import type { Service } from "../../service.ts";
import { within } from "../deadline/deadline.ts";

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
  readonly at: number;
  sewn: boolean;
}

/**
 * An answer that goes on where it broke: with the events of another attempt, fitted to what was shown.
 *
 * Nothing is held back while the answer is sound. When it cannot be finished, it ends with the failure that broke it
 * and the code `stream_interrupted`.
 */
export class ContinuedStream implements AnswerStream {
  readonly #parts: ContinuedStreamParts;
  readonly #scope = new AbortController();
  readonly #failed: string[];
  #part: Part;
  /** What broke the answer where it stands now. */
  #broken: Failure | undefined;
  #left: number;
  #ending: Ending | undefined;

  constructor(parts: ContinuedStreamParts) {
    const { answer, call } = parts;
    this.#parts = parts;
    this.#left = parts.most;
    this.#failed = [...call.avoid];
    this.#part = { stream: answer.stream, provider: answer.origin.provider, at: 0, sewn: true };
  }

  async read(): Promise<Batch | Ending> {
    for (;;) {
      if (this.#ending !== undefined) return this.#ending;
      const next = await this.#part.stream.read();
      if (this.#ending !== undefined) return this.#ending;
      const given = next.type === "batch" ? await this.#take(next) : await this.#takeEnding(next);
      if (given !== undefined) return this.#unlessCancelled(given);
    }
  }

  cancel(reason: Failure): void {
    if (this.#ending !== undefined) return;
    this.#ending = { type: "ending", failure: reason };
    this.#scope.abort(reason);
    this.#part.stream.cancel(reason);
  }

  /** A reader that has cancelled while the rest was asked for gets no more than its own ending. */
  #unlessCancelled(given: Batch | Ending): Batch | Ending {
    return this.#ending?.failure === undefined ? given : this.#ending;
  }

  async #take(batch: Batch): Promise<Batch | Ending | undefined> {
    const { fit } = this.#part;
    if (fit === undefined) {
      for (const event of batch.events) this.#parts.log.note(event);
      return batch;
    }
    return this.#pass(fit, fit.push(batch.events));
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
    for (const event of events) this.#parts.log.note(event);
    return events.length === 0 ? undefined : { type: "batch", events };
  }

  /** Notes the seam, once the rest is known to be one. */
  #sew({ mode }: Fit): void {
    const part = this.#part;
    if (part.sewn) return;
    part.sewn = true;
    const [from = "", to = ""] = [this.#broken?.provider, part.provider];
    this.#parts.call.trace.seams.push({ at: part.at, from, to, mode });
  }

  /** Asks for the rest. @returns undefined when it is coming. */
  async #goOn(): Promise<Batch | Ending | undefined> {
    const { provider } = this.#part;
    if (provider !== undefined && !this.#failed.includes(provider)) this.#failed.push(provider);
    while (this.#left > 0) {
      this.#left--;
      const plan = this.#parts.log.plan();
      if (plan.type === "refuse") break;
      if (plan.type === "finish") {
        this.#end(WHOLE);
        return this.#batch(plan.events) ?? WHOLE;
      }
      if (await this.#ask(plan)) return undefined;
      if (this.#ending !== undefined) return this.#ending;
    }
    return this.#interrupt();
  }

  async #ask(plan: ContinuationPlan & { type: "ask" }): Promise<boolean> {
    const { call, service, clock, deadline } = this.#parts;
    const { request, at } = plan;
    const asked: Call = {
      ...call,
      request,
      deadline,
      signal: this.#scope.signal,
      avoid: [...this.#failed],
      extra: true,
    };
    const outcome = await within(asked, service, clock);
    if (outcome.type !== "answer") return false;
    const { stream, origin } = outcome;
    if (this.#ending !== undefined) {
      stream.cancel(this.#ending.failure ?? failure("cancelled", "unwanted", "Nobody wants the rest any more."));
      return false;
    }
    this.#part = { stream, provider: origin.provider, fit: plan.fit(origin.continuation), at, sewn: false };
    return true;
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
