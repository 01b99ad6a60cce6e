import { describe, expect, test } from "vitest";
import { scriptedService, testCall } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { failover } from "./failover.ts";

const answer: Answer = { type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf([]) };
const busy = failure("overloaded", "http-503", "busy");
const lack = failure("incompatible", "tools-asked", "It calls no tools.");

function target(provider: string, outcomes: readonly Outcome[]) {
  const { service, calls } = scriptedService(outcomes);
  return { provider, service, calls, available: () => true, contextTokens: () => undefined };
}

/** One who would answer, were it asked, and is known not to be able to. */
const lacking = (provider: string) => ({
  ...target(provider, [answer]),
  refusal: () => ({ failure: lack, supposed: false }),
});

test("who is known to lack what is asked for is not asked, and noted with the reason", async () => {
  const a = lacking("a");
  const call = testCall();
  expect(await failover([a, target("b", [answer])])(call)).toBe(answer);
  expect(a.calls).toHaveLength(0);
  expect(call.trace.attempts).toMatchObject([{ provider: "a", outcome: "incompatible", reason: "tools-asked", ms: 0 }]);
  expect(await failover([a])(testCall())).toMatchObject(lack);
});

test("one that could not serve the call anyway is no reason to try the one before it only once", async () => {
  const a = target("a", [answer]);
  await failover([a, lacking("b")])(testCall());
  expect(a.calls[0]?.lastChance).toBe(true);
});

test("what is known against a provider is found out once, however often it is looked at", async () => {
  let looks = 0;
  const watched = (provider: string) => ({
    ...lacking(provider),
    refusal: () => {
      looks++;
      return { failure: lack, supposed: false };
    },
  });
  await failover([target("a", [busy]), target("b", [busy]), watched("c"), watched("d")])(testCall());
  expect(looks).toBe(2);
});

test.each([
  busy,
  failure("rejected", "limit-reached", "full", { retryAfterMs: 2_000 }),
  failure("credential", "http-401", "key"),
])("what is told of the group is not that another could not have served it anyway, after %j", async (failed) => {
  const outcome = await failover([target("a", [failed, failed]), lacking("b")])(testCall());
  expect(outcome).toMatchObject({ kind: failed.kind, reason: failed.reason, retryAfterMs: failed.retryAfterMs });
});

describe("a provider that is supposed to be too small", () => {
  const estimated = failure("incompatible", "context-too-long", "Estimated.", { provider: "small" });
  const tooLong = failure("caller", "context-too-long", "8K", { status: 400 });
  const doubted = (outcomes: readonly Outcome[]) => ({
    ...target("small", outcomes),
    refusal: () => ({ failure: estimated, supposed: true }),
  });
  const small = (supposed = false) => ({
    ...target("small", [answer]),
    refusal: () => ({ failure: estimated, supposed }),
  });

  test("is asked behind all others, and that it was passed over is noted once", async () => {
    const [a, b, last] = [target("a", [busy]), target("b", [busy]), doubted([answer])];
    const call = testCall();
    expect(await failover([last, a, b])(call)).toBe(answer);
    expect([a, b, last].map(({ calls }) => calls.map(({ lastChance }) => lastChance))).toEqual([
      [false],
      [false],
      [true],
    ]);
    expect(call.trace.attempts).toEqual([
      { provider: "small", outcome: "incompatible", reason: "context-too-long", ms: 0, totalMs: 0 },
    ]);
  });

  test("is not asked where another answers, and asked at once where no other could", async () => {
    const unasked = doubted([answer]);
    expect(await failover([unasked, target("b", [answer])])(testCall())).toBe(answer);
    expect(unasked.calls).toHaveLength(0);
    const away = { ...target("away", [answer]), available: () => false };
    expect(await failover([doubted([answer]), lacking("b"), away])(testCall())).toBe(answer);
    expect(await failover([doubted([answer]), { ...doubted([answer]), provider: "c" }])(testCall())).toBe(answer);
  });

  test("leaves the word to those that were asked when it is too small indeed", async () => {
    const full = failure("rejected", "limit-reached", "full", { retryAfterMs: 2_000 });
    for (const failed of [busy, full]) {
      const outcome = await failover([doubted([tooLong]), target("b", [failed, failed])])(testCall());
      expect(outcome).toMatchObject({ reason: failed.reason, retryAfterMs: failed.retryAfterMs });
      expect(outcome).not.toHaveProperty("code");
    }
    // One whose breaker is open may take it later.
    const away = { ...target("away", [full]), available: () => false };
    expect(await failover([doubted([tooLong]), away])(testCall())).toMatchObject(full);
    expect(await failover([doubted([tooLong])])(testCall())).toMatchObject(tooLong);
  });

  test("makes it the caller's fault only where nothing but the length is against anybody", async () => {
    const callers = { kind: "incompatible", reason: "context-too-long", code: "invalid_request" };
    expect(await failover([small(), small()])(testCall())).toMatchObject({ ...callers, retryAfterMs: undefined });
    const translated = { ...estimated, retryAfterMs: 1_000 };
    const shortened = target("b", [translated]);
    expect(await failover([small(), shortened])(testCall())).toMatchObject({ ...callers, retryAfterMs: undefined });
    for (const others of [[lacking("b")], [target("b", [busy, busy])]]) {
      expect(await failover([small(), ...others])(testCall())).not.toHaveProperty("code");
    }
    // A provider that costs money might have taken it.
    const free = { ...small(), spends: () => false };
    const unspent = await failover([free, target("paid", [answer])])(testCall({ withoutSpending: true }));
    expect(unspent).toMatchObject({ reason: "context-too-long" });
    expect(unspent).not.toHaveProperty("code");
  });
});

describe("a request that was changed for its providers", () => {
  const refused = failure("incompatible", "http-400", "a answered 400: temperature is over 2", { status: 400 });
  const unknownModel = failure("incompatible", "model-not-found", "a answered 400: no such model", { status: 400 });
  const missing = failure("incompatible", "http-404", "a answered 404: nothing here", { status: 404 });

  test("is offered to the next one when one refuses it", async () => {
    expect(await failover([target("a", [refused]), target("b", [answer])])(testCall())).toBe(answer);
  });

  test("is the caller's to mend when all refuse it, and nobody is told to wait", async () => {
    const callers = { ...refused, code: "invalid_request", retryAfterMs: undefined };
    expect(await failover([target("a", [refused])])(testCall())).toMatchObject(callers);
    expect(await failover([target("a", [refused]), target("b", [refused])])(testCall())).toMatchObject(callers);
  });

  test.each([
    ["one was only busy", busy],
    ["one lacks what is asked for", lack],
    ["the route names a model that is not there", unknownModel],
    ["one has nothing at that address", missing],
  ])("is not said to be the caller's fault when %s", async (_why, other) => {
    for (const order of [
      [refused, other],
      [other, refused],
    ]) {
      const outcome = await failover(order.map((failed, at) => target(`p${at}`, [failed, failed])))(testCall());
      expect(outcome).not.toHaveProperty("code");
    }
  });
});
