import { describe, expect, test } from "vitest";
import { scriptedService, testCall } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { type Ask, type FailoverTarget, failover } from "./failover.ts";

const answer: Answer = { type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf([]) };
const busy = failure("overloaded", "http-503", "busy");

function target(
  provider: string,
  outcomes: readonly Outcome[],
  extra: { available?: boolean; contextTokens?: number } = {},
) {
  const { service, calls } = scriptedService(outcomes);
  return {
    provider,
    service,
    calls,
    available: () => extra.available ?? true,
    contextTokens: () => extra.contextTokens,
  };
}

test.each(["overloaded", "fault", "incompatible", "credential", "rejected"] as const)(
  "a %s failure leads to the next provider",
  async (kind) => {
    const a = target("a", [failure(kind, "x", "x")]);
    const b = target("b", [answer]);
    expect(await failover([a, b])(testCall())).toBe(answer);
    expect(a.calls).toHaveLength(1);
  },
);

test.each(["caller", "deadline", "cancelled"] as const)("a %s failure ends the search", async (kind) => {
  const b = target("b", [answer]);
  expect(await failover([target("a", [failure(kind, "x", "x")]), b])(testCall())).toMatchObject({ kind });
  expect(b.calls).toHaveLength(0);
});

test("only the last provider that could answer is told so", async () => {
  const a = target("a", [busy]);
  const b = target("b", [busy]);
  await failover([a, b])(testCall());
  expect([a.calls[0]?.lastChance, b.calls[0]?.lastChance]).toEqual([false, true]);
});

test("when the others are known to be unavailable, the first is already the last chance", async () => {
  const a = target("a", [answer]);
  await failover([a, target("b", [busy], { available: false })])(testCall());
  expect(a.calls[0]?.lastChance).toBe(true);
});

test("when the last one cannot serve the call at all, the busy one before it gets a second pass", async () => {
  const a = target("a", [busy, answer]);
  const b = target("b", [failure("incompatible", "http-404", "no such model")]);
  expect(await failover([a, b])(testCall())).toBe(answer);
  expect(a.calls[1]).toMatchObject({ lastChance: true, earlier: { tries: 1, failure: busy } });
});

test("a stand-in that does not know the model is not the caller's fault when the first was only busy", async () => {
  const unknown = failure("caller", "model-not-found", "Model Not Exist");
  const outcome = await failover([target("a", [busy]), target("b", [unknown])])(testCall());
  expect(outcome).toMatchObject({ kind: "overloaded" });
});

test("an avoided provider is asked last", async () => {
  const a = target("a", [answer]);
  const b = target("b", [busy]);
  await failover([a, b])(testCall({ avoid: ["a"] }));
  expect(b.calls).toHaveLength(1);
  expect(a.calls).toHaveLength(1);
});

test("only those that can are asked for the rest of another's answer", async () => {
  const lesser = { ...target("lesser", [answer]), continues: () => false };
  const b = target("b", [busy]);
  const rest = testCall({ request: { continuation: { restart: false } } });
  expect(await failover([lesser, b])(rest)).toMatchObject({ kind: "overloaded" });
  expect([lesser.calls.length, b.calls[0]?.lastChance]).toEqual([0, true]);
  expect(await failover([lesser])(rest)).toMatchObject({
    kind: "rejected",
    reason: "no-provider",
    message: expect.stringContaining("No provider of the group"),
  });
  expect(await failover([lesser, b])(testCall())).toBe(answer);
});

test("a prompt too long for one is only given to providers known to take more", async () => {
  const tooLong = failure("caller", "context-too-long", "64K", {
    passed: { status: 400, contentType: "application/json", body: "{}" },
  });
  const small = target("small", [tooLong], { contextTokens: 65_536 });
  const same = target("same", [answer], { contextTokens: 65_536 });
  const unknown = target("unknown", [answer]);
  const large = target("large", [answer], { contextTokens: 1_000_000 });
  expect(await failover([small, same, unknown, large])(testCall())).toBe(answer);
  expect(same.calls.length + unknown.calls.length).toBe(0);
  expect(large.calls).toHaveLength(1);
});

