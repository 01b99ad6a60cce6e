import { expect, test } from "vitest";
import { scriptedService, testCall } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { failover } from "./failover.ts";

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
  expect(await failover([lesser])(rest)).toMatchObject({ reason: "no-provider" });
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

test("the soonest Retry-After of all is reported", async () => {
  const a = target("a", [{ ...busy, retryAfterMs: 2_000 }]);
  const b = target("b", [{ ...busy, retryAfterMs: 9_000 }]);
  expect(await failover([a, b])(testCall())).toMatchObject({ kind: "overloaded", retryAfterMs: 2_000 });
});
