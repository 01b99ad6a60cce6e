import { expect, test } from "vitest";
import { VirtualClock } from "../../../testing/index.ts";
import { failure } from "../../failure.ts";
import type { FlightEnding, FlightLedger } from "../../ports/flight-ledger.ts";
import { StoreGuard } from "../cache/store-guard.ts";
import { APPEND_AGAIN_MS, APPEND_BOUND_MS, LINGER_MS, MOST_LOG_EVENTS, MOST_LOG_LENGTH, RENEW_MS } from "./defaults.ts";
import { PublishedLog } from "./published-log.ts";

interface Append {
  readonly at: number;
  readonly from: number;
  readonly entries: readonly string[];
}

/** A log, and a ledger that notes what it is told; what it answers can be set. */
function stage(written: readonly string[] = []) {
  const clock = new VirtualClock();
  const appends: Append[] = [];
  const ends: { readonly ending: FlightEnding; readonly lingerMs: number }[] = [];
  const releases: number[] = [];
  const ledger = {
    appended: (): Promise<boolean> => Promise.resolve(true),
    append(key: string, token: number, from: number, entries: readonly string[]) {
      expect([key, token]).toEqual(["key", 7]);
      appends.push({ at: clock.now(), from, entries });
      return this.appended();
    },
    end(key: string, token: number, ending: FlightEnding, lingerMs: number) {
      expect([key, token]).toEqual(["key", 7]);
      ends.push({ ending, lingerMs });
      return Promise.resolve(true);
    },
    release(key: string, token: number) {
      expect(key).toBe("key");
      releases.push(token);
      return Promise.resolve();
    },
  };
  const guard = new StoreGuard(clock, () => undefined);
  const whole = ledger as unknown as FlightLedger;
  const log = new PublishedLog({ ledger: whole, guard, clock, key: "key", token: 7, written });
  const texts = () => appends.map(({ from, entries }) => `${from}:${entries.join("")}`);
  return { clock, ledger, log, appends, ends, releases, texts };
}

const start = (clock: VirtualClock) => clock.now();

test("entries are written at their places, behind those of an earlier leader", async () => {
  const { clock, log, texts } = stage(["x", "y"]);
  log.add(["a"]);
  await clock.advance(0);
  log.add(["b", "c"]);
  await clock.advance(0);
  expect(texts()).toEqual(["2:a", "3:bc"]);
});

test("what comes while an append is under way goes with the next one, in one piece", async () => {
  const { clock, ledger, log, texts } = stage();
  const slow = Promise.withResolvers<boolean>();
  ledger.appended = () => slow.promise;
  log.add(["a"]);
  log.add(["b"]);
  log.add(["c"]);
  await clock.advance(10);
  expect(texts()).toEqual(["0:a"]);
  ledger.appended = () => Promise.resolve(true);
  slow.resolve(true);
  await clock.advance(0);
  expect(texts()).toEqual(["0:a", "1:bc"]);
});

test("the lease is renewed while nothing comes, at its pace from the last append on", async () => {
  const { clock, log, appends } = stage();
  const from = start(clock);
  await clock.advance(RENEW_MS);
  expect(appends).toEqual([{ at: from + RENEW_MS, from: 0, entries: [] }]);
  await clock.advance(RENEW_MS / 2);
  log.add(["a"]);
  await clock.advance(RENEW_MS - 1);
  expect(appends.map(({ entries }) => entries)).toEqual([[], ["a"]]);
  await clock.advance(1);
  expect(appends.map(({ from: place, entries }) => [place, entries])).toEqual([
    [0, []],
    [0, ["a"]],
    [1, []],
  ]);
});

test("an append that failed is sent again, with all that has come meanwhile", async () => {
  const { clock, ledger, log, appends } = stage();
  ledger.appended = () => Promise.reject(new Error("down"));
  log.add(["a"]);
  await clock.advance(0);
  log.add(["b"]);
  await clock.advance(0);
  ledger.appended = () => Promise.resolve(true);
  await clock.advance(APPEND_AGAIN_MS);
  expect(appends.at(-1)).toMatchObject({ from: 0, entries: ["a", "b"] });
});

