import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../../testing/index.ts";
import { sleep } from "../../clock.ts";
import { FORGOTTEN_AFTER_MS } from "../flight-ledger.ts";
import { MemoryFlightLedger } from "../memory-flight-ledger.ts";
import { FLIGHT_LEDGER_CONFORMANCE } from "./flight-ledger-conformance.ts";

async function lead(ledger: MemoryFlightLedger, key: string): Promise<number> {
  const seat = await ledger.join(key, 1_000);
  if (seat.role !== "leader") throw new Error("It should lead.");
  return seat.token;
}

describe("the ledger in memory", () => {
  test.each(FLIGHT_LEDGER_CONFORMANCE)("$name", async ({ run }) => {
    const clock = new VirtualClock();
    const ledger = new MemoryFlightLedger(clock);
    const wait = async (ms: number) => void (await sleep(clock, ms, new AbortController().signal));
    await clock.run(run({ ledger, other: ledger, wait }));
    expect(clock.pendingTimers).toBe(0);
  });

  test("what nobody touched for long is forgotten", async () => {
    const clock = new VirtualClock();
    const ledger = new MemoryFlightLedger(clock);
    await ledger.join("key", 1_000);
    await clock.advance(FORGOTTEN_AFTER_MS + 1);
    await ledger.join("another", 1_000);
    expect(await ledger.read("key", 0, 0, new AbortController().signal)).toBeUndefined();
  });

  test("what has ended takes no memory once nobody may join it", async () => {
    const clock = new VirtualClock();
    const ledger = new MemoryFlightLedger(clock);
    const token = await lead(ledger, "key");
    await ledger.append("key", token, 0, ["1234567890"]);
    await ledger.end("key", token, { type: "whole" }, 2_000);
    expect(ledger.size).toEqual({ flights: 1, units: 10 });
    await clock.advance(2_000);
    await ledger.join("another", 1_000);
    expect(ledger.size).toEqual({ flights: 1, units: 0 });
  });

  test("what was followed is kept for its followers, and makes room when there is none", async () => {
    const clock = new VirtualClock();
    const ledger = new MemoryFlightLedger(clock, 0, { flights: 100, units: 25 });
    const none = new AbortController().signal;
    for (const key of ["a", "b"]) {
      const token = await lead(ledger, key);
      await ledger.join(key, 1_000);
      await ledger.append(key, token, 0, ["1234567890"]);
      await ledger.end(key, token, { type: "whole" }, 2_000);
    }
    await clock.advance(60_000);
    const token = await lead(ledger, "c");
    expect(ledger.size).toEqual({ flights: 3, units: 20 });
    expect(await ledger.append("c", token, 0, ["1234567890"])).toBe(true);
    expect(ledger.size).toEqual({ flights: 2, units: 20 });
    expect(await ledger.read("a", 0, 0, none)).toBeUndefined();
    expect((await ledger.read("b", 0, 0, none))?.ending).toEqual({ type: "whole" });
    await clock.advance(FORGOTTEN_AFTER_MS + 1);
    await lead(ledger, "d");
    expect(ledger.size).toEqual({ flights: 1, units: 0 });
  });

  test("beyond its bounds an answer goes unshared, and the flight that was touched longest ago makes room", async () => {
    const ledger = new MemoryFlightLedger(new VirtualClock(), 0, { flights: 100, units: 1_000 });
    const token = await lead(ledger, "long");
    const entry = "x".repeat(500);
    expect(await ledger.append("long", token, 0, [entry, entry])).toBe(true);
    expect(await ledger.append("long", token, 2, ["y"])).toBe(false);
    const { ending } = (await ledger.read("long", 2, 0, new AbortController().signal)) ?? {};
    expect(ending).toEqual({ type: "unshared" });
    for (let count = 0; count < 110; count++) await ledger.join(`key ${count}`, 1_000);
    expect(ledger.size).toEqual({ flights: 100, units: 0 });
  });
});
