import { expect, test } from "vitest";
import { testCall, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import { ladder, type Rung } from "./ladder.ts";

const answer: Answer = { type: "answer", origin: { rung: "template", degraded: true }, stream: streamOf([]) };
const never: Service = () => new Promise(() => {});
const gives =
  (outcome: Outcome): Service =>
  () =>
    Promise.resolve(outcome);
const quick = (name: string, outcome: Outcome): Rung => ({ name, slow: false, service: gives(outcome) });

function climb(rungs: Rung[], call = testCall()) {
  const clock = new VirtualClock();
  const outcome = ladder(rungs, { clock, random: seededRandom(1) })(call);
  return { clock, outcome };
}

const busy = failure("overloaded", "http-503", "a is busy.", { retryAfterMs: 4_000 });

test("a failed rung leads to the one below", async () => {
  const { clock, outcome } = climb([quick("a", busy), quick("template", answer)]);
  expect(await clock.run(outcome)).toBe(answer);
});

test.each(["caller", "cancelled"] as const)("a %s failure ends the descent", async (kind) => {
  const { clock, outcome } = climb([quick("a", failure(kind, "x", "x")), quick("template", answer)]);
  expect(await clock.run(outcome)).toMatchObject({ kind });
});

test.each([
  [60_000, 58_500],
  [200, 150],
])("of a deadline of %i ms a hanging live group gets %i ms, the rung below the rest", async (deadline, given) => {
  const { clock, outcome } = climb(
    [{ name: "a", slow: true, service: never }, quick("template", answer)],
    testCall({ deadline }),
  );
  expect(
    await clock.run(Promise.race([outcome, new Promise((resolve) => clock.schedule(deadline, () => resolve("late")))])),
  ).toBe(answer);
  expect(clock.now()).toBe(given);
});

test("with no rung below nothing is held back", async () => {
  let given = 0;
  const service: Service = (call) => {
    given = call.deadline;
    return Promise.resolve(busy);
  };
  const { clock, outcome } = climb([{ name: "a", slow: true, service }], testCall({ deadline: 60_000 }));
  await clock.run(outcome);
  expect(given).toBe(60_000);
});

test("when nothing answers, each rung's reason is named, and the soonest Retry-After", async () => {
  const rules = failure("incompatible", "no-rule-matched", "No rule matches this request.");
  const { clock, outcome } = climb([{ name: "a > b", slow: true, service: gives(busy) }, quick("rules", rules)]);
  expect(await clock.run(outcome)).toMatchObject({
    type: "failure",
    code: "ladder_exhausted",
    retryAfterMs: 4_000,
    rungs: [
      { rung: "a > b", kind: "overloaded", reason: "http-503" },
      { rung: "rules", kind: "incompatible", reason: "no-rule-matched" },
    ],
  });
});

test("a single failing rung is named too", async () => {
  const { clock, outcome } = climb([quick("a", busy)]);
  expect(await clock.run(outcome)).toMatchObject({
    code: "ladder_exhausted",
    rungs: [{ rung: "a", reason: "http-503" }],
  });
});

test("when only keys were refused, the provider is unusable", async () => {
  const refused = failure("credential", "http-401", "a refuses its key.", { provider: "a" });
  const template = failure("incompatible", "field-missing", "x");
  const { clock, outcome } = climb([{ name: "a", slow: true, service: gives(refused) }, quick("template", template)]);
  expect(await clock.run(outcome)).toMatchObject({ code: "provider_unusable", provider: "a" });
});

test("an answer that broke for an unstreamed caller keeps its code when nothing else is there", async () => {
  const broken = failure("fault", "cut", "cut", { code: "stream_interrupted" });
  const { clock, outcome } = climb([quick("a", broken)]);
  expect(await clock.run(outcome)).toMatchObject({ code: "stream_interrupted" });
});

test("an empty ladder is refused", () => {
  expect(() => climb([])).toThrow(/at least one rung/);
});
