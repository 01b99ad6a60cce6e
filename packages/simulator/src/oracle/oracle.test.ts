import { expect, test } from "vitest";
import type { Arrival } from "../arrivals/arrival.ts";
import { timelineOf } from "../scenario/provider-timeline.ts";
import type { ProviderCondition, ProviderPlan } from "../scenario/scenario.ts";
import { runOracle } from "./oracle.ts";
import { SlotBook } from "./slot-book.ts";

const provider = (condition: ProviderCondition): ProviderPlan => ({
  start: { slots: 1, queue: 10, faults: [], ttftMs: 1_000, tokensPerSecond: 10, ...condition, profile: "faults" },
  schedule: [],
});
const every = (gapMs: number, count: number): Arrival[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: index * gapMs, promptTokens: 1, outputTokens: 10 }));
const ask = (providers: Record<string, ProviderPlan>, arrivals: Arrival[], knowledge: "fate" | "state" = "fate") =>
  runOracle({ providers, arrivals, seed: 1, liveMs: 10_000 }, knowledge);

test("a provider that is well and has room answers everything", () => {
  expect(ask({ one: provider({}) }, every(2_500, 40))).toMatchObject({ live: 1, degraded: 0, attemptsPerCall: 1 });
});

test("the ceiling is the capacity: one slot that each answer holds for 2 s serves half of one request a second", () => {
  const { live, degraded } = ask({ one: provider({}) }, every(1_000, 400));
  expect(live).toBeGreaterThan(0.49);
  expect(live).toBeLessThan(0.53);
  expect(live + degraded).toBeCloseTo(1, 9);
});

test("a second provider with the same room doubles it", () => {
  expect(ask({ one: provider({}), two: provider({}) }, every(1_000, 400)).live).toBeGreaterThan(0.97);
});

test("nothing is sent where every request fails, and nothing comes too late", () => {
  const dead = provider({ faults: [{ fault: "503", share: 1 }] });
  expect(ask({ dead }, every(1_000, 20))).toMatchObject({ live: 0, degraded: 1, attemptsPerCall: 0 });
  expect(ask({ slow: provider({ ttftMs: 11_000 }) }, every(60_000, 20)).live).toBe(0);
  expect(ask({ dead, well: provider({}) }, every(3_000, 20)).live).toBe(1);
});

test("who knows fates is never worse than who knows states", () => {
  const half = provider({ slots: 4, faults: [{ fault: "keep-alive-only", share: 0.5 }] });
  const arrivals = every(1_000, 300);
  const fate = ask({ one: half, two: half }, arrivals).live;
  const state = ask({ one: half, two: half }, arrivals, "state").live;
  expect(state).toBeGreaterThan(0.3);
  expect(fate).toBeGreaterThan(state);
});

test("a slot book knows when the next slot is free, and that a queue has an end", () => {
  const book = new SlotBook(timelineOf(provider({ slots: 2, queue: 1 })));
  expect(book.startAt(0)).toBe(0);
  book.take(5_000);
  book.take(3_000);
  expect(book.startAt(0)).toBe(3_000);
  book.take(9_000);
  expect(book.startAt(1_000)).toBeUndefined();
  expect(book.startAt(4_000)).toBe(5_000 - 0);
  expect(book.startAt(6_000)).toBe(6_000);
});
