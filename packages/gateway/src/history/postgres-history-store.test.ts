import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasPostgres, type PostgresServer, startPostgres } from "../../../../tests/harness/postgres.ts";
import { PostgresLink, readPostgresAddress } from "../stores/jobs-postgres/index.ts";
import { TIERS } from "./defaults.ts";
import { KeptBack } from "./kept-back.ts";
import { PostgresHistoryStore } from "./postgres-history-store.ts";
import { HISTORY_SCHEMA } from "./postgres-schema.ts";
import { counted, HISTORY_STORE_SUITE, peaks, requests, START } from "./testing/history-store-suite.ts";

const [TEN_SECONDS, MINUTE, HOUR] = TIERS;
const ROOM = { steps: 1_000, bytes: 1e9 };

interface Shared {
  readonly stores: readonly [PostgresHistoryStore, ...PostgresHistoryStore[]];
  readonly setTime: (ms: number) => void;
  readonly givenUp: number[];
}

describe.runIf(hasPostgres())("the history in PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 90_000);
  afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

  /** Stores of several gateways on one fresh database. */
  async function shared(use: (shared: Shared) => Promise<void>, keptBack = ROOM) {
    const address = readPostgresAddress(server.newDatabase());
    if ("problem" in address) throw new Error(address.problem);
    let now = START;
    const setTime = (ms: number) => {
      now = START + ms;
    };
    const givenUp: number[] = [];
    const open = (source: string) =>
      new PostgresHistoryStore({
        ...{ source, keptBack, wallTime: () => now, onGivenUp: (steps: number) => void givenUp.push(steps) },
        link: new PostgresLink(address, { schema: HISTORY_SCHEMA, connections: 2 }),
      });
    const stores = [open("one"), open("other")] as const;
    try {
      await use({ stores, givenUp, setTime });
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  }

  test.each(HISTORY_STORE_SUITE)("$name", ({ run }) =>
    shared(({ stores: [store], setTime }) => run({ store, setTime })),
  );

  test("what gateways counted at the same time is added, peaks too, at every fineness, whoever makes the steps", () =>
    shared(async ({ stores, setTime }) => {
      for (let second = 0; second < 3_720; second += 10) {
        setTime((second + 10) * 1_000);
        await Promise.all(stores.map((store, number) => store.add(START + second * 1_000, requests(number + 1))));
        if (second % 60 === 50) {
          await Promise.all(stores.map((store) => store.rollUp(START + (second + 10) * 1_000)));
        }
      }
      for (const store of stores) {
        const hours = await counted(store.steps(HOUR, START, START + 1e9));
        expect(hours).toEqual([
          [0, 1_080],
          [3_600, 36],
        ]);
        expect(await peaks(store.steps(HOUR, START, START + 1e9))).toEqual([3, 3]);
        expect((await counted(store.steps(TEN_SECONDS, START, START + 1e9))).every(([, value]) => value === 3)).toBe(
          true,
        );
        expect(await counted(store.steps(MINUTE, START, START + 60_000))).toEqual([[0, 18]]);
      }
    }));

  test("one gateway at a time makes the coarser steps", () =>
    shared(async ({ stores: [one, other], setTime }) => {
      await one.add(START, requests(1));
      setTime(180_000);
      expect(await one.rollUp(START + 180_000)).toBe(1);
      await one.add(START + 60_000, requests(1));
      expect(await other?.rollUp(START + 400_000)).toBe(0);
      expect(await one.rollUp(START + 400_000)).toBeGreaterThan(0);
    }));

  test("a step that one gateway could write only hours later is in the minutes and hours that were made without it", () =>
    shared(async ({ stores: [one, other], setTime }) => {
      for (let minute = 0; minute < 130; minute++) {
        setTime(minute * 60_000 + 10_000);
        await one.add(START + minute * 60_000, requests(1));
      }
      setTime(7_800_000);
      await one.rollUp(START + 7_800_000);
      await other?.add(START + 120_000, requests(50));
      await one.rollUp(START + 7_800_000);
      expect((await counted(one.steps(HOUR, START, START + HOUR.stepMs)))[0]).toEqual([0, 110]);
      expect(await counted(one.steps(MINUTE, START + 120_000, START + 180_000))).toEqual([[120, 51]]);
    }));

  test("more rows than one query gives are all there, none twice", () =>
    shared(async ({ stores, setTime }) => {
      for (let step = 0; step < 400; step++) {
        setTime(step * 10_000);
        await Promise.all(stores.map((store) => store.add(START + step * 10_000, requests(1))));
      }
      const all = await counted(stores[0].steps(TEN_SECONDS, START, START + 1e9));
      expect(all).toEqual(Array.from({ length: 400 }, (_, step) => [step * 10, 2]));
    }));

  test(
    "a server that is killed loses nothing that there was room for, and the rest is told",
    () =>
      shared(
        async ({ stores: [store], setTime, givenUp }) => {
          await store.add(START, requests(1));
          await server.kill();
          for (let step = 1; step <= 8; step++) {
            setTime(step * 10_000);
            await expect(store.add(START + step * 10_000, requests(1))).rejects.toThrow(/postgres:\/\//);
          }
          await server.start();
          setTime(90_000);
          await expect
            .poll(
              () =>
                store.add(START + 90_000, requests(0)).then(
                  () => true,
                  () => false,
                ),
              { timeout: 30_000 },
            )
            .toBe(true);
          const kept = await counted(store.steps(TEN_SECONDS, START, START + 1e9));
          const sum = kept.reduce((total, [, value]) => total + value, 0);
          const lost = givenUp.reduce((total, steps) => total + steps, 0);
          // The first was written; of the eight and the last, five had room, and what was polled may have pushed out more.
          expect(lost).toBeGreaterThanOrEqual(4);
          expect(sum).toBeGreaterThanOrEqual(1);
          expect(kept.at(-1)?.[0]).toBe(90);
          expect(sum).toBeLessThanOrEqual(9 - 4);
        },
        { steps: 5, bytes: 1e9 },
      ),
    90_000,
  );
});

test("what waits is bounded by its number and its bytes; the oldest is given up", () => {
  const kept = new KeptBack({ steps: 3, bytes: 10 });
  for (let step = 0; step < 4; step++) kept.add(step, new Uint8Array(1));
  expect([kept.size, kept.oldest()?.at, kept.takeGivenUp(), kept.takeGivenUp()]).toEqual([3, 1, 1, 0]);
  kept.add(4, new Uint8Array(10));
  expect([kept.size, kept.oldest()?.at, kept.takeGivenUp()]).toEqual([1, 4, 3]);
  const only = kept.oldest();
  if (only !== undefined) kept.remove(only);
  if (only !== undefined) kept.remove(only);
  kept.add(5, new Uint8Array(10));
  expect(kept.size).toBe(1);
});
