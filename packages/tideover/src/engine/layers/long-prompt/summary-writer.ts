import type { AnswerEvent, Usage } from "../../answer-stream.ts";
import type { Call, CallRequest } from "../../call.ts";
import type { Clock } from "../../clock.ts";
import { collect } from "../../collect.ts";
import { promptTokens } from "../../estimate-tokens.ts";
import { type Failure, failure } from "../../failure.ts";
import type { Service } from "../../service.ts";
import { within } from "../deadline/deadline.ts";
import { MOST_SUMMARY_CALLS, SUMMARY_TIME_SHARE } from "./defaults.ts";
import type { FittedRequest, PromptFitter } from "./prompt-fitter.ts";

/**
 * Has the text that does not fit summed up, piece after piece, for one call. It gives up for good at the first failure
 * that is not about a piece's size, and when its time or its number of calls is spent.
 */
export class SummaryWriter {
  readonly #call: Call;
  readonly #service: Service;
  readonly #fitter: PromptFitter;
  readonly #clock: Clock;
  /** On the clock, in ms. */
  readonly #until: number;
  #callsLeft = MOST_SUMMARY_CALLS;
  /** Of the usual size of a piece, which goes with the room. */
  #part = 1;
  #room: number | undefined;
  #usage: Usage | undefined;
  #failed: Failure | undefined;

  constructor(call: Call, service: Service, fitter: PromptFitter, clock: Clock) {
    this.#call = call;
    this.#fitter = fitter;
    this.#clock = clock;
    const now = clock.now();
    this.#until = now + SUMMARY_TIME_SHARE * Math.max(0, call.deadline - now);
    // Within the time of a summary is its last word, not its first.
    this.#service = async (piece) => {
      const outcome = await service(piece);
      return outcome.type === "answer" ? collect(outcome, piece.signal) : outcome;
    };
  }

  /** Why there are no summaries; undefined while there may be some. */
  get failed(): Failure | undefined {
    return this.#failed;
  }

  /** What all summaries so far have cost, in tokens; undefined: there are none. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  /** The request with summaries that make it fit; undefined where they cannot be had. */
  async sumUp(request: CallRequest, room: number): Promise<FittedRequest | undefined> {
    // What a piece may hold was learned already: it does not shrink with the room once more.
    this.#part = Math.min(1, this.#part * ((this.#room ?? room) / room));
    this.#room = room;
    while (this.#failed === undefined) {
      const plan = this.#fitter.summarise?.(request, room, this.#part);
      if (plan === undefined) return undefined;
      const summaries: string[] = [];
      for (const piece of plan.pieces) {
        const summary = await this.#write(piece);
        if (summary === undefined) break;
        summaries.push(summary);
      }
      if (summaries.length === plan.pieces.length) return plan.withSummaries(summaries);
    }
    return undefined;
  }

  /** @returns undefined when it failed, or when the pieces are to be smaller */
  async #write(request: CallRequest): Promise<string | undefined> {
    if (this.#callsLeft-- <= 0) {
      this.#failed = failure("incompatible", "context-too-long", "The conversation is too long to be summed up.");
      return undefined;
    }
    const piece: Call = {
      ...this.#call,
      request,
      deadline: this.#until,
      purpose: "summary",
      lastChance: false,
      earlier: undefined,
    };
    const outcome = await within(piece, this.#service, this.#clock);
    if (outcome.type !== "answer") {
      const failed = outcome.type === "failure" ? outcome : failure("fault", "no-summary", "A ticket is no summary.");
      if (failed.reason === "context-too-long") this.#part /= 2;
      else this.#failed = failed;
      return undefined;
    }
    const events = outcome.stream.takeAll?.() ?? [];
    this.#count(request, events);
    const text = this.#fitter.textOf(events).trim();
    if (text !== "") return text;
    this.#failed = failure("fault", "blank-summary", "The model gave no summary.", {
      provider: outcome.origin.provider,
    });
    return undefined;
  }

  #count(request: CallRequest, events: readonly AnswerEvent[]): void {
    const told = events.findLast(({ usage }) => usage !== undefined)?.usage;
    const tokens = events.filter(({ substance }) => substance !== "none").length;
    const { promptTokens: prompt, completionTokens: completion } = told ?? {
      promptTokens: promptTokens(request),
      completionTokens: tokens,
    };
    this.#usage = {
      promptTokens: (this.#usage?.promptTokens ?? 0) + prompt,
      completionTokens: (this.#usage?.completionTokens ?? 0) + completion,
    };
  }
}
