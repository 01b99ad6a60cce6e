import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../../testing/index.ts";
import { sleep } from "../../clock.ts";
import { FORGOTTEN_AFTER_MS } from "../flight-ledger.ts";
import { FLIGHT_LEDGER_CONFORMANCE } from "./flight-ledger-conformance.ts";
import { MemoryFlightLedger } from "./memory-flight-ledger.ts";

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
});
