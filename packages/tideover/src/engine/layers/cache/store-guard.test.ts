import { expect, test } from "vitest";
import { VirtualClock } from "../../../testing/index.ts";
import { type Clock, sleep } from "../../clock.ts";
import { StoreGuard } from "./store-guard.ts";

function stage() {
  const clock = new VirtualClock();
  const changes: string[] = [];
  const guard = new StoreGuard(clock, (available, reason) => changes.push(`${available ? "up" : "down"}: ${reason}`));
  const run = <Value>(operation: (signal: AbortSignal) => Promise<Value>) => clock.run(guard.run(operation, 100));
  return { clock, guard, changes, run };
}

const hang = () => new Promise<string>(() => {});
const fail = () => Promise.reject(new Error("down"));
const answer = () => Promise.resolve("yes");

test("what comes in time is given, what does not is aborted and as if it were not there", async () => {
  const { run, clock } = stage();
  expect(await run(answer)).toEqual({ ok: true, value: "yes" });
  let aborted = false;
  const slow = (signal: AbortSignal) => {
    signal.addEventListener("abort", () => {
      aborted = true;
    });
    return hang();
  };
  expect(await run(slow)).toEqual({ ok: false });
  expect([clock.now(), aborted, clock.pendingTimers]).toEqual([100, true, 0]);
});

test("after three failures in a row the store is left alone, then one operation at a time tries again", async () => {
  const { run, clock, guard, changes } = stage();
  await run(fail);
  await run(answer);
  for (let index = 0; index < 3; index++) await run(fail);
  expect([guard.isOpen, changes]).toEqual([false, ["down: down"]]);
  let asked = 0;
  const count = () => {
    asked++;
    return answer();
  };
  expect(await run(count)).toEqual({ ok: false });
  await clock.advance(1_000);
  const trial = guard.run(hang, 100);
  expect(await run(count)).toEqual({ ok: false });
  await clock.run(trial);
  expect([asked, guard.isOpen]).toEqual([0, false]);
  await clock.advance(1_000);
  expect(await run(count)).toEqual({ ok: true, value: "yes" });
  expect(changes).toEqual(["down: down", "up: it answers again"]);
});

test("what is thrown is a failure, too", async () => {
  const { run } = stage();
  const throwing = () => {
    throw new Error("at once");
  };
  expect(await run(throwing)).toEqual({ ok: false });
});

test("who leaves says nothing about the store", async () => {
  const { clock, guard, changes } = stage();
  for (let index = 0; index < 5; index++) {
    const abort = new AbortController();
    const running = guard.run(hang, 100, abort.signal);
    abort.abort();
    expect(await running).toEqual({ ok: false });
  }
  expect([changes, clock.pendingTimers]).toEqual([[], 0]);
});

test("when this process itself stood still, an answer that waits in its sockets is still taken", async () => {
  const virtual = new VirtualClock();
  let stalledMs = 0;
  const clock: Clock = {
    now: () => virtual.now() + stalledMs,
    wallTime: () => virtual.wallTime(),
    schedule: (delayMs, callback) => virtual.schedule(delayMs, callback),
  };
  const guard = new StoreGuard(clock, () => {});
  const running = guard.run(async () => {
    await sleep(virtual, 110, new AbortController().signal);
    return "yes";
  }, 100);
  stalledMs = 400;
  expect(await virtual.run(running)).toEqual({ ok: true, value: "yes" });
  const hanging = guard.run(hang, 100);
  stalledMs = 800;
  expect(await virtual.run(hanging)).toEqual({ ok: false });
  expect(virtual.pendingTimers).toBe(0);
});
