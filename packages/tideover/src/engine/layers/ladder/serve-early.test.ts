import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { testCall, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import { sleep } from "../../clock.ts";
import type { EngineEvent } from "../../engine-event.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import { ladder } from "./ladder.ts";

const answer = (rung: "live" | "stale"): Answer => ({
  type: "answer",
  origin: { rung, degraded: rung === "stale" },
  stream: streamOf([]),
});
const none = failure("incompatible", "not-stored", "Nothing is stored.");
const busy = failure("overloaded", "http-503", "busy");

/** A live group that gives its outcome after so long, and a stale rung that is asked after two seconds. */
function race(liveMs: number, live: Outcome, stale: Outcome, staleMs = 0) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const aborted: string[] = [];
  const events: EngineEvent[] = [];
  const after =
    (name: string, ms: number, outcome: Outcome): Service =>
    async (call) => {
      asked.push(`${name} at ${clock.now()}`);
      if (await sleep(clock, ms, call.signal)) return outcome;
      aborted.push(`${name} at ${clock.now()}: ${failureOf(call.signal).reason}`);
      return failureOf(call.signal);
    };
  const service = ladder(
    [
      { name: "a", slow: true, service: after("live", liveMs, live) },
      { name: "rules", slow: false, service: after("rules", 0, none) },
      { name: "stale", slow: false, service: after("stale", staleMs, stale), earlyMs: 2_000 },
    ],
    { clock, random: seededRandom(1), emit: (event) => events.push(event) },
  );
  const run = async (call = testCall()) => {
    const outcome = await clock.run(service(call));
    const at = clock.now();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
    return { outcome, at };
  };
  return { clock, asked, aborted, events, run, service };
}

test("a live answer in time needs no copy", async () => {
  const live = answer("live");
  const { run, asked } = race(1_900, live, answer("stale"));
  expect(await run()).toEqual({ outcome: live, at: 1_900 });
  expect(asked).toEqual(["live at 0"]);
});

test("when the live group has shown nothing by then, the copy is given and the group is given up", async () => {
  const stale = answer("stale");
  const { run, aborted, events } = race(30_000, answer("live"), stale);
  expect(await run()).toEqual({ outcome: stale, at: 2_000 });
  expect(aborted).toEqual(["live at 2000: served-early"]);
  expect(events.flatMap((event) => (event.type === "rung-entered" ? event.rung : []))).toEqual(["a", "stale"]);
});

test("without a copy the live group is waited for", async () => {
  const live = answer("live");
  const { run, asked } = race(30_000, live, none);
  expect(await run()).toEqual({ outcome: live, at: 30_000 });
  expect(asked).toEqual(["live at 0", "stale at 2000"]);
});

test("a live answer that comes while the copy is looked for is the one", async () => {
  const live = answer("live");
  const { run, aborted } = race(2_050, live, answer("stale"), 100);
  expect(await run()).toEqual({ outcome: live, at: 2_050 });
  expect(aborted).toEqual(["stale at 2050: served-early"]);
});

test("a group that fails before then leads down the ladder at once", async () => {
  const stale = answer("stale");
  const { run, asked } = race(10, busy, stale);
  expect(await run()).toEqual({ outcome: stale, at: 10 });
  expect(asked).toEqual(["live at 0", "rules at 10", "stale at 10"]);
});

test("a caller who leaves ends both", async () => {
  const { clock, service, aborted } = race(30_000, answer("live"), answer("stale"), 5_000);
  const abort = new AbortController();
  const outcome = service(testCall({ signal: abort.signal }));
  await clock.advance(2_500);
  abort.abort(failure("cancelled", "caller-gone", "gone"));
  expect(await clock.run(outcome)).toMatchObject({ kind: "cancelled" });
  await clock.advance(0);
  expect(aborted.length).toBe(2);
  expect(clock.pendingTimers).toBe(0);
});

test("what comes after it was given up is cancelled, whoever it is from", async () => {
  for (const [liveMs, staleMs, late] of [
    [5_000, 0, "live"],
    [2_050, 5_000, "stale"],
  ] as const) {
    const clock = new VirtualClock();
    const cancelled: string[] = [];
    const deaf =
      (name: string, ms: number): Service =>
      async () => {
        await sleep(clock, ms, new AbortController().signal);
        const stream = {
          read: streamOf([]).read,
          cancel: ({ reason }: Failure) => cancelled.push(`${name}: ${reason}`),
        };
        return { type: "answer", origin: { rung: "live", degraded: false }, stream };
      };
    const service = ladder(
      [
        { name: "a", slow: true, service: deaf("live", liveMs) },
        { name: "stale", slow: false, service: deaf("stale", staleMs), earlyMs: 2_000 },
      ],
      { clock, random: seededRandom(1) },
    );
    await clock.run(service(testCall()));
    await clock.advance(20_000);
    expect(cancelled).toEqual([`${late}: served-early`]);
  }
});

test("the time to serve early counts from the call's start, not from the rung's", async () => {
  const stale = answer("stale");
  const { clock, run } = race(30_000, answer("live"), stale);
  await clock.advance(10_000);
  const call = testCall({ startedAt: 8_500, deadline: 100_000 });
  expect(await run(call)).toEqual({ outcome: stale, at: 10_500 });
  const late = race(30_000, answer("live"), stale);
  await late.clock.advance(10_000);
  expect(await late.run(testCall({ startedAt: 1_000, deadline: 100_000 }))).toEqual({ outcome: stale, at: 10_000 });
});

test("a caller who left before is told so, and nothing listens to the signal afterwards", async () => {
  const abort = new AbortController();
  const { run, asked } = race(100, answer("live"), answer("stale"));
  const call = testCall({ signal: abort.signal });
  await run(call);
  expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  abort.abort(failure("cancelled", "caller-gone", "gone"));
  const before = asked.length;
  expect(await run(call)).toMatchObject({ outcome: { kind: "cancelled" } });
  expect(asked.slice(before).filter((entry) => entry.startsWith("stale"))).toEqual([]);
});
