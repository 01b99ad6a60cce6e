import { describe, expect, test } from "vitest";
import { testCall, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import { sleep } from "../../clock.ts";
import type { EngineEvent } from "../../engine-event.ts";
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

test("a call that wants only what a provider says passes by what stands in for one", async () => {
  const standIn = { ...quick("template", answer), standsIn: true };
  const only = climb([quick("a", busy), standIn, quick("b", busy)], testCall({ liveOnly: true }));
  expect(await only.clock.run(only.outcome)).toMatchObject({
    code: "ladder_exhausted",
    rungs: [{ rung: "a" }, { rung: "b" }],
  });
  const others = climb([quick("a", busy), standIn]);
  expect(await others.clock.run(others.outcome)).toBe(answer);
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

test("each provider of a live group is a rung with a reason of its own", async () => {
  const ofA = { rung: "a", kind: "overloaded", reason: "http-429", message: "a answered 429" } as const;
  const ofB = { rung: "b", kind: "fault", reason: "http-500", message: "b answered 500: no" } as const;
  const group: Rung = { name: "a > b", slow: true, service: gives({ ...busy, rungs: [ofA, ofB] }) };
  const { clock, outcome } = climb([group, quick("rules", failure("fault", "x", "No rule."))]);
  expect(await clock.run(outcome)).toMatchObject({
    message: "No rung could answer: a answered 429. b answered 500: no. rules: No rule.",
    rungs: [ofA, ofB, { rung: "rules" }],
  });
});

test("a rung that the call did not ask for says what would have asked for it, last", async () => {
  const ticket: Rung = { ...quick("ticket", answer), takes: () => false, whyNot: () => "Nobody asked." };
  const mute: Rung = { ...ticket, whyNot: () => undefined };
  const { clock, outcome } = climb([ticket, mute, quick("a", busy)]);
  expect(await clock.run(outcome)).toMatchObject({
    kind: "overloaded",
    message: "No rung could answer: a is busy. ticket: Nobody asked.",
    rungs: [{ rung: "a" }, { rung: "ticket", kind: "incompatible", reason: "not-asked-for", message: "Nobody asked." }],
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

describe("rungs that not every call may take", () => {
  const closed: Rung = { ...quick("closed", answer), takes: () => false };

  test("are not there for those that may not", async () => {
    const { clock, outcome } = climb([closed, quick("a", busy), { ...quick("rules", busy), takes: () => true }]);
    expect(await clock.run(outcome)).toMatchObject({ rungs: [{ rung: "a" }, { rung: "rules" }] });
  });

  test("leave the rung above them last, so that nothing is held back for them", async () => {
    let given = 0;
    const service: Service = (call) => {
      given = call.deadline;
      return Promise.resolve(answer);
    };
    const { clock, outcome } = climb([{ name: "a", slow: true, service }, closed], testCall({ deadline: 60_000 }));
    await clock.run(outcome);
    expect(given).toBe(60_000);
  });

  test("and where none is left, the ladder is exhausted", async () => {
    const { clock, outcome } = climb([closed]);
    expect(await clock.run(outcome)).toMatchObject({ kind: "fault", code: "ladder_exhausted", rungs: [] });
  });
});

test("each rung that is entered and that fails is told", async () => {
  const events: EngineEvent[] = [];
  const clock = new VirtualClock();
  const emit = (event: EngineEvent) => events.push(event);
  const service = ladder([quick("a", busy), quick("template", answer)], { clock, random: seededRandom(1), emit });
  await clock.run(service(testCall()));
  expect(events).toEqual([
    expect.objectContaining({ type: "rung-entered", rung: "a" }),
    expect.objectContaining({ type: "rung-failed", rung: "a", failure: busy }),
    expect.objectContaining({ type: "rung-entered", rung: "template" }),
  ]);
});

test("what is held back is a share of the call's whole time, whenever it came", async () => {
  let given = 0;
  const service: Service = (call) => {
    given = call.deadline;
    return Promise.resolve(busy);
  };
  const call = testCall({ startedAt: 100_000, deadline: 100_200 });
  const { clock, outcome } = climb([{ name: "a", slow: true, service }, quick("template", answer)], call);
  await clock.run(outcome);
  expect(given).toBe(100_150);
});

test.each([60_000, 60_001])(
  "a rung that fails when the time is up (%i ms) ends the descent with its reason",
  async (ms) => {
    const clock = new VirtualClock();
    const late: Service = async (call) => {
      await sleep(clock, ms, call.signal);
      return busy;
    };
    let asked = 0;
    const below: Rung = {
      ...quick("template", answer),
      service: () => {
        asked++;
        return Promise.resolve(answer);
      },
    };
    const service = ladder([{ name: "a", slow: false, service: late }, below], { clock, random: seededRandom(1) });
    expect(await clock.run(service(testCall({ deadline: 60_000 })))).toMatchObject({
      kind: "deadline",
      rungs: [{ rung: "a", reason: "http-503" }],
    });
    expect(asked).toBe(0);
  },
);

describe("what is told when nothing answered", () => {
  const told = (...rungs: Rung[]) => {
    const { clock, outcome } = climb(rungs);
    return clock.run(outcome);
  };
  const slow = (name: string, outcome: Outcome): Rung => ({ ...quick(name, outcome), slow: true });
  const refusedKey = failure("credential", "http-401", "a refuses its key.", { provider: "a" });

  test("names every rung with its words, in a sentence", async () => {
    const rules = failure("incompatible", "no-rule-matched", "No rule matches.");
    expect(await told(slow("a", busy), quick("rules", rules))).toMatchObject({
      kind: "incompatible",
      reason: "ladder-exhausted",
      message: "No rung could answer: a is busy. rules: No rule matches.",
    });
  });

  test("asks to wait for the soonest, or says nothing of waiting", async () => {
    const later = { ...busy, retryAfterMs: 9_000 };
    expect(await told(quick("a", later), quick("b", busy))).toMatchObject({ retryAfterMs: 4_000 });
    const mute = failure("overloaded", "http-503", "busy");
    expect(await told(quick("a", mute), quick("b", mute))).toMatchObject({ retryAfterMs: undefined });
  });

  test("a code of the last of several rungs is not that of the ladder", async () => {
    const shed = failure("rejected", "shed", "shed", { code: "load_shed" });
    expect(await told(slow("a", busy), slow("b", shed))).toMatchObject({ code: "ladder_exhausted" });
  });

  test("a refused key is not the reason where another live group was only busy", async () => {
    expect(await told(slow("a", refusedKey), slow("b", busy))).toMatchObject({ code: "ladder_exhausted" });
    expect(await told(slow("a", busy), slow("b", refusedKey))).toMatchObject({ code: "ladder_exhausted" });
  });

  test("a single rung that ran out of time says so, among several it does not", async () => {
    const late = failure("deadline", "deadline", "late");
    expect(await told(quick("a", late))).toMatchObject({
      kind: "deadline",
      reason: "deadline",
      rungs: [{ rung: "a" }],
    });
    expect(await told(quick("a", busy), quick("b", late))).toMatchObject({ code: "ladder_exhausted" });
  });

  describe("a conversation that is too long for all", () => {
    const tooLong = failure("incompatible", "context-too-long", "Too long for a.", { code: "invalid_request" });
    const rules = failure("incompatible", "no-rule-matched", "No rule matches.", { retryAfterMs: 1_000 });

    test("is the caller's fault, and no wait helps", async () => {
      expect(await told(slow("a", tooLong))).toMatchObject({ kind: "caller", rungs: [{ rung: "a" }] });
      expect(await told(slow("a", tooLong), quick("rules", rules))).toMatchObject({
        ...{ kind: "caller", reason: "context-too-long", code: "invalid_request", message: "Too long for a." },
        ...{ retryAfterMs: undefined, rungs: [{ rung: "a" }, { rung: "rules" }] },
      });
    });

    test("is answered by a rung below", async () => {
      expect(await told(slow("a", tooLong), quick("template", answer))).toBe(answer);
    });

    test("is not that where another live group might answer later", async () => {
      expect(await told(slow("a", tooLong), slow("b", busy))).toMatchObject({
        ...{ code: "ladder_exhausted", kind: "overloaded", retryAfterMs: 4_000 },
      });
    });
  });
});
