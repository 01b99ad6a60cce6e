import { sleep } from "tideover/engine";
import { FLIGHT_LEDGER_CONFORMANCE, VirtualClock } from "tideover/testing";
import { describe, expect, test } from "vitest";
import { MOST_FLIGHT_UNITS, MOST_FLIGHTS } from "./defaults.ts";
import { FlightBoard, WorkerFlights } from "./flight-board.ts";

const open = () => new AbortController().signal;

describe("the board of flights", () => {
  test.each(FLIGHT_LEDGER_CONFORMANCE)("$name", async ({ run }) => {
    const clock = new VirtualClock();
    const board = new FlightBoard(clock);
    const wait = async (ms: number) => void (await sleep(clock, ms, open()));
    await clock.run(run({ ledger: new WorkerFlights(board), other: new WorkerFlights(board), wait }));
    expect(clock.pendingTimers).toBe(0);
  });

  test("what has ended takes no memory once nobody may join it", async () => {
    const clock = new VirtualClock();
    const board = new FlightBoard(clock);
    const seat = await board.join("key", 1_000);
    if (seat.role !== "leader") throw new Error("It should lead.");
    await board.append("key", seat.token, 0, ["1234567890"]);
    await board.end("key", seat.token, { type: "whole" }, 2_000);
    expect(board.size).toEqual({ flights: 1, units: 10 });
    await clock.advance(2_000);
    await board.join("another", 1_000);
    expect(board.size).toEqual({ flights: 1, units: 0 });
  });

  test("beyond its bounds an answer goes unshared, and the flight that was touched longest ago makes room", async () => {
    const board = new FlightBoard(new VirtualClock());
    const seat = await board.join("long", 1_000);
    if (seat.role !== "leader") throw new Error("It should lead.");
    const entry = "x".repeat(MOST_FLIGHT_UNITS / 2);
    expect(await board.append("long", seat.token, 0, [entry, entry])).toBe(true);
    expect(await board.append("long", seat.token, 2, ["y"])).toBe(false);
    expect((await board.read("long", 2, 0, open()))?.ending).toEqual({ type: "unshared" });
    for (let count = 0; count < MOST_FLIGHTS + 10; count++) await board.join(`key ${count}`, 1_000);
    expect(board.size).toEqual({ flights: MOST_FLIGHTS, units: 0 });
  });

  test("when a worker is gone, whoever follows it may go on at once", async () => {
    const clock = new VirtualClock();
    const board = new FlightBoard(clock);
    const first = new WorkerFlights(board);
    const second = new WorkerFlights(board);
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
