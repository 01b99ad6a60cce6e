import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { divide, firstPart, PermitBoard, type PermitBound } from "./permit-board.ts";

describe("dividing", () => {
  test("first parts together are the whole", () => {
    expect([0, 1, 2].map((slot) => firstPart(10, 3, slot))).toEqual([4, 3, 3]);
    expect([0, 1, 2].map((slot) => firstPart(1, 3, slot))).toEqual([1, 0, 0]);
  });

  test("to each what it needs and an equal part of the rest; in proportion where there is not enough", () => {
    expect(divide(10, [6, 0])).toEqual([8, 2]);
    expect(divide(10, [30, 10])).toEqual([7, 3]);
    expect(divide(1, [0, 1])).toEqual([0, 1]);
  });

  test("in whole numbers that together are the total", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 8 }),
        (total, demands) => {
          const parts = divide(total, demands);
          expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
          expect(parts.every((part) => Number.isInteger(part) && part >= 0)).toBe(true);
        },
      ),
    );
  });
});

/** Workers that keep to their bounds, over a channel in which messages are on their way for a while. */
class Workers {
  readonly board: PermitBoard;
  readonly bounds: number[];
  readonly inFlight: number[];
  readonly waiting: number[];
  readonly versions: number[];
  readonly #total: number;
  readonly #onTheirWay: { slot: number; bound: PermitBound }[] = [];

  constructor(total: number, count: number) {
    this.#total = total;
    this.board = new PermitBoard(count, (slot, bounds) => {
      for (const bound of bounds) this.#onTheirWay.push({ slot, bound });
    });
    this.bounds = Array.from({ length: count }, (_, slot) => firstPart(total, count, slot));
    this.inFlight = Array(count).fill(0);
    this.waiting = Array(count).fill(0);
    this.versions = Array(count).fill(0);
  }

  report(slot: number): void {
    const inFlight = this.inFlight[slot] ?? 0;
    const demand = inFlight + (this.waiting[slot] ?? 0);
    this.board.report(slot, [{ key: "k", total: this.#total, inFlight, demand, version: this.versions[slot] ?? 0 }]);
  }

  /** Delivers what is on its way; each is confirmed by a report. */
  deliver(most = Number.POSITIVE_INFINITY): void {
    for (let done = 0; done < most; done++) {
      const next = this.#onTheirWay.shift();
      if (next === undefined) return;
      this.bounds[next.slot] = next.bound.bound;
      this.versions[next.slot] = next.bound.version;
      this.start(next.slot);
      this.report(next.slot);
    }
  }

  /** Sends those who wait, as far as the bound allows. */
  start(slot: number): void {
    const room = Math.max(0, (this.bounds[slot] ?? 0) - (this.inFlight[slot] ?? 0));
    const sent = Math.min(room, this.waiting[slot] ?? 0);
    this.waiting[slot] = (this.waiting[slot] ?? 0) - sent;
    this.inFlight[slot] = (this.inFlight[slot] ?? 0) + sent;
  }

  get all(): number {
    return this.inFlight.reduce((sum, count) => sum + count, 0);
  }
}

describe("the board", () => {
  test("a worker with all the calls gets nearly all of the limit, and gives it back when another needs it", () => {
    const workers = new Workers(10, 2);
    workers.waiting[0] = 20;
    workers.start(0);
    workers.report(0);
    workers.deliver();
    expect(workers.bounds).toEqual([10, 0]);
    workers.waiting[1] = 20;
    workers.start(1);
    workers.report(1);
    workers.deliver();
    // The first still has ten in flight: nothing is free until they end.
    expect(workers.all).toBe(10);
    workers.inFlight[0] = 5;
    workers.report(0);
    workers.deliver();
    expect(workers.all).toBe(10);
    expect(workers.inFlight[1]).toBe(5);
  });

  test("a limit of one goes to whoever needs it", () => {
    const workers = new Workers(1, 2);
    workers.waiting[1] = 1;
    workers.report(1);
    workers.deliver();
    expect([workers.bounds, workers.inFlight]).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test("one that is gone leaves the first parts to all", () => {
    const workers = new Workers(10, 2);
    workers.waiting[0] = 8;
    workers.report(0);
    workers.deliver();
    expect(workers.bounds).toEqual([9, 1]);
    workers.inFlight[0] = 3;
    workers.board.gone(1);
    workers.bounds[1] = 5;
    workers.versions[1] = 0;
    workers.deliver();
    expect(workers.bounds).toEqual([5, 5]);
  });

  test("together they never have more in flight than the limit, however messages and calls fall", () => {
    const step = fc.record({
      slot: fc.integer({ min: 0, max: 2 }),
      arrive: fc.integer({ min: 0, max: 6 }),
      end: fc.integer({ min: 0, max: 6 }),
      deliver: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 120 }), (total, steps) => {
        const workers = new Workers(total, 3);
        for (const { slot, arrive, end, deliver } of steps) {
          workers.waiting[slot] = (workers.waiting[slot] ?? 0) + arrive;
          workers.inFlight[slot] = Math.max(0, (workers.inFlight[slot] ?? 0) - end);
          workers.start(slot);
          workers.report(slot);
          workers.deliver(deliver);
          expect(workers.all).toBeLessThanOrEqual(total);
        }
        // In the end nobody waits while there is room.
        for (let round = 0; round < 50; round++) {
          for (const slot of [0, 1, 2]) {
            workers.inFlight[slot] = Math.max(0, (workers.inFlight[slot] ?? 0) - 1);
            workers.start(slot);
            workers.report(slot);
            workers.deliver();
          }
        }
        expect(workers.waiting.every((count) => count === 0) || workers.all > 0).toBe(true);
      }),
    );
  });
});