test("with no larger provider a prompt too long is the caller's", async () => {
  const tooLong = failure("caller", "context-too-long", "64K");
  const outcome = await failover([target("small", [tooLong], { contextTokens: 65_536 }), target("b", [answer])])(
    testCall(),
  );
  expect(outcome).toBe(tooLong);
});

test("each provider's own last reason is told, in the order of asking", async () => {
  const down = failure("fault", "http-500", "b answered 500");
  const outcome = await failover([target("a", [busy, { ...busy, message: "still busy" }]), target("b", [down])])(
    testCall(),
  );
  expect(outcome).toMatchObject({
    rungs: [
      { rung: "a", kind: "overloaded", reason: "http-503", message: "busy" },
      { rung: "b", kind: "fault", reason: "http-500", message: "b answered 500" },
    ],
  });
});

test("the soonest Retry-After of all is reported", async () => {
  const a = target("a", [{ ...busy, retryAfterMs: 2_000 }]);
  const b = target("b", [{ ...busy, retryAfterMs: 9_000 }]);
  expect(await failover([a, b])(testCall())).toMatchObject({ kind: "overloaded", retryAfterMs: 2_000 });
});

test("a call that is to be answered without spending asks only those that cost nothing", async () => {
  const paid = target("paid", [answer]);
  const unknown = target("unknown", [answer]);
  const free = { ...target("free", [answer]), spends: () => false };
  const group = failover([{ ...paid, spends: () => true }, unknown, free]);
  expect(await group(testCall({ withoutSpending: true }))).toBe(answer);
  expect([paid.calls.length, unknown.calls.length, free.calls.length]).toEqual([0, 0, 1]);
  expect(await failover([paid])(testCall({ withoutSpending: true }))).toMatchObject({
    kind: "rejected",
    reason: "soft-budget",
    message: expect.stringContaining("soft limit is reached"),
  });
  expect(await failover([paid])(testCall())).toBe(answer);
});

test("a group of nobody is refused", () => {
  expect(() => failover([])).toThrow("A live group needs at least one provider.");
});

test.each(["overloaded", "fault"] as const)("a second pass follows a failure of a moment: %s", async (kind) => {
  const a = target("a", [failure(kind, "x", "x"), answer]);
  const b = target("b", [failure("incompatible", "http-404", "no such model")]);
  expect(await failover([a, b])(testCall())).toBe(answer);
});

test("a second pass that fails too is told of with the soonest Retry-After of all", async () => {
  const a = target("a", [{ ...busy, retryAfterMs: 2_000 }, failure("overloaded", "http-429", "still busy")]);
  const b = target("b", [failure("incompatible", "http-404", "no such model")]);
  const outcome = await failover([a, b])(testCall());
  expect(outcome).toMatchObject({ reason: "http-429", retryAfterMs: 2_000 });
});

test("a second pass that ends the search is the outcome", async () => {
  const late = failure("deadline", "deadline", "late");
  const a = target("a", [{ ...busy, retryAfterMs: 2_000 }, late]);
  const b = target("b", [failure("incompatible", "http-404", "no such model")]);
  expect(await failover([a, b])(testCall())).toBe(late);
});

describe("a model that is not known", () => {
  const passed = { status: 404, contentType: "application/json", body: "{}" };
  const unknown = failure("caller", "model-not-found", "Model Not Exist", { passed });

  test("is the caller's fault where the first provider says so", async () => {
    const b = target("b", [answer], { contextTokens: 1_000_000 });
    expect(await failover([target("a", [unknown]), b])(testCall())).toBe(unknown);
    expect(b.calls).toHaveLength(0);
  });

  test("is a gap in the route where an earlier one was only busy, whoever came between", async () => {
    const a = target("a", [busy, failure("rejected", "limit-reached", "full")]);
    const between = target("between", [failure("credential", "http-401", "key")]);
    const outcome = await failover([a, between, target("c", [unknown])])(testCall());
    expect(outcome).toMatchObject({ type: "failure", kind: "incompatible", reason: "model-not-found" });
    expect(outcome).not.toMatchObject({ passed });
  });

  test("any other fault of the caller stays the caller's, though an earlier one was busy", async () => {
    const wrong = failure("caller", "http-400", "temperature", { passed });
    const c = target("c", [answer], { contextTokens: 1_000_000 });
    expect(await failover([target("a", [busy]), target("b", [wrong]), c])(testCall())).toBe(wrong);
    expect(c.calls).toHaveLength(0);
  });
});

