import { once } from "node:events";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { CLOCK_CONFORMANCE } from "tideover/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SystemClock } from "./system-clock.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test.each(CLOCK_CONFORMANCE)("$name", ({ run }) =>
  run({
    clock: new SystemClock(),
    advance: (ms) => void vi.advanceTimersByTime(ms),
    say: (nowMs) => void vi.spyOn(performance, "now").mockReturnValue(nowMs),
    pending: () => vi.getTimerCount(),
  }),
);

test("a delay of a month waits for its time, and an endless one can be cancelled", () => {
  const clock = new SystemClock();
  const fired = vi.fn();
  const now = vi.spyOn(performance, "now").mockReturnValue(0);
  const thirtyDays = 30 * 86_400_000;
  clock.schedule(thirtyDays, fired);
  clock.schedule(Number.POSITIVE_INFINITY, fired).cancel();
  // The clock jumps, so that a month need not be waited for look by look.
  now.mockReturnValue(thirtyDays - 1);
  vi.advanceTimersByTime(3_000);
  expect(fired).not.toHaveBeenCalled();
  now.mockReturnValue(thirtyDays);
  vi.advanceTimersByTime(3_000);
  expect(fired).toHaveBeenCalledTimes(1);
  now.mockRestore();
});

test("one that fails does not take the others with it", () => {
  const clock = new SystemClock();
  const fired = vi.fn();
  clock.schedule(20, () => {
    throw new Error("boom");
  });
  clock.schedule(20, fired);
  expect(() => vi.advanceTimersByTime(20)).toThrow("boom");
  vi.advanceTimersByTime(10);
  expect(fired).toHaveBeenCalledTimes(1);
});

test("a waiting timer keeps the process alive, a cancelled one does not", () => {
  vi.useRealTimers();
  const armed = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = armed();
  const clock = new SystemClock();
  const timer = clock.schedule(60_000, () => {});
  expect(armed()).toBe(before + 1);
  timer.cancel();
  expect(armed()).toBe(before);
  const second = clock.schedule(60_000, () => {});
  expect(armed()).toBe(before + 1);
  second.cancel();
});

/** Echoes what it is sent, in a thread of its own, so that it answers while this one is busy. */
const ECHO = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer((socket) => socket.pipe(socket));
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

test("what arrived while the process was busy is read before a timer says that it is late", async () => {
  vi.useRealTimers();
  const echo = new Worker(ECHO, { eval: true });
  const [port] = (await once(echo, "message")) as [number];
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const order: string[] = [];
  socket.on("data", () => order.push("data"));
  const fired = new Promise<void>((resolve) => {
    new SystemClock().schedule(50, () => {
      order.push("timer");
      resolve();
    });
  });
  socket.write("x");
  // Long enough for the echo to be back, and for the timer to be due.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  await fired;
  expect(order).toEqual(["data", "timer"]);
  socket.destroy();
  await echo.terminate();
});
