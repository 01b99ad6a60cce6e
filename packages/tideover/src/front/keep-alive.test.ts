import { expect, test, vi } from "vitest";
import { VirtualClock } from "../testing/index.ts";
import { bytesOf } from "./http.ts";
import { KeepAliveBody } from "./keep-alive.ts";

const SIGN = bytesOf(":");
const DATA = bytesOf("data");

function body(options: { silentAlready?: boolean; patienceMs?: number } = {}) {
  const clock = new VirtualClock();
  const made = new KeepAliveBody({
    clock,
    intervalMs: 1_000,
    signOfLife: SIGN,
    patienceMs: options.patienceMs ?? 60_000,
    silentAlready: options.silentAlready ?? false,
  });
  const producer = { pull: vi.fn(), expire: vi.fn(), cancel: vi.fn() };
  made.fillFrom(producer);
  return { clock, body: made, producer };
}

test("a waiting reader gets a sign of life at every interval of silence", async () => {
  const { clock, body: made, producer } = body();
  for (let sign = 1; sign <= 3; sign++) {
    expect(await clock.run(made.read())).toBe(SIGN);
    expect(clock.now()).toBe(sign * 1_000);
  }
  expect(producer.pull).toHaveBeenCalledTimes(1);
});

test("bytes put the next sign of life off, with one timer for many pieces", async () => {
  const { clock, body: made } = body();
  for (let piece = 0; piece < 5; piece++) {
    const read = made.read();
    await clock.advance(600);
    expect(clock.pendingTimers).toBe(1);
    made.give(DATA);
    expect(await read).toBe(DATA);
  }
  expect(await clock.run(made.read())).toBe(SIGN);
  expect(clock.now()).toBe(4_000);
});

test("a reader that is away gets none, no timer runs for it, and its return starts the silence anew", async () => {
  const { clock, body: made } = body();
  const first = made.read();
  made.give(DATA);
  await first;
  await clock.advance(10_000);
  expect(clock.pendingTimers).toBe(0);
  expect(await clock.run(made.read())).toBe(SIGN);
  expect(clock.now()).toBe(11_000);
});

test("a body that begins in silence gives its sign at once", async () => {
  const { clock, body: made } = body({ silentAlready: true });
  expect(await clock.run(made.read())).toBe(SIGN);
  expect(clock.now()).toBe(0);
});

test("what comes while the reader is away is kept, and nothing more is asked for", async () => {
  const { clock, body: made, producer } = body();
  expect(await clock.run(made.read())).toBe(SIGN);
  made.give(DATA);
  expect(await made.read()).toBe(DATA);
  expect(producer.pull).toHaveBeenCalledTimes(1);
});

test("the end gives the last bytes, then undefined for ever, and leaves no timer", async () => {
  const { clock, body: made, producer } = body();
  const read = made.read();
  made.end(DATA);
  expect(await read).toBe(DATA);
  expect(await made.read()).toBeUndefined();
  expect(await made.read()).toBeUndefined();
  expect(clock.pendingTimers).toBe(0);
  made.cancel();
  expect(producer.cancel).not.toHaveBeenCalled();
});

test("a cancel settles the pending read and reaches the producer once", async () => {
  const { clock, body: made, producer } = body();
  const read = made.read();
  made.cancel();
  made.cancel();
  expect(await read).toBeUndefined();
  made.give(DATA);
  expect(await made.read()).toBeUndefined();
  expect(producer.cancel).toHaveBeenCalledTimes(1);
  expect(clock.pendingTimers).toBe(0);
});

test("a producer that never answers is told when patience ends", async () => {
  const { clock, body: made, producer } = body({ patienceMs: 2_500 });
  producer.expire.mockImplementation(() => made.end(DATA));
  expect(await clock.run(made.read())).toBe(SIGN);
  expect(await clock.run(made.read())).toBe(SIGN);
  expect(await clock.run(made.read())).toBe(DATA);
  expect(clock.now()).toBe(3_000);
  expect(clock.pendingTimers).toBe(0);
});

test("a reader is handed nothing before it has returned from asking", async () => {
  const { body: made, producer } = body();
  const taken: unknown[] = [];
  producer.pull.mockImplementation(() => made.give(DATA));
  made.readInto({ take: (next) => taken.push(next) });
  expect(taken).toEqual([]);
  await Promise.resolve();
  expect(taken).toEqual([DATA]);
});

test("a reader that asks again from within what it is handed gets the end behind the last bytes", async () => {
  const { body: made, producer } = body();
  const taken: unknown[] = [];
  const reader = {
    take(next: Uint8Array | undefined) {
      taken.push(next);
      if (next !== undefined) made.readInto(reader);
    },
  };
  made.readInto(reader);
  made.give(DATA);
  made.end(DATA);
  await Promise.resolve();
  expect(taken).toEqual([DATA, DATA, undefined]);
  expect(producer.pull).toHaveBeenCalledTimes(2);
});