test("only a prompt that is the caller's own is too long for others: after a translation the next is asked", async () => {
  const b = target("b", [answer]);
  const translated = failure("incompatible", "context-too-long", "64K");
  expect(await failover([target("a", [translated], { contextTokens: 65_536 }), b])(testCall())).toBe(answer);
});

describe("what is told of a group that failed", () => {
  const full = failure("rejected", "limit-reached", "full");

  test("is the last failure of a provider that was really asked", async () => {
    const fault = failure("fault", "http-500", "broken");
    const [a, b, c] = [target("a", [busy]), target("b", [fault]), target("c", [full])];
    expect(await failover([a, b, c])(testCall())).toMatchObject({ reason: "http-500" });
  });

  test("is the last refusal of ours where nobody was", async () => {
    const open = failure("rejected", "breaker-open", "open");
    expect(await failover([target("a", [full]), target("b", [open])])(testCall())).toMatchObject({
      reason: "breaker-open",
    });
  });

  test("has no Retry-After where nobody said one", async () => {
    const outcome = await failover([target("a", [busy]), target("b", [busy])])(testCall());
    expect(outcome).toMatchObject({ retryAfterMs: undefined });
  });
});

test("an avoided provider is asked once, like the others", async () => {
  const [a, b] = [target("a", [busy]), target("b", [busy])];
  await failover([a, b])(testCall({ avoid: ["a"] }));
  expect([a.calls.length, b.calls.length]).toEqual([1, 1]);
});

describe("a second provider that is asked beside the first", () => {
  /** Asks with whoever is taken as the second, and notes who that was. */
  function pair(fits: (target: FailoverTarget) => boolean = () => true) {
    const taken: (string | undefined)[] = [];
    const ask: Ask = async (call, first, takeSecond) => {
      const second = takeSecond(fits);
      taken.push(second?.provider);
      const both = second === undefined ? [first] : [first, second];
      return Promise.all(
        both.map(async (asked) => ({ target: asked, outcome: await asked.service(call), lastChance: false })),
      );
    };
    return { ask, taken };
  }

  test("is the next that is available and fits, and is not asked again", async () => {
    const { ask, taken } = pair(({ provider }) => provider !== "b");
    const group = [
      target("a", [busy]),
      target("b", [busy]),
      target("away", [busy], { available: false }),
      target("d", [busy]),
    ];
    await failover(group, ask)(testCall());
    expect(taken[0]).toBe("d");
    expect(group[3]?.calls).toHaveLength(1);
  });

  test("may be the very next one", async () => {
    const { ask, taken } = pair();
    await failover([target("a", [busy]), target("b", [answer])], ask)(testCall());
    expect(taken).toEqual(["b"]);
  });

  test("is nobody where nobody is left", async () => {
    const { ask, taken } = pair();
    await failover([target("a", [answer])], ask)(testCall());
    expect(taken).toEqual([undefined]);
  });

  test("is never one that is known to be too small", async () => {
    const tooLong = failure("caller", "context-too-long", "64K");
    const { ask, taken } = pair(({ provider }) => provider === "same");
    const small = target("small", [tooLong], { contextTokens: 65_536 });
    const large = target("large", [busy], { contextTokens: 1_000_000 });
    const same = target("same", [answer], { contextTokens: 65_536 });
    const seconds: Ask = async (call, first, takeSecond) =>
      first.provider === "small"
        ? [{ target: first, outcome: await first.service(call), lastChance: false }]
        : ask(call, first, takeSecond);
    await failover([small, large, same], seconds)(testCall());
    expect(taken).toEqual([undefined]);
    expect(same.calls).toHaveLength(0);
  });
});
