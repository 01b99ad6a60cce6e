import { CALLERS_KEY } from "../job.ts";
import type { JobStore } from "../job-store.ts";
import { type ConformanceCase, must, same } from "./conformance.ts";
import { BROKEN, job, KEEP, LIVES, order, put, RESULT, stateOf, T, takeOne } from "./job-store-kit.ts";

/** How jobs are given back, end and are forgotten. Each case needs an empty store. */
export const ENDINGS: readonly ConformanceCase<JobStore>[] = [
  {
    name: "released with a delay it waits, and its deliveries count unless they should not",
    async run(store) {
      const id = await put(store);
      const first = await takeOne(store);
      must(await store.release(first.hold, { now: T + 2, notBefore: T + 50, counts: true, error: BROKEN }), "released");
      same((await store.lease(order(1, T + 49))).length, 0, "what can be leased before");
      const second = await takeOne(store, T + 50);
      same([second.job.deliveries, second.job.error], [2, BROKEN], "deliveries and the last error");
      must(await store.release(second.hold, { now: T + 51, notBefore: T + 51, counts: false }), "released again");
      same((await store.find(id))?.deliveries, 1, "deliveries when the last one does not count");
    },
  },
  {
    name: "after its last delivery a lost job is a dead letter, and can be driven again",
    async run(store) {
      const id = await put(store);
      const taken = await takeOne(store);
      await store.start(taken.hold, T + 3);
      const sweep = { now: T + 31_001, keptUntil: T + 90_000, limit: 10 };
      same((await store.sweep({ ...sweep, maxDeliveries: 1 })).deadLettered, [id], "the dead letters");
      const dead = await store.find(id);
      same([dead?.state, dead?.error?.deadLetter], ["failed", true], "it");
      const again = await store.redrive(id, { now: T + 32_000, expiresAt: LIVES + 1 });
      same(
        [again?.state, again?.deliveries, again?.expiresAt, again?.error, again?.endedAt],
        ["queued", 0, LIVES + 1, undefined, undefined],
        "it",
      );
      const { hold } = await takeOne(store, T + 32_001);
      must(await store.complete(hold, RESULT, KEEP), "it completes");
      same((await store.redrive(id, { now: T, expiresAt: LIVES }))?.state, "succeeded", "a succeeded one stays");
    },
  },
  {
    name: "a lost job that was not started costs no delivery; one that was waits longer each time",
    async run(store) {
      const id = await put(store);
      const sweep = { keptUntil: T + 900_000, limit: 10, maxDeliveries: 3, delaysMs: [0, 5_000] };
      await takeOne(store);
      same((await store.sweep({ ...sweep, now: T + 40_000 })).requeued, [id], "lost before its start");
      same((await store.find(id))?.deliveries, 0, "its deliveries");
      await store.start((await takeOne(store, T + 40_000)).hold, T + 40_000);
      same((await store.sweep({ ...sweep, now: T + 80_000 })).requeued, [id], "lost once");
      await store.start((await takeOne(store, T + 80_000)).hold, T + 80_000);
      same((await store.sweep({ ...sweep, now: T + 120_000 })).requeued, [id], "lost twice");
      same((await store.lease(order(1, T + 124_999))).length, 0, "what can be leased before its time");
      const third = await takeOne(store, T + 125_000);
      same(third.job.deliveries, 3, "its deliveries");
      await store.start(third.hold, T + 125_000);
      same((await store.sweep({ ...sweep, now: T + 200_000 })).deadLettered, [id], "lost for the last time");
    },
  },
  {
    name: "a failed job keeps what the provider said",
    async run(store) {
      const id = await put(store);
      const { hold } = await takeOne(store);
      const said = { status: 400, body: '{"error":{}}' };
      must(await store.fail(hold, BROKEN, KEEP, said), "the holder may fail it");
      const failed = await store.find(id);
      same([failed?.state, failed?.error, failed?.result?.status], ["failed", BROKEN, 400], "it");
    },
  },
  {
    name: "a cancelled job is nobody's: waiting, held, or ended",
    async run(store) {
      const waiting = await put(store);
      same((await store.cancel(waiting, KEEP))?.state, "cancelled", "the waiting one");
      same((await store.lease(order(9))).length, 0, "what can be leased");
      const held = await put(store);
      const { hold } = await takeOne(store);
      same((await store.cancel(held, KEEP))?.state, "cancelled", "the held one");
      same(await store.renew(hold, T + 60_000), "cancelled", "what its holder hears");
      same(await store.start(hold, T), false, "starting it");
      same(await store.complete(hold, RESULT, KEEP), false, "completing it");
      const ended = await put(store);
      const taken = await takeOne(store);
      await store.complete(taken.hold, RESULT, KEEP);
      same((await store.cancel(ended, KEEP))?.state, "succeeded", "the ended one");
      same(await store.cancel("job_unknown", KEEP), undefined, "an unknown one");
    },
  },
  {
    name: "an ended job is forgotten when its owner wants that, and its key with it",
    async run(store) {
      const idempotency = { key: "k:1", fingerprint: "f", until: LIVES };
      const id = await put(store, { tenant: "a", idempotency });
      must(!(await store.forget(id, "a")), "a waiting one stays");
      await store.cancel(id, KEEP, "a");
      must(!(await store.forget(id, "b")), "another tenant's stays");
      must(await store.forget(id, "a"), "it goes");
      same(await store.find(id), undefined, "what is left of it");
      must(!(await store.forget(id, "a")), "it is gone");
      same((await store.counts("a")).cancelled, 0, "the count");
      const again = await store.accept(job({ tenant: "a", idempotency }));
      same(again.type, "accepted", "the key afterwards");
    },
  },
  {
    name: "everything of a tenant is forgotten, whatever its state and kind, and nothing of another",
    async run(store) {
      const idempotency = { key: "k:1", fingerprint: "f", until: LIVES };
      const waiting = await put(store, { tenant: "a", idempotency });
      const other = await put(store, { tenant: "b", idempotency });
      const live = await store.accept(job({ tenant: "a", kind: "live" }), { owner: "w", until: T + 30_000 });
      const cancelled = await put(store, { tenant: "a" });
      await store.cancel(cancelled, KEEP);
      same(await store.forgetTenant("a", 2), 2, "as many as asked");
      same(await store.forgetTenant("a", 2), 1, "the rest");
      same(await store.forgetTenant("a", 2), 0, "no more");
      for (const id of [waiting, cancelled]) same(await store.find(id), undefined, "what is left");
      if (live.type === "accepted" && live.hold !== undefined) {
        same(await store.complete(live.hold, RESULT, KEEP), false, "completing what is gone");
      }
      same((await store.counts("a")).queued, 0, "the tenant's count");
      same((await store.counts()).queued, 1, "everybody's count");
      same((await store.find(other))?.state, "queued", "another tenant's");
      same((await store.accept(job({ tenant: "a", idempotency }))).type, "accepted", "the key afterwards");
    },
  },
  {
    name: "a job is kept as long as the caller's key of it is remembered, though others are forgotten sooner",
    async run(store) {
      const until = T + 2_000_000;
      const named = (key: string) => put(store, { idempotency: { key, fingerprint: "f", until } });
      const done = await named(`${CALLERS_KEY}done`);
      must(await store.complete((await takeOne(store)).hold, RESULT, KEEP), "it is completed");
      const cancelled = await named(`${CALLERS_KEY}cancelled`);
      await store.cancel(cancelled, KEEP);
      const expired = await named(`${CALLERS_KEY}expired`);
      await store.sweep({ ...KEEP, now: LIVES, limit: 10, maxDeliveries: 5 });
      for (const id of [done, cancelled, expired])
        same((await store.find(id))?.keptUntil, until, "until when it is kept");
      const shared = await put(store, { idempotency: { key: "s:digest", fingerprint: "f", until } });
      await store.cancel(shared, KEEP);
      same((await store.find(shared))?.keptUntil, KEEP.keptUntil, "until when one is kept whose key is our own");
      same(await store.purge({ now: KEEP.keptUntil, limit: 10 }), 1, "what is forgotten first");
      same(await store.purge({ now: until, limit: 10 }), 3, "what is forgotten with the keys");
    },
  },
  {
    name: "what expires in the queue ends, what is held goes on",
    async run(store) {
      const waiting = await put(store, { expiresAt: T + 10 });
      const held = await put(store, { expiresAt: T + 10, priority: 1 });
      await takeOne(store);
      const swept = await store.sweep({ now: T + 10, keptUntil: T + 99, limit: 10, maxDeliveries: 5 });
      same([swept.expired, await stateOf(store, held)], [[waiting], "leased"], "the expired and the held one");
      same((await store.find(waiting))?.error?.code, "deadline_exceeded", "its error");
    },
  },
  {
    name: "a live request is held by its process, listed nowhere, and forgotten when it comes to nothing",
    async run(store) {
      const idempotency = { key: "k", fingerprint: "f", until: T + 1_000_000 };
      const live = () => store.accept(job({ kind: "live", idempotency }), { owner: "g", until: T + 30_000 });
      const first = await live();
      must(first.type === "accepted" && first.hold !== undefined, "it is held");
      same([(await store.list({ limit: 9 })).jobs.length, (await store.counts()).running], [0, 0], "lists and counts");
      must(await store.discard(first.hold), "it can be forgotten");
      same((await live()).type, "accepted", "the key afterwards");
      await store.sweep({ now: T + 31_000, keptUntil: T + 99_000, limit: 10, maxDeliveries: 5 });
      const third = await live();
      must(third.type === "accepted" && third.hold !== undefined, "the key after its process died");
      must(await store.complete(third.hold, RESULT, KEEP), "it can be completed");
      const again = await live();
      must(again.type === "exists" && again.job.result?.body === RESULT.body, "the answer is there for the next");
    },
  },
];
