import { testCall, textEvent, VirtualClock } from "../../../../testing/index.ts";
import { type Ending, streamOf, WHOLE } from "../../../answer-stream.ts";
import type { Call } from "../../../call.ts";
import type { Failure } from "../../../failure.ts";
import { seededRandom } from "../../../kernels/seeded-random.ts";
import type { Answer } from "../../../outcome.ts";
import type { LimitEvent } from "../limit-event.ts";
import { createLimitState, type LimitOptions, type LimitState, type Permit } from "../limit-state.ts";

/** A limit in virtual time, with what it tells. */
export class LimitHarness {
  readonly clock = new VirtualClock();
  readonly events: LimitEvent[] = [];

  /** A limit of one call at once, unless the options say otherwise. */
  make(options: Partial<LimitOptions> = {}): LimitState {
    return createLimitState(
      { ...owner, concurrency: 1, onEvent: (event) => this.events.push(event), ...options },
      { clock: this.clock, random: seededRandom(1) },
    );
  }

  /** Asks for a permit and notes when and how the wait ended. */
  ask(state: LimitState, overrides: Parameters<typeof testCall>[0] = {}) {
    const asked: { at?: number; result?: Permit | Failure } = {};
    void Promise.resolve(state.acquire(testCall(overrides), request)).then((result) => {
      asked.at = this.clock.now();
      asked.result = result;
    });
    return asked;
  }
}

/** Whose limit it is. */
export const owner = { provider: "p", account: "p#1", model: "m" };
/** What is asked for with a permit. */
export const request = { firstTokenMs: 20_000, measured: true };

/** An answer of one word. */
export const answer = (ending: Ending = WHOLE): Answer => ({
  type: "answer",
  origin: { rung: "live", degraded: false },
  stream: streamOf([textEvent("x")], ending),
});

/** So many calls that differ in their ids alone. */
export const calls = (count: number, overrides: Parameters<typeof testCall>[0] = {}) =>
  Array.from({ length: count }, (_, index) => testCall({ id: `call-${index}`, ...overrides }));

/** A permit that is to be had. @throws Error where it is refused */
export async function granted(state: LimitState, call: Call = testCall()): Promise<Permit> {
  const permit = await state.acquire(call, request);
  if (permit.type === "failure") throw new Error(`refused: ${permit.reason}`);
  return permit;
}
