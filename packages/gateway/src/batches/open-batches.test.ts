import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { JobListing } from "tideover/engine";
import { MemoryJobQueue, MemoryJobStore } from "tideover/jobs";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { FileStore } from "../files/file-store.ts";
import { SILENT_LOG } from "../logging/index.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { systemIds } from "../system.ts";
import { BATCHES_DATABASE, BatchStore } from "./batch-store.ts";
import { openBatches } from "./open-batches.ts";

/** Jobs whose answers are given only when a gate opens. */
class GatedJobStore extends MemoryJobStore {
  readonly asked = Promise.withResolvers<void>();
  readonly gate = Promise.withResolvers<void>();

  override async list(listing: JobListing) {
    if (listing.withResults === true) {
      this.asked.resolve();
      await this.gate.promise;
    }
    return super.list(listing);
  }
}

test("nothing is left of a tenant whose batch was being finished when it was forgotten", async () => {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  const clock = new VirtualClock();
  const store = new GatedJobStore();
  const queue = new MemoryJobQueue(clock);
  const database = dataDir.database(BATCHES_DATABASE);
  const now = clock.wallTime();
  const batches = openBatches({
    ...{ dataDir, store, queue, clock, ids: systemIds, log: SILENT_LOG, keepMs: 1e9 },
    ...{ jobs: { cancel: () => Promise.resolve(undefined) }, whyNot: () => undefined },
  });
  const bytes = join(dataDir.path, "files");
  const files = new FileStore({ database, folder: bytes, clock, ids: systemIds });
  const input = async (tenant: string) => {
    const draft = await files.begin();
    await draft.write(Buffer.from("{}"));
    return files.keep(draft, { tenant, filename: "in.jsonl", purpose: "batch" });
  };
  try {
    const { id: inputFileId } = await input("shop");
    const other = await input("other");
    const job = { kind: "ticket", operation: "chat", model: "m", priority: 7, request: new Uint8Array() } as const;
    const times = { createdAt: now, notBefore: now, expiresAt: now + 1e6 };
    await store.accept({ ...job, ...times, id: "job_1", tenant: "shop", group: "batch_1", tag: "c1" });
    const [taken] = await store.lease({ owner: "w", until: now + 1e6, now, limit: 1 });
    const answer = { status: 200, body: '{"secret":1}' };
    await store.complete(taken?.hold ?? { id: "", token: 0 }, answer, { now, keptUntil: now + 1e9 });
    await new BatchStore(database).add({
      ...{ id: "batch_1", tenant: "shop", keyName: undefined, status: "finalizing", ending: "completed" },
      ...{ createdAt: now, expiresAt: now + 1e6, cancellingAt: undefined },
      order: { inputFileId, endpoint: "/v1/chat/completions", completionWindow: "24h", metadata: null },
      progress: { total: 1, enqueued: 1 },
    });
    batches.start();
    await store.asked.promise;
    const erased = batches.erase("shop");
    store.gate.resolve();
    expect(await erased).toEqual({ batches: 1, files: 2 });
    await batches.stop();
    expect(readdirSync(bytes)).toEqual([other.id]);
  } finally {
    await batches.stop();
    await queue.close();
    await dataDir.close();
  }
});