test("an append that takes too long counts as failed", async () => {
  const { clock, ledger, log, texts } = stage();
  ledger.appended = () => new Promise(() => undefined);
  log.add(["a"]);
  await clock.advance(APPEND_BOUND_MS);
  ledger.appended = () => Promise.resolve(true);
  await clock.advance(APPEND_BOUND_MS + APPEND_AGAIN_MS);
  expect(texts().slice(0, 2)).toEqual(["0:a", "0:a"]);
});

test("whoever leads no more writes no more, and renews nothing", async () => {
  const { clock, ledger, log, appends, ends, releases } = stage();
  ledger.appended = () => Promise.resolve(false);
  log.add(["a"]);
  await clock.advance(0);
  log.add(["b"]);
  log.end({ type: "whole" });
  log.release();
  await clock.advance(10 * RENEW_MS);
  expect(appends).toHaveLength(1);
  expect(ends).toEqual([]);
  expect(releases).toEqual([]);
});

test("an ending follows what waits, once, and nothing follows it", async () => {
  const { clock, log, texts, ends, releases, appends } = stage();
  log.add(["a"]);
  log.add(["b"]);
  log.end({ type: "whole" });
  log.end({ type: "unshared" });
  log.release();
  log.add(["c"]);
  await clock.advance(10 * RENEW_MS);
  expect(texts()).toEqual(["0:a", "1:b"]);
  expect(appends).toHaveLength(2);
  expect(ends).toEqual([{ ending: { type: "whole" }, lingerMs: LINGER_MS }]);
  expect(releases).toEqual([]);
});

test("without the ledger an ending is not tried for ever", async () => {
  const { clock, ledger, log, appends, ends } = stage();
  ledger.appended = () => Promise.reject(new Error("down"));
  log.add(["a"]);
  log.end({ type: "whole" });
  await clock.advance(10 * RENEW_MS);
  expect(appends).toHaveLength(1);
  expect(ends).toEqual([]);
});

test("a lead that is given back says so once", async () => {
  const { clock, log, ends, releases } = stage();
  log.release();
  log.release();
  log.end({ type: "whole" });
  log.add(["late"]);
  await clock.advance(10 * RENEW_MS);
  expect(releases).toEqual([7]);
  expect(ends).toEqual([]);
});

test("a failure is told to the others, unless it is a caller's own", async () => {
  const told = stage();
  const down = failure("overloaded", "busy", "busy");
  told.log.fail(down);
  await told.clock.advance(0);
  expect(told.ends).toEqual([{ ending: { type: "failed", failure: JSON.stringify(down) }, lingerMs: LINGER_MS }]);
  for (const kind of ["cancelled", "deadline"] as const) {
    const own = stage();
    own.log.fail(failure(kind, "own", "own"));
    await own.clock.advance(0);
    expect(own.ends).toEqual([]);
    expect(own.releases).toEqual([7]);
  }
});

test.each([
  ["entries", Array.from({ length: MOST_LOG_EVENTS }, () => "e"), ["one more"]],
  ["length", ["e".repeat(MOST_LOG_LENGTH)], ["!"]],
])("a log that outgrows its bound of %s ends unshared, and one that just fits does not", async (_bound, fits, more) => {
  const { clock, log, ends } = stage();
  log.add(fits);
  await clock.advance(0);
  expect(ends).toEqual([]);
  log.add(more);
  await clock.advance(0);
  expect(ends).toEqual([{ ending: { type: "unshared" }, lingerMs: LINGER_MS }]);
});

test("what an earlier leader wrote counts towards the bounds", async () => {
  const { clock, log, ends } = stage(["e".repeat(MOST_LOG_LENGTH)]);
  log.add(["!"]);
  await clock.advance(0);
  expect(ends).toEqual([{ ending: { type: "unshared" }, lingerMs: LINGER_MS }]);
});
