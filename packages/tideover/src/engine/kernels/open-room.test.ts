import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OpenRoom, type OpenRoomShape } from "./open-room.ts";

const SHAPE: OpenRoomShape = {
  start: 1_000,
  least: 100,
  most: 10_000,
  delayMs: 20,
  standingMs: 200,
  busy: 0.9,
  leastBusy: 0.8,
  lateShare: 0.01,
  lateFadeMs: 10_000,
  doubleMs: 20_000,
  halveMs: 60_000,
  ownBusy: 0.75,
  busyFadeMs: 200,
  stepMs: 100,
  fall: 0.97,
  rise: 0.03,
  costRiseMs: 2_000,
  costFallMs: 3_000,
  classes: [1.1, 1, 0.9, 0.8],
};
const SAMPLE_MS = 50;

/** A process that can bear so many open exchanges, each of which ends after `lifeMs`. */
class Process {
  readonly room = new OpenRoom(SHAPE);
  readonly #ends: number[] = [];
  readonly #bears: number;
  readonly #lifeMs: number;
  now = 0;

  constructor(bears: number, lifeMs: number) {
    this.#bears = bears;
    this.#lifeMs = lifeMs;
  }

  get open(): number {
    return this.#ends.length;
  }

  /** @returns how many were taken of those that came */
  pass(arrivals: number, callClass = 1): number {
    this.now += SAMPLE_MS;
    while ((this.#ends[0] ?? Number.POSITIVE_INFINITY) <= this.now) this.#ends.shift();
    let taken = 0;
    for (let count = 0; count < arrivals; count++) {
      if (!this.room.admits(callClass, this.open)) continue;
      this.#ends.push(this.now + this.#lifeMs);
      taken++;
    }
    const load = this.open / this.#bears;
    this.room.observe(this.now, {
      open: this.open,
      waiting: 0,
      busyShare: Math.min(1, load),
      delayMs: load <= 1 ? 2 : 2 + 200 * (load - 1),
    });
    return taken;
  }
}

describe("room for open exchanges", () => {
  test("what one process bears is admitted at once, and less important classes leave the last of it free", () => {
    const room = new OpenRoom(SHAPE);
    expect([0, 1, 2, 3].map((callClass) => room.admits(callClass, 999))).toEqual([true, true, false, false]);
    expect([0, 1, 2, 3].map((callClass) => room.admits(callClass, 1_000))).toEqual([true, false, false, false]);
    expect(room.admits(0, 1_100)).toBe(false);
    expect(room.admits(3, 799)).toBe(true);
  });

  test.each([400, 1_500, 3_000])("at twice what fits (%i) it settles near what fits, on time", (bears) => {
    const process = new Process(bears, 3_000);
    const perStep = (2 * bears * SAMPLE_MS) / 3_000;
    for (let at = 0; at < 30_000; at += SAMPLE_MS) process.pass(perStep);
    let late = 0;
    let steps = 0;
    let open = 0;
    for (let at = 0; at < 60_000; at += SAMPLE_MS) {
      process.pass(perStep);
      steps++;
      open += process.open;
      if (process.open > bears * 1.1) late++;
    }
    expect(late / steps).toBeLessThan(0.05);
    expect(open / steps).toBeGreaterThan(bears * 0.75);
  });

  test("a hiccup of the loop, such as a collection of garbage, changes nothing", () => {
    const room = new OpenRoom(SHAPE);
    for (let at = 0; at < 10_000; at += 50) {
      room.observe(at, { open: 400, waiting: 0, busyShare: 0.5, delayMs: at % 1_000 === 0 ? 120 : 1 });
    }
    expect(room.room).toBe(1_000);
  });

  test("a loop that is late though it rests is late because of others: nothing is refused for that", () => {
    const room = new OpenRoom(SHAPE);
    for (let at = 0; at < 10_000; at += 50) room.observe(at, { open: 500, waiting: 0, busyShare: 0.6, delayMs: 80 });
    expect([room.room, room.isLate]).toEqual([1_000, false]);
  });

  test("while what is open has not come down, it does not shrink again", () => {
    const room = new OpenRoom(SHAPE);
    for (let at = 0; at < 10_000; at += 50) room.observe(at, { open: 900, waiting: 0, busyShare: 1, delayMs: 80 });
    expect(room.room).toBe(810);
  });

  test("it never shrinks below the least: a busy machine is no reason to refuse the few", () => {
    const room = new OpenRoom(SHAPE);
    for (let at = 0; at < 60_000; at += 50) room.observe(at, { open: 3, waiting: 0, busyShare: 1, delayMs: 500 });
    expect(room.admits(1, 99)).toBe(true);
    expect(room.admits(1, 100)).toBe(false);
  });

  test("afterwards it comes back", () => {
    const room = new OpenRoom(SHAPE);
    for (let at = 0; at < 10_000; at += 50) room.observe(at, { open: 120, waiting: 0, busyShare: 1, delayMs: 80 });
    expect(room.room).toBe(108);
    for (let at = 10_000; at < 25_000; at += 50) room.observe(at, { open: 10, waiting: 0, busyShare: 0.1, delayMs: 1 });
    expect(room.room).toBe(1_000);
  });

  test("a loop that is too busy has room for what it would bear, before it is late", () => {
    const room = new OpenRoom(SHAPE);
    for (let at = 0; at < 5_000; at += 50) room.observe(at, { open: 800, waiting: 0, busyShare: 0.95, delayMs: 1 });
    expect(room.room).toBe(Math.floor((800 * 0.9) / 0.95));
  });

  test("a process that has just started is busy for other reasons: its room does not collapse", () => {
    const room = new OpenRoom(SHAPE);
    for (let at = 0; at < 500; at += 50) room.observe(at, { open: 50, waiting: 0, busyShare: 1, delayMs: 10 });
    expect(room.room).toBeGreaterThan(800);
  });

  test("from what is open it learns what would fit, and no more than four times as much", () => {
    const room = new OpenRoom({ ...SHAPE, start: 200 });
    for (let at = 0; at < 120_000; at += 50) room.observe(at, { open: 300, waiting: 0, busyShare: 0.3, delayMs: 1 });
    expect(room.room).toBe(900);
    for (let at = 120_000; at < 600_000; at += 50)
      room.observe(at, { open: 250, waiting: 0, busyShare: 0.1, delayMs: 1 });
    expect(room.room).toBeGreaterThan(900);
    expect(room.room).toBeLessThan(4 * 250 * 1.04);
  });

  test("streams that wait for their first token do not make the others cheap", () => {
    const room = new OpenRoom({ ...SHAPE, start: 500 });
    for (let at = 0; at < 60_000; at += 50) {
      room.observe(at, { open: 500, waiting: 300, busyShare: 0.25, delayMs: 1 });
    }
    expect(room.room).toBe(720);
  });

  test("streams that say nothing for long are no reason to take many more: what they cost is not forgotten", () => {
    const room = new OpenRoom(SHAPE);
    for (let at = 0; at < 60_000; at += 50) room.observe(at, { open: 900, waiting: 0, busyShare: 0.85, delayMs: 1 });
    for (let at = 60_000; at < 90_000; at += 50) {
      room.observe(at, { open: 900, waiting: 0, busyShare: 0.02, delayMs: 1 });
    }
    expect(room.room).toBeLessThan(1_250);
  });

  test("nobody is admitted who is less important than somebody who is refused, whatever was seen", () => {
    const sample = fc.record({
      delayMs: fc.integer({ min: 0, max: 300 }),
      busyShare: fc.double({ min: 0, max: 1, noNaN: true }),
      open: fc.integer({ min: 2_500, max: 5_000 }),
      waiting: fc.integer({ min: 0, max: 2_500 }),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200 }), fc.integer({ min: 0, max: 5_000 }), (samples, open) => {
        const room = new OpenRoom(SHAPE);
        for (const [index, seen] of samples.entries()) room.observe(index * 50, seen);
        const admitted = [0, 1, 2, 3].map((callClass) => room.admits(callClass, open));
        expect(admitted).toEqual([...admitted].sort((a, b) => Number(b) - Number(a)));
        expect(room.room).toBeGreaterThanOrEqual(100);
      }),
    );
  });

  test("a shape that cannot work is refused with its values", () => {
    expect(() => new OpenRoom({ ...SHAPE, least: 0 })).toThrow(/"least":0/);
  });
});
