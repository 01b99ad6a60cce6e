import { expect, test } from "vitest";
import { scriptedService, testCall, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { sleep } from "../../clock.ts";
import type { EngineEvent } from "../../engine-event.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { newAccountState } from "./account-state.ts";
import { balance } from "./balance.ts";

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

test("calls that begin alike go to one account, others spread", async () => {
  const { pool, targets } = setUp([[answer()], [answer()], [answer()]]);
  const call = (system: string, session: string, step: number) => {
    const messages = [
      { role: "system", content: system },
      { role: "user", content: `step ${step}` },
    ];
    return testCall({ request: { body: { model: "m", prompt_cache_key: session, messages } } });
  };
  for (let step = 0; step < 10; step++) {
    const outcome = (await pool.service(call("You are terse.", "one", step))) as Answer;
    await outcome.stream.read();
  }
  expect(targets.map((target) => target.calls.length).sort((a, b) => a - b)).toEqual([0, 0, 10]);
  for (let session = 0; session < 60; session++) {
    const outcome = (await pool.service(call("You are terse.", `s${session}`, 0))) as Answer;
    await outcome.stream.read();
  }
  for (const { calls } of targets) expect(calls.length).toBeGreaterThan(8);
});

test("a refusal of our own limit leads to the next account, for nothing was sent", async () => {
  const full = failure("rejected", "limit-reached", "full");
  for (const accounts of [
    [[full], [answer()]],
    [[answer()], [full]],
  ]) {
    const { pool } = setUp(accounts);
    for (let step = 0; step < 4; step++) {
      const outcome = await pool.service(testCall({ request: { body: { user: `u${step}` } } }));
      expect(outcome.type).toBe("answer");
    }
  }
});

test("what is refused everywhere is refused, and an account behind an open breaker is not bothered", async () => {
  const full = failure("rejected", "limit-reached", "full");
  const { pool, targets } = setUp([[full], [full], [answer()]], [true, true, false]);
  expect(await pool.service(testCall())).toMatchObject({ kind: "rejected" });
  expect(targets.map((target) => target.calls.length)).toEqual([1, 1, 0]);
});

test("after a failure the next try goes to another account, until an answer comes", async () => {
  const busy = failure("overloaded", "http-503", "busy");
  const { pool, targets } = setUp([[busy], [busy]]);
  await pool.service(testCall());
  await pool.service(testCall());
  expect(targets.map((target) => target.calls.length)).toEqual([1, 1]);
});

test("an account that answers again is trusted again, one whose answer broke is not", async () => {
  const open = [true, true];
  const whole = answer();
  const cut: Answer = {
    ...answer(),
    stream: streamOf([], { type: "ending", failure: failure("fault", "cut", "cut") }),
  };
  const busy = failure("overloaded", "http-503", "busy");
  for (const [first, trusted] of [
    [[busy, whole, whole], true],
    [[busy, cut, whole], false],
  ] as const) {
    // Both accounts have the same script, so that it does not matter whose the call is.
    const { pool, targets } = setUp([first, first], open);
    await pool.service(testCall());
    const own = targets.findIndex((target) => target.calls.length === 1);
    open[1 - own] = false;
    const again = (await pool.service(testCall())) as Answer;
    await again.stream.read();
    open[1 - own] = true;
    await pool.service(testCall());
    expect(targets[own]?.calls).toHaveLength(trusted ? 3 : 2);
  }
});

test("a silence that a deadline cut short is mistrusted, and one that somebody ended is at least that long", async () => {
  const clock = new VirtualClock();
  const after = async (kind: "deadline" | "cancelled", reason: string) => {
    const state = newAccountState("p#1");
    const startedAt = clock.now();
    const service = async (call: Call) => {
      await sleep(clock, 5_000, call.signal);
      return failure(kind, reason, "nothing came");
    };
    const pool = balance("p", [{ state, service, available: () => true }], { clock, random: seededRandom(1) });
    await clock.run(pool.service(testCall()));
    return [state.failedAt - startedAt, state.firstToken.value(clock.now())];
  };
  expect(await after("deadline", "silent-until-deadline")).toEqual([5_000, 10_000]);
  expect(await after("cancelled", "hedge-lost")).toEqual([Number.NEGATIVE_INFINITY, 5_000]);
});

test("a fast failure does not look fast", async () => {
  const { pool, targets } = setUp([[failure("fault", "http-500", "broken")]]);
  await pool.service(testCall());
  expect(targets[0]?.state.firstToken.value(0)).toBe(10_000);
});

test("tokens in flight are those of calls that run", async () => {
  const { pool, targets } = setUp([[answer()]]);
  const { stream } = (await pool.service(testCall())) as Answer;
  expect(targets[0]?.state.inFlightTokens).toBeGreaterThan(500);
  stream.cancel(failure("cancelled", "caller-gone", "gone"));
  expect(targets[0]?.state).toMatchObject({ inFlight: 0, inFlightTokens: 0 });
});

test("a weight that is not positive is refused with its value", () => {
  const state = newAccountState("p#1");
  const target = { ...scriptedService([]), state, weight: 0, available: () => true };
  expect(() => balance("p", [target], { clock: new VirtualClock(), random: seededRandom(1) })).toThrow(/got 0/);
});

test("accounts of our region are asked as long as one of them is sound, whatever its load", async () => {
  const { targets, clock } = setUp([[answer()], [answer()], [answer()]]);
  const [near, far, alsoNear] = targets;
  if (near === undefined || far === undefined || alsoNear === undefined) throw new Error("There are three.");
  let steady = true;
  const pool = balance(
    "p",
    [
      { ...near, isSteady: () => steady },
      { ...far, isFar: true },
      { ...alsoNear, available: () => steady },
    ],
    { clock, random: seededRandom(1) },
  );
  for (let i = 0; i < 40; i++) await pool.service(testCall({ id: `call-${i}`, tenant: `tenant-${i}` }));
  expect(far.calls).toHaveLength(0);
  expect(near.calls.length).toBeGreaterThan(10);
  expect(alsoNear.calls.length).toBeGreaterThan(10);
  steady = false;
  for (let i = 0; i < 10; i++) await pool.service(testCall({ id: `late-${i}`, tenant: `tenant-${i}` }));
  expect(far.calls.length).toBeGreaterThan(0);
});

test("after a failure in our region the next call goes far, and comes back when the mistrust is over", async () => {
  const fault = failure("fault", "http-500", "");
  const { targets, clock } = setUp([[fault, answer()], [answer()]]);
  const [near, far] = targets;
  if (near === undefined || far === undefined) throw new Error("There are two.");
  const pool = balance("p", [near, { ...far, isFar: true }], { clock, random: seededRandom(1) });
  expect(await pool.service(testCall())).toBe(fault);
  await pool.service(testCall());
  expect([near.calls.length, far.calls.length]).toEqual([1, 1]);
  await clock.advance(10_000);
  await pool.service(testCall());
  expect([near.calls.length, far.calls.length]).toEqual([2, 1]);
});

test("when no breaker lets through, one account is asked all the same: its breaker says when to come back", async () => {
  const open = failure("rejected", "breaker-open", "open", { retryAfterMs: 5_000 });
  const { pool, targets } = setUp([[open], [open]], [false, false]);
  expect(await pool.service(testCall())).toBe(open);
  expect(targets.reduce((sum, { calls }) => sum + calls.length, 0)).toBe(1);
  expect(pool.available(testCall())).toBe(false);
});

test("an account that was full is not isolated for that", async () => {
  const { pool, targets, events } = setUp([[failure("rejected", "limit-reached", "full"), answer()]]);
  expect(await pool.service(testCall())).toMatchObject({ reason: "limit-reached" });
  expect(pool.available(testCall())).toBe(true);
  expect((await pool.service(testCall())).type).toBe("answer");
  expect(targets[0]?.calls).toHaveLength(2);
  expect(events).toEqual([]);
});

test("isolation works where nobody listens, and says when the first key is tried again", async () => {
  const { targets, clock } = setUp([[refused], [refused]]);
  const pool = balance("p", targets, { clock, random: seededRandom(1) });
  await pool.service(testCall());
  const [first, second] = targets;
  if (first === undefined || second === undefined) throw new Error("There are two.");
  first.state.isolatedUntil = 7_000;
  second.state.isolatedUntil = 3_000;
  await clock.advance(1_000);
  expect(await pool.service(testCall())).toMatchObject({
    kind: "credential",
    reason: "account-isolated",
    message: expect.stringContaining("p refused its key earlier"),
    retryAfterMs: 2_000,
  });
});

test("a pool is steady when all its usable accounts are", () => {
  const { targets, clock } = setUp([[answer()], [answer()], [answer()]]);
  const steady: (boolean | undefined)[] = [true, undefined, true];
  const pool = balance(
    "p",
    targets.map((target, index) => {
      const told = () => steady[index] ?? true;
      return steady[index] === undefined ? target : { ...target, isSteady: told };
    }),
    { clock, random: seededRandom(1) },
  );
  expect(pool.isSteady(testCall())).toBe(true);
  steady[2] = false;
  expect(pool.isSteady(testCall())).toBe(false);
  const third = targets[2];
  if (third !== undefined) third.state.isolatedUntil = 1_000;
  expect(pool.isSteady(testCall())).toBe(true);
});

test("without regions a pool does not look at who is steady", async () => {
  const { targets, clock } = setUp([[answer()], [answer()]]);
  const pool = balance(
    "p",
    targets.map((target, index) => ({ ...target, isSteady: () => index === 0 })),
    { clock, random: seededRandom(1) },
  );
  for (let i = 0; i < 40; i++) await pool.service(testCall({ tenant: `tenant-${i}` }));
  expect(targets[1]?.calls.length).toBeGreaterThan(8);
});

test("how long a first token took is measured from the asking", async () => {
  const clock = new VirtualClock();
  await clock.advance(50_000);
  const state = newAccountState("p#1");
  const slow = async (call: Call) => {
    await sleep(clock, 4_000, call.signal);
    return answer();
  };
  const pool = balance("p", [{ state, service: slow, available: () => true }], { clock, random: seededRandom(1) });
  await clock.run(pool.service(testCall()));
  expect(state.firstToken.value(clock.now())).toBeCloseTo(4_000, -1);
});

test("a caller who left soon says nothing of how fast an account is", async () => {
  const clock = new VirtualClock();
  const state = newAccountState("p#1");
  state.firstToken.add(0, 3_000);
  const left = async (call: Call) => {
    await sleep(clock, 100, call.signal);
    return failure("cancelled", "caller-gone", "gone");
  };
  const pool = balance("p", [{ state, service: left, available: () => true }], { clock, random: seededRandom(1) });
  await clock.run(pool.service(testCall()));
  expect(state.firstToken.value(clock.now())).toBeGreaterThan(2_900);
});

test("a ticket is no failure", async () => {
  const { pool, targets } = setUp([[{ type: "accepted", jobId: "job-1" }]]);
  await pool.service(testCall());
  expect(targets[0]?.state).toMatchObject({ inFlight: 0, failedAt: Number.NEGATIVE_INFINITY });
});

test("a pool of nobody is refused by name", () => {
  expect(() => balance("p", [], { clock: new VirtualClock(), random: seededRandom(1) })).toThrow(
    "Provider p needs at least one account.",
  );
});
