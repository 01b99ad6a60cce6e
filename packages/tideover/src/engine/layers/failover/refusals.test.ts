import { expect, test } from "vitest";
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
const lacking = (provider: string) => ({ ...target(provider, [answer]), refusal: () => lack });

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
      return lack;
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
