import { Client } from "pg";
import { JOB_STORE_SUITE } from "tideover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasPostgres, type PostgresServer, startPostgres } from "../../../../../tests/harness/postgres.ts";
import { readPostgresAddress } from "./postgres-address.ts";
import { PostgresJobStore } from "./postgres-job-store.ts";
import { PostgresLink } from "./postgres-link.ts";
import { FORGET_TENANT, LEASE_THESE } from "./statements.ts";

const T = Date.UTC(2026, 10, 22);

function job(
  id: string,
  members: { readonly tenant?: string; readonly model?: string; readonly priority?: number } = {},
) {
  return {
    ...({ id, kind: "ticket", tenant: "t", operation: "chat", model: "m", priority: 6 } as const),
    request: new TextEncoder().encode(id),
    ...{ createdAt: T, notBefore: T, expiresAt: T + 1_000_000 },
    ...members,
  };
}

const order = { owner: "w", until: T + 30_000, now: T, limit: 10 };

describe.runIf(hasPostgres())("the store in PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 90_000);
  afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

  /** Stores of several processes on one fresh database, for the length of a function. */
  async function inStores(use: (...stores: PostgresJobStore[]) => Promise<void>, count = 1, mostWaiting?: number) {
    const address = readPostgresAddress(server.newDatabase());
    if ("problem" in address) throw new Error(address.problem);
    const stores = Array.from(
      { length: count },
      () => new PostgresJobStore(new PostgresLink(address), { mostWaiting }),
    );
    try {
      await use(...stores);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  }

  test.each(JOB_STORE_SUITE)("$name", ({ run }) => inStores(run));

  test("several processes bring the schema up at once, and never lease a job twice", () =>
    inStores(async (...stores) => {
      await Promise.all(stores.map((store, number) => store.accept(job(`first-${number}`))));
      for (let number = 0; number < 60; number++) await stores[number % 4]?.accept(job(`j${number}`));
      const rounds = Array.from({ length: 16 }, (_, round) => stores[round % 4]?.lease({ ...order, limit: 7 }));
      const ids = (await Promise.all(rounds)).flatMap((leased = []) => leased.map(({ job: { id } }) => id));
      expect([ids.length, new Set(ids).size]).toEqual([64, 64]);
    }, 4));

  test("a delivery that is here before its publisher has noted it is leased all the same", () =>
    inStores(async (...stores) => {
      const [publisher, worker] = stores;
      const missed: string[] = [];
      for (let number = 0; number < 200; number++) {
        const id = `d${number}`;
        await publisher?.accept(job(id));
        const [, leased] = await Promise.all([
          publisher?.published([id], T + number),
          worker?.lease({ ...order, ids: [id] }),
        ]);
        if (leased?.length !== 1) missed.push(id);
      }
      expect(missed).toEqual([]);
    }, 2));

  test("a tenant is erased while its jobs are leased, several at once, and neither stands in the other's way", async () => {
    const database = server.newDatabase();
    const address = readPostgresAddress(database);
    if ("problem" in address) throw new Error(address.problem);
    const store = new PostgresJobStore(new PostgresLink(address));
    // Not through the link, which tries again what PostgreSQL undid.
    const [eraser, worker] = [new Client(database), new Client(database)];
    try {
      for (let round = 0; round < 20; round++) {
        // Those that came last are the most urgent: the order of leasing is not that of the rows.
        const ids = Array.from({ length: 60 }, (_, number) => `r${round}-${number}`);
        for (const [number, id] of ids.entries()) await store.accept(job(id, { priority: number < 30 ? 7 : 6 }));
        if (round === 0) await Promise.all([eraser.connect(), worker.connect()]);
        const [erased] = await Promise.all([
          eraser.query(FORGET_TENANT, ["t", 1_000]),
          worker.query(LEASE_THESE, ["w", T + 30_000, T, [], 60, ids]),
        ]);
        expect(erased.rowCount).toBe(60);
      }
      expect((await store.counts()).leased).toBe(0);
    } finally {
      await Promise.all([store.close(), eraser.end(), worker.end()]);
    }
  }, 60_000);

  test("counts stay true while processes fold them and jobs move", () =>
    inStores(async (...stores) => {
      const [one, other] = stores;
      const work = Array.from({ length: 20 }, async (_, number) => {
        const store = number % 2 === 0 ? one : other;
        await store?.accept(job(`c${number}`, { tenant: `t${number % 3}` }));
        const [taken] = (await store?.lease({ ...order, limit: 1 })) ?? [];
        await store?.purge({ now: T, limit: 10 });
        if (taken) await store?.complete(taken.hold, { status: 200, body: "{}" }, { now: T, keptUntil: T + 9 });
      });
      await Promise.all(work);
      await other?.purge({ now: T, limit: 10 });
      const { succeeded, queued, leased } = (await one?.counts()) ?? { succeeded: 0, queued: 0, leased: 0 };
      expect([succeeded + queued, leased]).toEqual([20, 0]);
      const tenants = await Promise.all(["t0", "t1", "t2"].map((tenant) => other?.counts(tenant)));
      expect(tenants.reduce((sum, counts) => sum + (counts?.succeeded ?? 0) + (counts?.queued ?? 0), 0)).toBe(20);
      await one?.purge({ now: T + 10, limit: 100 });
      expect((await one?.counts())?.succeeded).toBe(0);
    }, 2));

  test("takes no more than its bound", () =>
    inStores(
      async (store) => {
        await store?.accept(job("a"));
        await Promise.all(Array.from({ length: 300 }, (_, number) => store?.accept(job(`b${number}`))));
        expect(await store?.accept(job("c"))).toEqual({ type: "full", limit: 1 });
      },
      1,
      1,
    ));

  test("a NUL in what a caller named breaks nothing", () =>
    inStores(async (store) => {
      await store?.accept(job("a", { model: "m\0" }));
      const [taken] = (await store?.lease(order)) ?? [];
      const error = { code: "x", message: "a\0b", deadLetter: false };
      await store?.release(taken?.hold ?? { id: "", token: 0 }, { now: T, notBefore: T, counts: true, error });
      const [again] = (await store?.lease(order)) ?? [];
      await store?.start(again?.hold ?? { id: "", token: 0 }, T);
      const sweep = { now: T + 40_000, keptUntil: T + 99_000, limit: 10, maxDeliveries: 1 };
      expect((await store?.sweep(sweep))?.deadLettered).toEqual(["a"]);
    }));

  test("a server that is killed costs errors while it is away; what was accepted is there when it is back", async () => {
    await inStores(async (store) => {
      await store?.accept(job("kept"));
      await server.kill();
      await expect(store?.accept(job("refused"))).rejects.toThrow(/postgres:\/\/127\.0\.0\.1:\d+\/tideover_\d+: /);
      await server.start();
      const leased = await store?.lease(order);
      expect(leased?.map(({ job: { id } }) => id)).toEqual(["kept"]);
    });
  }, 60_000);

  test("a server that is away at the start is found when it comes", async () => {
    const address = readPostgresAddress(server.newDatabase());
    if ("problem" in address) throw new Error(address.problem);
    await server.kill();
    const store = new PostgresJobStore(new PostgresLink(address));
    await expect(store.accept(job("early"))).rejects.toThrow(/ECONNREFUSED/);
    await server.start();
    await expect
      .poll(() => store.accept(job("later")).catch(() => undefined), { timeout: 20_000 })
      .toMatchObject({
        type: "accepted",
      });
    await store.close();
  }, 60_000);
});

test.each([
  ["postgres://:x", "is not an address of PostgreSQL"],
  ["postgres://user:secret@host", "names no database"],
])("an address that cannot be is named without its secret", (text, problem) => {
  const read = readPostgresAddress(text);
  expect("problem" in read ? read.problem : "").toContain(problem);
  expect(JSON.stringify(read)).not.toContain("secret");
});
