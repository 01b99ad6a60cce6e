import { MemoryFlightLedger, sleep } from "tideover/engine";
import { FLIGHT_LEDGER_CONFORMANCE, VirtualClock } from "tideover/testing";
import { describe, expect, test } from "vitest";
import { WorkerFlights } from "./worker-flights.ts";

const open = () => new AbortController().signal;

describe("the flights of a worker", () => {
  test.each(FLIGHT_LEDGER_CONFORMANCE)("$name", async ({ run }) => {
    const clock = new VirtualClock();
    const ledger = new MemoryFlightLedger(clock);
    const wait = async (ms: number) => void (await sleep(clock, ms, open()));
    await clock.run(run({ ledger: new WorkerFlights(ledger), other: new WorkerFlights(ledger), wait }));
    expect(clock.pendingTimers).toBe(0);
  });

  test("when a worker is gone, whoever follows it may go on at once", async () => {
    const clock = new VirtualClock();
    const ledger = new MemoryFlightLedger(clock);
    const first = new WorkerFlights(ledger);
    const second = new WorkerFlights(ledger);
    const seat = await first.join("key", 60_000);
    if (seat.role !== "leader") throw new Error("It should lead.");
    await first.append("key", seat.token, 0, ["begun"]);
    expect((await second.join("key", 60_000)).role).toBe("follower");
    const reading = second.read("key", 1, 30_000, open());
    await first.gone();
    expect(await reading).toMatchObject({ led: false, entries: [] });
    expect(await second.join("key", 60_000)).toMatchObject({ role: "leader", entries: ["begun"] });
  });
});
