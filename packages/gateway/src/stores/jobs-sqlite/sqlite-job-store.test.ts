import { JOB_STORE_SUITE } from "tideover/testing";
import { describe, expect, test } from "vitest";
import { DataDir } from "../embedded/index.ts";
import { temporaryFolder } from "../embedded/testing/temporary-folder.ts";
import { SqliteJobStore, type SqliteJobStoreOptions } from "./sqlite-job-store.ts";

const T = Date.UTC(2026, 10, 22);

function job(id: string, members: { readonly tenant?: string; readonly priority?: number } = {}) {
  return {
    id,
    kind: "ticket",
    tenant: "t",
    operation: "chat",
    model: "m",
    request: new TextEncoder().encode(id),
    priority: 6,
    createdAt: T,
    notBefore: T,
    expiresAt: T + 1_000_000,
    ...members,
  } as const;
}

const order = { owner: "w", until: T + 30_000, now: T, limit: 10 };
const sweep = { now: T, keptUntil: T + 9, limit: 10, maxDeliveries: 5 };

/** A store in a fresh folder for the length of a function. */
async function inStore(
  use: (store: SqliteJobStore, dataDir: DataDir) => Promise<void>,
  options?: SqliteJobStoreOptions,
) {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  try {
    await use(await SqliteJobStore.open(dataDir, options), dataDir);
  } finally {
    await dataDir.close();
  }
}

describe("the store in SQLite", () => {
  test.each(JOB_STORE_SUITE)("$name", ({ run }) => inStore(run));

  test("takes no more than its bound, and more again when there is room", () =>
    inStore(
      async (store) => {
        await store.accept(job("a"));
        for (let index = 0; index < 300; index++) await store.accept(job(`b${index}`));
        expect(await store.accept(job("c"))).toEqual({ type: "full", limit: 1 });
        for (const { id } of (await store.list({ limit: 500 })).jobs) await store.cancel(id, { now: T, keptUntil: T });
        expect((await store.accept(job("c"))).type).toBe("accepted");
      },
      { mostWaiting: 1 },
    ));

  test("what was accepted is there in the next life, and what was held is taken back by the first sweep", async () => {
    using folder = temporaryFolder();
    const first = DataDir.open(folder.path, "first");
    const before = await SqliteJobStore.open(first);
    await before.accept(job("waits"));
    await before.accept(job("held", { priority: 1 }));
    const [taken] = await before.lease({ ...order, limit: 1 });
    expect(taken?.job.id).toBe("held");
    expect(taken && (await before.start(taken.hold, T))).toBe(true);
    await first.close();

    const second = DataDir.open(folder.path, "second");
    const after = await SqliteJobStore.open(second);
    expect((await after.sweep(sweep)).requeued).toEqual(["held"]);
    const leased = await after.lease(order);
    expect(leased.map(({ job: { id, deliveries } }) => [id, deliveries])).toEqual([
      ["held", 2],
      ["waits", 1],
    ]);
    expect(new TextDecoder().decode(leased[0]?.request)).toBe("held");
    expect(taken && (await after.complete(taken.hold, { status: 200, body: "{}" }, sweep))).toBe(false);
    await second.close();
  });

  test("turns go on counting in the next life", async () => {
    using folder = temporaryFolder();
    const first = DataDir.open(folder.path, "first");
    const before = await SqliteJobStore.open(first);
    for (let index = 0; index < 6; index++) await before.accept(job(`many-${index}`, { tenant: "many" }));
    await first.close();
    const second = DataDir.open(folder.path, "second");
    const after = await SqliteJobStore.open(second);
    await after.accept(job("many-6", { tenant: "many" }));
    await after.accept(job("few-0", { tenant: "few" }));
    const leased = await after.lease({ ...order, limit: 2 });
    expect(leased.map(({ job: { id } }) => id)).toEqual(["many-0", "few-0"]);
    await second.close();
  });

  test("a store that cannot write says so, and has accepted nothing", () =>
    inStore(async (store, dataDir) => {
      await dataDir.close();
      await expect(store.accept(job("a"))).rejects.toThrow(/closed/);
    }));
});
