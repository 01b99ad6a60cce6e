import type { Usage } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Layer, Service } from "../../service.ts";
import { MOST_TRIES } from "./defaults.ts";
import type { FittedRequest, PromptFitter } from "./prompt-fitter.ts";
import { SummaryWriter } from "./summary-writer.ts";

/** What an attempt is noted with where the provider says that a conversation is too long for it. */
const TOO_LONG = "context-too-long";

/**
 * Makes conversations fit that are too long for a provider: at once where the estimate says so, and further where the
 * provider does. Summed up where the route wants that and it can be had in time, else without their oldest turns. The
 * answer's origin says which.
 * @param writer writes the summaries: the same provider, one try each
 */
export function longPrompt(fitter: PromptFitter, writer: Service, environment: EngineEnvironment): Layer {
  return (next) => (call) => {
    const room = fitter.roomFor(call);
    return room === undefined ? next(call) : new Fitting(call, next, fitter, writer, environment).answer(room);
  };
}

/** One call whose conversation is made to fit. */
class Fitting {
  readonly #call: Call;
  readonly #next: Service;
  readonly #fitter: PromptFitter;
  readonly #writer: SummaryWriter;

  constructor(call: Call, next: Service, fitter: PromptFitter, writer: Service, environment: EngineEnvironment) {
    this.#call = call;
    this.#next = next;
    this.#fitter = fitter;
    this.#writer = new SummaryWriter(call, writer, fitter, environment.clock);
  }

  async answer(whole: number): Promise<Outcome> {
    const { request } = this.#call;
    let room = whole;
    let sent: FittedRequest = { request, droppedMessages: 0, summarisedMessages: 0 };
    if (this.#fitter.sizeOf(request) > room) {
      const fitted = await this.#fit(room);
      const gaveUp = this.#whyNot(fitted);
      if (gaveUp !== undefined) return gaveUp;
      sent = fitted ?? sent;
    }
    for (let tries = 0; ; tries++) {
      const outcome = await this.#next({ ...this.#call, request: sent.request });
      if (outcome.type !== "failure") return this.#marked(outcome, sent);
      // What is wrong with a request that was changed here need not be the caller's fault.
      const failed = sent.request !== request && outcome.kind === "caller" ? incompatible(outcome) : outcome;
      if (outcome.reason !== TOO_LONG || tries === MOST_TRIES) return failed;
      // The provider counts more than is estimated here.
      const size = this.#fitter.sizeOf(sent.request);
      room = Math.min(room, size) / 2;
      const shorter = (await this.#fit(room)) ?? this.#fitter.shortest(request);
      if (shorter === undefined || this.#fitter.sizeOf(shorter.request) >= size) {
        return this.#call.signal.aborted ? failureOf(this.#call.signal) : failed;
      }
      sent = shorter;
    }
  }

  async #fit(room: number): Promise<FittedRequest | undefined> {
    const { request } = this.#call;
    return (await this.#writer.sumUp(request, room)) ?? this.#fitter.shorten(request, room);
  }

  /** Why nothing is to be sent: the caller has gone, or what could only be summed up was not. */
  #whyNot(fitted: FittedRequest | undefined): Failure | undefined {
    const { signal } = this.#call;
    if (signal.aborted) return failureOf(signal);
    const { failed } = this.#writer;
    if (fitted !== undefined || failed === undefined) return undefined;
    if (failed.kind !== "deadline") return failed.kind === "caller" ? incompatible(failed) : failed;
    const message = "The conversation is too long, and there was no time to sum it up.";
    return failure("incompatible", "no-time-to-sum-up", message, { provider: failed.provider });
  }

  #marked(outcome: Outcome, { droppedMessages, summarisedMessages }: FittedRequest): Outcome {
    if (outcome.type !== "answer") return outcome;
    const { usage } = this.#writer;
    if (droppedMessages === 0 && summarisedMessages === 0 && usage === undefined) return outcome;
    const origin = {
      ...outcome.origin,
      ...(droppedMessages === 0 ? {} : { droppedMessages }),
      ...(summarisedMessages === 0 ? {} : { summarisedMessages }),
      ...spentOn(usage),
    };
    return { ...outcome, origin };
  }
}

function spentOn(summaryUsage: Usage | undefined) {
  return summaryUsage === undefined ? {} : { summaryUsage };
}

/** The same failure of a request that the caller did not write so. */
function incompatible(failed: Failure): Failure {
  return { ...failed, kind: "incompatible", passed: undefined };
}
