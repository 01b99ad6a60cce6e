import { expect, test } from "vitest";
import { testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import type { FlightLedger } from "../../ports/flight-ledger.ts";
import type { Service } from "../../service.ts";
import { StoreGuard } from "../cache/store-guard.ts";
import { acrossProcesses, sharedLedger } from "./across-processes.ts";

const story = [textEvent("once", "stop")];
/** Nothing comes out of a ledger here, so nothing is read. */
const form: AnswerForm = { read: () => undefined, fold: () => textEvent(""), endedAs: () => true };

const broken = (how: "hangs" | "rejects"): FlightLedger => {
  const fails = (): Promise<never> => (how === "hangs" ? new Promise(() => {}) : Promise.reject(new Error("down")));
  return { join: fails, append: fails, end: fails, release: fails, read: fails };
};

test.each(["hangs", "rejects"] as const)("it %s: at most 100 ms are lost, and after three calls none", async (how) => {
  const clock = new VirtualClock();
  const environment = { clock, random: seededRandom(1) };
  const options = {
    ...sharedLedger(broken(how), environment),
    form,
    patience: () => ({ firstMs: 1, gapMs: 1 }),
  };
  const service: Service = () =>
    Promise.resolve({ type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf(story) });
  const layer = acrossProcesses("a", options, environment)(service);
  const costs: number[] = [];
  for (let index = 0; index < 5; index++) {
    const before = clock.now();
    const outcome = await clock.run(layer(testCall({ flightKey: "key" })));
    expect(outcome.type).toBe("answer");
    costs.push(clock.now() - before);
  }
  expect(costs).toEqual(how === "hangs" ? [100, 100, 100, 0, 0] : [0, 0, 0, 0, 0]);
});

test("on a server that is known to be silent it is not waited for: the guard is shared with what else lives there", async () => {
  const clock = new VirtualClock();
  const environment = { clock, random: seededRandom(1) };
  const guard = new StoreGuard(clock, () => {});
  const shared = sharedLedger(broken("hangs"), environment, guard);
  const options = { ...shared, form, patience: () => ({ firstMs: 1, gapMs: 1 }) };
  const service: Service = () =>
    Promise.resolve({ type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf(story) });
  const layer = acrossProcesses("a", options, environment)(service);
  // Twenty lookups that wait at once, as when a server falls silent under load.
  const lookups = Array.from({ length: 20 }, () => guard.run(() => new Promise<never>(() => {}), 100));
  expect((await clock.run(Promise.all(lookups))).some(({ ok }) => ok)).toBe(false);
  const before = clock.now();
  const outcomes = await clock.run(Promise.all(lookups.map(() => layer(testCall({ flightKey: "key" })))));
  expect([outcomes.every(({ type }) => type === "answer"), clock.now() - before]).toEqual([true, 0]);
});
