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
  const process = { open: 0 };
  const watch = (_everyMs: number, listener: (look: LoopLook) => void) => {
    look = listener;
    return () => undefined;
  };
  const shed = new LoadShedding({ clock, log, open: () => process.open, watch });
  shed.use(settings);
  const looks = async (count: number, seen: LoopLook) => {
    for (let done = 0; done < count; done++) {
      await clock.advance(50);
      look(seen);
    }
  };
  return { shed, process, looks, told };
}

test("while the loop is late nothing more is taken than is open, the least important first", async () => {
  const { shed, process, looks, told } = shedding({ delay: 20, mostOpen: "auto" });
  process.open = 600;
  await looks(20, LATE);
  process.open = 541;
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((priority) => shed.refuses(priority))).toEqual([
    undefined,
    undefined,
    2_000,
    2_000,
    5_000,
    5_000,
    10_000,
    10_000,
  ]);
  expect(shed.snapshot()).toMatchObject({ room: 540, isLate: true, refused: 6 });
  expect(told).toEqual(["shedding-began"]);
  process.open = 200;
  await looks(300, CALM);
  expect(shed.refuses(7)).toBeUndefined();
  expect(told).toEqual(["shedding-began", "shedding-ended"]);
});

test("a number is the most that may be open, and the last tenth above it is for critical calls", () => {
  const { shed, process } = shedding({ delay: 20, mostOpen: 10 });
  process.open = 10;
  expect(shed.refuses(STANDARD)).toBeUndefined();
  process.open = 11;
  expect(shed.refuses(STANDARD)).toBe(2_000);
  expect(shed.refuses(0)).toBeUndefined();
  process.open = 12;
  expect(shed.refuses(0)).toBe(1_000);
});

test("off refuses nothing; the same settings again forget nothing", async () => {
  const { shed, process, looks } = shedding("off");
  process.open = 50_000;
  expect(shed.refuses(7)).toBeUndefined();
  shed.use({ delay: 20, mostOpen: "auto" });
  process.open = 600;
  await looks(20, LATE);
  shed.use({ delay: 20, mostOpen: "auto" });
  expect(shed.snapshot().room).toBe(540);
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
