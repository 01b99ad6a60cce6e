import { expect, test } from "vitest";
import { testCall } from "../testing/test-call.ts";
import { failure } from "./failure.ts";
import type { Layer } from "./service.ts";
import { ACCOUNT_ORDER, compose, GROUP_ORDER, PROVIDER_ORDER, ROUTE_ORDER } from "./stack.ts";

test("the order is the documented one", () => {
  const names = [ROUTE_ORDER, GROUP_ORDER, PROVIDER_ORDER, ACCOUNT_ORDER].map((order) =>
    order.map((place) => place.name),
  );
  expect(names).toEqual([
    ["observe", "deadline", "tenant-quota", "idempotency", "cache", "respond-async", "cost-budget", "ladder"],
    ["single-flight", "resume", "failover", "hedge"],
    ["long-prompt", "retry", "balance"],
    ["circuit-breaker", "limit", "attempt", "chaos", "adapter"],
  ]);
});

test("every place says what it must be above", () => {
  for (const { reason } of [...ROUTE_ORDER, ...GROUP_ORDER, ...PROVIDER_ORDER, ...ACCOUNT_ORDER]) {
    expect(reason).toMatch(/above|below|innermost/);
  }
});

test("layers wrap in the order of the places, not of their listing", async () => {
  const visited: string[] = [];
  const mark =
    (name: string): Layer =>
    (next) =>
    (call) => {
      visited.push(name);
      return next(call);
    };
  const service = compose(
    ROUTE_ORDER,
    { cache: mark("cache"), observe: mark("observe"), deadline: mark("deadline") },
    () => Promise.resolve(failure("rejected", "end", "End.")),
  );
  await service(testCall());
  expect(visited).toEqual(["observe", "deadline", "cache"]);
});
