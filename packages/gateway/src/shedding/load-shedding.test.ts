import type { Admitted } from "tideover/front";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import type { Log } from "../logging/log.ts";
import { LoadShedding } from "./load-shedding.ts";
import { type LoopLook, watchLoop } from "./watch-loop.ts";

const STANDARD = 3;
const CALM: LoopLook = { delayMs: 1, busyShare: 0.3 };
const LATE: LoopLook = { delayMs: 60, busyShare: 1 };

function shedding(settings: { delay: number; mostOpen: number | "auto" } | "off") {
  const clock = new VirtualClock();
  const told: unknown[] = [];
  const tell = (fields: object) => void told.push((fields as { event?: string }).event);
  const log = { info: tell, warn: tell } as unknown as Log;
  let look: (look: LoopLook) => void = () => undefined;
  const watch = (_everyMs: number, listener: (look: LoopLook) => void) => {
    look = listener;
    return () => undefined;
  };
  const shed = new LoadShedding({ clock, log, watch });
  shed.use(settings);
  const reasons: string[] = [];
  shed.tellRefusals((reason, priority) => reasons.push(`${reason} ${priority}`));
  const looks = async (count: number, seen: LoopLook) => {
    for (let done = 0; done < count; done++) {
      await clock.advance(50);
      look(seen);
    }
  };
  const admitted: Admitted[] = [];
  /** How long a call of a priority should wait; undefined where it was let in, and is open now. */
  const refusal = (priority: number) => {
    const admission = shed.admit(priority);
    if (typeof admission === "number") return admission;
    admitted.push(admission);
    return undefined;
  };
  const open = (count: number) => {
    while (admitted.length > count) admitted.pop()?.ends(false);
    while (admitted.length < count) if (refusal(0) !== undefined) throw new Error("There is no room to begin with.");
  };
  return { shed, open, refusal, looks, told, reasons };
}

test("while the loop is late nothing more is taken than is open, the least important first", async () => {
  const { shed, open, refusal, looks, told } = shedding({ delay: 20, mostOpen: "auto" });
  open(900);
  await looks(20, LATE);
  open(847);
  expect([2, 3, 4, 5, 6, 7].map(refusal)).toEqual([2_000, 2_000, 5_000, 5_000, 10_000, 10_000]);
  expect(shed.snapshot()).toMatchObject({ room: 846, open: 847, isLate: true, refused: 6 });
  expect([0, 1].map(refusal)).toEqual([undefined, undefined]);
  expect(told).toEqual(["shedding-began"]);
  open(100);
  await looks(300, CALM);
  expect(refusal(7)).toBeUndefined();
  expect(told).toEqual(["shedding-began", "shedding-ended"]);
});

test("why a call was refused is told with each", async () => {
  const set = shedding({ delay: 20, mostOpen: 10 });
  set.open(10);
  set.refusal(STANDARD);
  expect(set.reasons).toEqual(["most-open 3"]);
  const learned = shedding({ delay: 20, mostOpen: "auto" });
  learned.open(900);
  await learned.looks(20, LATE);
  learned.refusal(7);
  await learned.looks(10, CALM);
  learned.refusal(7);
  expect(learned.reasons).toEqual(["late 7", "room 7"]);
});

test("a number is the most that may be open, and the last tenth above it is for critical calls", () => {
  const { open, refusal } = shedding({ delay: 20, mostOpen: 10 });
  open(9);
  expect(refusal(STANDARD)).toBeUndefined();
  expect(refusal(STANDARD)).toBe(2_000);
  expect(refusal(0)).toBeUndefined();
  expect(refusal(0)).toBe(1_000);
  open(9);
  expect(refusal(STANDARD)).toBeUndefined();
});

test("off refuses nothing; what is open counts from then on, and the same settings again forget nothing", async () => {
  const { shed, open, refusal, looks } = shedding("off");
  open(5_000);
  expect(refusal(7)).toBeUndefined();
  shed.use({ delay: 20, mostOpen: "auto" });
  expect(refusal(STANDARD)).toBe(2_000);
  open(900);
  await looks(20, LATE);
  shed.use({ delay: 20, mostOpen: "auto" });
  expect(shed.snapshot().room).toBe(846);
});

test("this process's own loop is watched, and a loop that was held up is late", async () => {
  const seen: LoopLook[] = [];
  const stop = watchLoop(5, (look) => seen.push(look));
  const until = performance.now() + 60;
  await new Promise((resolve) => setTimeout(resolve, 20));
  while (performance.now() < until + 60);
  await new Promise((resolve) => setTimeout(resolve, 20));
  stop();
  expect(Math.max(...seen.map(({ delayMs }) => delayMs))).toBeGreaterThan(40);
  expect(seen.every(({ busyShare }) => busyShare >= 0 && busyShare <= 1)).toBe(true);
});
