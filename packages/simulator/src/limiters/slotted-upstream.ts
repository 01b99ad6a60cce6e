import {
  type Answer,
  type AnswerStream,
  type Batch,
  type Ending,
  failure,
  type Outcome,
  type Random,
  type Service,
  WHOLE,
} from "tideover/engine";
import { textEvent, type VirtualClock } from "tideover/testing";
import { normalSample } from "../model/pacing.ts";

/** Slots of the upstream of the comparison, and of its queue; beyond them it refuses with 503. */
export const SLOTS = 40;
const QUEUE = 60;
/** From a slot to the first token, ms. */
const PREFILL_MS = 500;
/** How long an answer takes on average after that, ms: 500 tokens at 25 a second. */
const MEAN_ANSWER_MS = 20_000;
/** How long a call holds its slot on average, ms. */
export const MEAN_HOLD_MS = PREFILL_MS + MEAN_ANSWER_MS;
/** Spread of the lengths of answers in chat traffic: sigma of a lognormal. */
const SIGMA = 0.8;

const BUSY = failure("overloaded", "http-503", "Every place in the queue is taken.", { status: 503 });

/** Slots, a first-in-first-out queue, and a 503 when that is full. Its state is its load, and nothing but that. */
export class SlottedUpstream {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  #waiting: (() => void)[] = [];
  #next = 0;
  #slots = SLOTS;
  #taken = 0;

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  readonly service: Service = () => {
    if (this.#taken >= this.#slots && this.#waiting.length - this.#next >= QUEUE) return Promise.resolve(BUSY);
    return new Promise<Outcome>((resolve) => {
      this.#waiting.push(() => this.#serve(resolve));
      this.#startWaiting();
    });
  };

  /** Changes the number of slots; what runs goes on. */
  setSlots(slots: number): void {
    this.#slots = slots;
    this.#startWaiting();
  }

  #startWaiting(): void {
    while (this.#taken < this.#slots) {
      const start = this.#waiting[this.#next];
      if (start === undefined) {
        this.#waiting = [];
        this.#next = 0;
        return;
      }
      this.#next++;
      this.#taken++;
      start();
    }
  }

  #serve(resolve: (outcome: Outcome) => void): void {
    const ended = Promise.withResolvers<Ending>();
    this.#clock.schedule(PREFILL_MS, () => resolve(answerUntil(ended.promise)));
    this.#clock.schedule(PREFILL_MS + this.#answerMs(), () => {
      this.#taken--;
      ended.resolve(WHOLE);
      this.#startWaiting();
    });
  }

  #answerMs(): number {
    const median = MEAN_ANSWER_MS * Math.exp(-(SIGMA ** 2) / 2);
    return median * Math.exp(SIGMA * normalSample(this.#random));
  }
}

/** An answer whose first event is there, and that ends when the promise says. */
function answerUntil(ending: Promise<Ending>): Answer {
  let first: Batch | undefined = { type: "batch", events: [textEvent("x")] };
  const stream: AnswerStream = {
    read() {
      const batch = first;
      first = undefined;
      return batch === undefined ? ending : Promise.resolve(batch);
    },
    cancel() {},
  };
  return { type: "answer", origin: { rung: "live", degraded: false }, stream };
}
