import { expect, test } from "vitest";
import { scriptedService, testCall, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import type { EngineEvent } from "../../engine-event.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { balance, newAccountState } from "./balance.ts";

const answer = (): Answer => ({ type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf([]) });
const refused = failure("credential", "http-401", "bad key");

function setUp(accounts: readonly (readonly Outcome[])[], available: readonly boolean[] = []) {
  const clock = new VirtualClock();
  const events: EngineEvent[] = [];
  const targets = accounts.map((outcomes, index) => ({
    ...scriptedService(outcomes),
    state: newAccountState(`p#${index + 1}`),
    available: () => available[index] ?? true,
  }));
  const pool = balance("p", targets, { clock, random: seededRandom(1), emit: (event) => events.push(event) });
  return { clock, events, targets, pool };
}

test("a refused key is isolated alone, with an alert, and the next one answers", async () => {
  const { pool, targets, events } = setUp([[refused], [answer()]]);
  expect((await pool.service(testCall())).type).toBe("answer");
  expect((await pool.service(testCall())).type).toBe("answer");
  expect(targets[0]?.calls).toHaveLength(1);
  expect(events).toEqual([expect.objectContaining({ type: "account-isolated", account: "p#1" })]);
});

test("an isolated key is tried again after five minutes", async () => {
  const { pool, clock, targets } = setUp([[refused, answer()]]);
  await pool.service(testCall());
  expect(pool.available(testCall())).toBe(false);
  expect(await pool.service(testCall())).toMatchObject({ kind: "credential", retryAfterMs: 300_000 });
  expect(targets[0]?.calls).toHaveLength(1);
  await clock.advance(300_000);
  expect((await pool.service(testCall())).type).toBe("answer");
});

test("when every key is refused, that is the failure", async () => {
  const { pool } = setUp([[refused], [refused]]);
  expect(await pool.service(testCall())).toBe(refused);
});

test("the least busy account is asked, until its streams end", async () => {
  const { pool, targets } = setUp([[answer()], [answer()]]);
  const held: Answer[] = [];
  for (let i = 0; i < 6; i++) held.push((await pool.service(testCall())) as Answer);
  expect(targets.map((target) => target.state.inFlight)).toEqual([3, 3]);
  for (const { stream } of held) await stream.read();
  expect(targets.map((target) => target.state.inFlight)).toEqual([0, 0]);
});

test("an account whose breaker is open is passed over", async () => {
  const { pool, targets } = setUp([[answer()], [answer()]], [false, true]);
  await pool.service(testCall());
  expect(targets.map((target) => target.calls.length)).toEqual([0, 1]);
});

test("other failures stay with the account that was asked", async () => {
  const { pool, targets } = setUp([[failure("overloaded", "http-503", "busy")], [answer()]]);
  expect(await pool.service(testCall())).toMatchObject({ kind: "overloaded" });
  expect(targets[1]?.calls).toHaveLength(0);
  expect(targets[0]?.state.inFlight).toBe(0);
});

test("a bad key that a caller brought isolates nobody else", async () => {
  const { pool, targets } = setUp([[refused, answer()]]);
  expect(await pool.service(testCall({ callerKey: "theirs" }))).toBe(refused);
  expect((await pool.service(testCall())).type).toBe("answer");
  expect(targets[0]?.state.isolatedUntil).toBe(Number.NEGATIVE_INFINITY);
});
