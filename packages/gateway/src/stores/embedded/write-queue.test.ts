import { describe, expect, it } from "vitest";
import type { UnitOutcome, WriteUnit } from "./sql.ts";
import { WriteQueue } from "./write-queue.ts";

const INSERT: WriteUnit = [{ sql: "INSERT", params: ["12345678"] }];
const written = (units: readonly WriteUnit[]): UnitOutcome[] => units.map(() => ({ ok: true, results: [] }));

/** A committer that ends each group when the test says so. */
function heldCommitter() {
  const groups: { units: readonly WriteUnit[]; end: () => void; fail: (error: Error) => void }[] = [];
  const commit = (units: readonly WriteUnit[]) =>
    new Promise<UnitOutcome[]>((resolve, reject) => {
      groups.push({ units, end: () => resolve(written(units)), fail: reject });
    });
  return { groups, commit };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("group commit", () => {
  it("puts the writes of one turn into one group, and those that come meanwhile into the next", async () => {
    const { groups, commit } = heldCommitter();
    const queue = new WriteQueue(commit);
    const first = [queue.write(INSERT), queue.write(INSERT)];
    await turn();
    const second = [queue.write(INSERT), queue.write(INSERT), queue.write(INSERT)];
    await turn();
    expect(groups.map(({ units }) => units.length)).toEqual([2]);
    expect(queue.pending).toBe(5);
    groups[0]?.end();
    await Promise.all(first);
    await turn();
    expect(groups.map(({ units }) => units.length)).toEqual([2, 3]);
    groups[1]?.end();
    await Promise.all(second);
    expect(queue.pending).toBe(0);
  });

  it("bounds a group by number and by bytes; a write above the bytes goes alone", async () => {
    const sizes: number[] = [];
    const queue = new WriteQueue(
      (units) => {
        sizes.push(units.length);
        return Promise.resolve(written(units));
      },
      { groupWrites: 3, groupBytes: 40 },
    );
    const large: WriteUnit = [{ sql: "INSERT", params: [new Uint8Array(100)] }];
    await Promise.all([INSERT, INSERT, INSERT, large, INSERT].map((unit) => queue.write(unit)));
    expect(sizes).toEqual([2, 1, 1, 1]);
  });

  it("refuses at once beyond its caps, and takes again when there is room", async () => {
    const { groups, commit } = heldCommitter();
    const queue = new WriteQueue(commit, { pendingWrites: 2 });
    const taken = [queue.write(INSERT), queue.write(INSERT)];
    expect(queue.hasRoom).toBe(false);
    await expect(queue.write(INSERT)).rejects.toMatchObject({ code: "queue-full" });
    await turn();
    expect(queue.hasRoom).toBe(true);
    groups[0]?.end();
    await Promise.all(taken);
  });

  it("fails the writes of a lost group only, and goes on", async () => {
    const { groups, commit } = heldCommitter();
    const queue = new WriteQueue(commit);
    const lost = queue.write(INSERT);
    await turn();
    const next = queue.write(INSERT);
    groups[0]?.fail(new Error("gone"));
    await expect(lost).rejects.toMatchObject({ code: "writer-lost", message: "gone" });
    await turn();
    groups[1]?.end();
    await expect(next).resolves.toEqual([]);
  });

  it("closes when all is settled, and takes nothing more", async () => {
    const { groups, commit } = heldCommitter();
    const queue = new WriteQueue(commit);
    const last = queue.write(INSERT);
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    await expect(queue.write(INSERT)).rejects.toMatchObject({ code: "closed" });
    await turn();
    expect(closed).toBe(false);
    groups[0]?.end();
    await Promise.all([last, closing]);
    expect(closed).toBe(true);
  });
});
