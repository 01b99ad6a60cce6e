import type { Job, LeasedJob } from "../job.ts";
import type { JobStore } from "../job-store.ts";
import { type ConformanceCase, same } from "./conformance.ts";
import { job, KEEP, order, put, RESULT, T, takeOne } from "./job-store-kit.ts";

/** How jobs are listed, counted, told of and kept. Each case needs an empty store. */
export const LISTS: readonly ConformanceCase<JobStore>[] = [
  {
    name: "lists the newest first, page by page, by state and group",
    async run(store) {
      const ids: string[] = [];
      for (let count = 0; count < 5; count++) ids.unshift(await put(store, { createdAt: T + count }));
      const grouped = await put(store, { group: "g", createdAt: T + 9 });
      const first = await store.list({ limit: 3 });
      same([first.jobs.map(({ id }) => id), first.hasMore], [[grouped, ...ids.slice(0, 2)], true], "the first page");
      const second = await store.list({ limit: 3, after: first.jobs.at(-1)?.id });
      same([second.jobs.map(({ id }) => id), second.hasMore], [ids.slice(2), false], "the second page");
      same((await store.list({ limit: 3, after: "job_unknown" })).jobs.length, 0, "after an unknown one");
      same(
        (await store.list({ group: "g", limit: 9 })).jobs.map(({ id }) => id),
        [grouped],
        "the group",
      );
      const [{ hold }] = (await store.lease({ ...order(1, T + 10), ids: [grouped] })) as [LeasedJob];
      await store.complete(hold, RESULT, KEEP);
      const [[plain], [full]] = (await Promise.all(
        [false, true].map(async (withResults) => (await store.list({ group: "g", limit: 9, withResults })).jobs),
      )) as [readonly Job[], readonly Job[]];
      same([plain?.result, full?.result], [undefined, RESULT], "the answer, unasked and asked for");
      same(
        (await store.list({ states: ["succeeded"], limit: 9 })).jobs.map(({ id }) => id),
        [grouped],
        "a state",
      );
      same((await store.groupCounts("g")).succeeded, 1, "the group's count");
    },
  },
  {
    name: "counts by state, with the age of the oldest that waits",
    async run(store) {
      await put(store, { createdAt: T + 3 });
      await put(store, { createdAt: T + 4, tenant: "b" });
      await put(store, { createdAt: T + 5, priority: 1 });
      const { hold } = await takeOne(store, T + 6);
      const [held, all, own] = [await store.counts(), await store.counts(), await store.counts("b")];
      same([held.leased, all.queued, all.oldestQueuedAt], [1, 2, T + 3], "everybody's");
      same([own.queued, own.leased, own.oldestQueuedAt], [1, 0, T + 4], "one tenant's");
      await store.start(hold, T + 7);
      await store.complete(hold, RESULT, KEEP);
      same([(await store.counts()).succeeded, (await store.counts()).leased], [1, 0], "after its end");
    },
  },
  {
    name: "says what a broker should be told (again)",
    async run(store) {
      const first = await put(store);
      await put(store, { notBefore: T + 500 });
      const notices = async (before: number) =>
        (await store.unpublished({ now: T + 10, before, limit: 9 })).map(({ id, priority }) => [id, priority]);
      same(await notices(T + 10), [[first, 6]], "what is unpublished");
      await store.published([first], T + 10);
      same(await notices(T + 10), [], "what is unpublished afterwards");
      same(await notices(T + 11), [[first, 6]], "what was published long ago");
      const taken = await takeOne(store);
      same(await notices(T + 11), [], "what is unpublished while it is held");
      await store.release(taken.hold, { now: T + 12, notBefore: T + 5, counts: true });
      same(await notices(T + 10), [[first, 6]], "what is unpublished when it waits again");
    },
  },
  {
    name: "each end is announced until that is noted",
    async run(store) {
      const id = await put(store);
      same((await store.unannounced(9)).length, 0, "before its end");
      await store.cancel(id, KEEP);
      same(
        (await store.unannounced(9)).map((ended) => [ended.id, ended.state]),
        [[id, "cancelled"]],
        "after it",
      );
      await store.announced([id]);
      same((await store.unannounced(9)).length, 0, "once noted");
    },
  },
  {
    name: "ended jobs are forgotten after their keeping, with their keys",
    async run(store) {
      const idempotency = { key: "k", fingerprint: "f", until: T + 9_000_000 };
      const id = await put(store, { idempotency });
      await put(store);
      await store.cancel(id, { now: T, keptUntil: T + 100 });
      same(await store.purge({ now: T + 99, limit: 9 }), 0, "what is purged before");
      same(await store.purge({ now: T + 100, limit: 9 }), 1, "what is purged then");
      same([await store.find(id), (await store.counts()).queued], [undefined, 1], "what is left");
      same((await store.accept(job({ idempotency }))).type, "accepted", "the key afterwards");
    },
  },
  {
    name: "a request's bytes can be read again",
    async run(store) {
      const request = new Uint8Array([0, 255, 10, 13, 128]);
      const id = await put(store, { request });
      same([...((await store.request(id)) ?? [])], [...request], "the bytes");
      same(await store.request("job_unknown"), undefined, "of an unknown one");
    },
  },
];
