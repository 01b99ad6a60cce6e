import { strict as assert } from "node:assert";
import { TIERS, type Tier } from "../defaults.ts";
import { count, emptyRecord, figuresOf, type HistoryRecord, REQUEST_COUNTS } from "../history-record.ts";
import type { HistoryStep, HistoryStore } from "../history-store.ts";

const [TEN_SECONDS, MINUTE, HOUR] = TIERS;
const PEAK = REQUEST_COUNTS.indexOf("peak");

/** A whole hour. */
export const START = Date.UTC(2026, 0, 5, 8);

/** What each case runs on: a fresh store, and the clock that it asks. */
export interface HistoryStoreStage {
  readonly store: HistoryStore;
  /** Sets the clock, in ms since {@link START}. */
  setTime(ms: number): void;
}

/** One thing that every store must do. */
export interface HistoryStoreCase {
  readonly name: string;
  run(stage: HistoryStoreStage): Promise<void>;
}

/** A step with so many requests of one route. */
export function requests(value: number): HistoryRecord {
  const record = emptyRecord();
  const figures = figuresOf(record.routes, "copy");
  count(figures, 0, value);
  count(figures, PEAK, value);
  return record;
}

/** The steps of a tier: s since {@link START}, and requests. */
export async function counted(steps: AsyncIterable<HistoryStep>): Promise<[number, number][]> {
  const all: [number, number][] = [];
  for await (const { at, record } of steps) {
    all.push([(at - START) / 1_000, record.routes.get("copy")?.counts[0] ?? 0]);
  }
  return all;
}

/** The highest requests in ten seconds of each step of a tier. */
export async function peaks(steps: AsyncIterable<HistoryStep>): Promise<number[]> {
  const all: number[] = [];
  for await (const { record } of steps) all.push(record.routes.get("copy")?.counts[PEAK] ?? 0);
  return all;
}

const forever = (store: HistoryStore, tier: Tier) => counted(store.steps(tier, START, START + 1e9));

/** Adds a request every ten seconds, as they come, rolling up once a minute. */
async function record({ store, setTime }: HistoryStoreStage, fromSecond: number, toSecond: number) {
  for (let second = fromSecond; second < toSecond; second += 10) {
    setTime((second + 10) * 1_000);
    await store.add(START + second * 1_000, requests(1));
    if (second % 60 === 50) await store.rollUp(START + (second + 10) * 1_000);
  }
}

/** What every store of the history must do. */
export const HISTORY_STORE_SUITE: readonly HistoryStoreCase[] = [
  {
    name: "steps are rolled up into minutes and hours, and what is not rolled up yet is shown from the finer ones",
    async run(stage) {
      const { store } = stage;
      await record(stage, 0, 3_690);
      assert.deepEqual(await forever(store, HOUR), [
        [0, 360],
        [3_600, 9],
      ]);
      const minutes = await forever(store, MINUTE);
      assert.deepEqual([minutes.length, minutes.at(-2), minutes.at(-1)], [62, [3_600, 6], [3_660, 3]]);
      assert.equal((await forever(store, TEN_SECONDS)).length, 369);
      assert.deepEqual(await counted(store.steps(MINUTE, START + 60_000, START + 180_000)), [
        [60, 6],
        [120, 6],
      ]);
    },
  },
  {
    name: "a store that was not asked for long rolls up all there is",
    async run({ store, setTime }) {
      for (let second = 0; second < 7_200; second += 60) await store.add(START + second * 1_000, requests(1));
      setTime(8_000_000);
      assert.ok((await store.rollUp(START + 8_000_000)) > 0);
      assert.deepEqual(await forever(store, HOUR), [
        [0, 60],
        [3_600, 60],
      ]);
      assert.equal(await store.rollUp(START + 8_000_000), 0);
    },
  },
  {
    name: "steps written twice for one time are added, also into what was rolled up already",
    async run(stage) {
      const { store, setTime } = stage;
      await record(stage, 0, 300);
      // The clock was set back, or the process restarted within the step.
      await store.add(START + 14_000, requests(5));
      setTime(310_000);
      await store.rollUp(START + 310_000);
      assert.deepEqual((await forever(store, MINUTE)).slice(0, 2), [
        [0, 11],
        [60, 6],
      ]);
      assert.deepEqual((await forever(store, TEN_SECONDS))[1], [10, 6]);
    },
  },
  {
    name: "a late step reaches an hour that was made already",
    async run(stage) {
      const { store, setTime } = stage;
      await record(stage, 0, 3_900);
      await store.add(START + 600_000, requests(100));
      setTime(3_960_000);
      await store.rollUp(START + 3_960_000);
      assert.deepEqual((await forever(store, HOUR))[0], [0, 460]);
      assert.deepEqual((await counted(store.steps(MINUTE, START + 600_000, START + 660_000)))[0], [600, 106]);
    },
  },
  {
    name: "peaks of minutes and hours are the highest of their steps",
    async run(stage) {
      const { store, setTime } = stage;
      await record(stage, 0, 600);
      await store.add(START + 600_000, requests(7));
      setTime(4_000_000);
      await store.rollUp(START + 4_000_000);
      assert.deepEqual(await peaks(store.steps(HOUR, START, START + HOUR.stepMs)), [7]);
    },
  },
  {
    name: "after a long stop the roll-up goes on behind the gap",
    async run({ store, setTime }) {
      await store.add(START, requests(1));
      setTime(180_000);
      await store.rollUp(START + 180_000);
      const later = 40 * 86_400_000;
      setTime(later);
      await store.add(START + later, requests(2));
      setTime(later + 180_000);
      await store.rollUp(START + later + 180_000);
      assert.deepEqual(await counted(store.steps(MINUTE, START + later, START + later + 60_000)), [[40 * 86_400, 2]]);
    },
  },
  {
    name: "steps past their keeping are forgotten, tier by tier",
    async run({ store, setTime }) {
      await store.add(START, requests(1));
      setTime(3_700_000);
      await store.rollUp(START + 3_700_000);
      await store.clear(START + TEN_SECONDS.keepMs + 1);
      assert.deepEqual(await forever(store, TEN_SECONDS), []);
      assert.deepEqual(await forever(store, MINUTE), [[0, 1]]);
      await store.clear(START + MINUTE.keepMs + 1);
      assert.deepEqual(await forever(store, HOUR), [[0, 1]]);
      await store.clear(START + HOUR.keepMs + 1);
      assert.deepEqual(await forever(store, HOUR), []);
    },
  },
  {
    name: "says how many minutes of each hour were recorded",
    async run(stage) {
      const { store } = stage;
      await record(stage, 1_800, 3_900);
      const minutes = await store.minutesRecorded(START, START + 2 * HOUR.stepMs);
      assert.equal(minutes.get(START), 30);
      assert.ok((minutes.get(START + HOUR.stepMs) ?? 0) >= 3);
    },
  },
];
