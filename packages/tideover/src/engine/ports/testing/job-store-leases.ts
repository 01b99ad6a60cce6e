import type { JobHold } from "../job.ts";
import type { JobStore } from "../job-store.ts";
import { type ConformanceCase, must, same } from "./conformance.ts";
import { BROKEN, job, KEEP, LIVES, order, put, RESULT, stateOf, T, takeOne } from "./job-store-kit.ts";

/** How jobs are accepted and leased. Each case needs an empty store. */
export const LEASES: readonly ConformanceCase<JobStore>[] = [
  {
    name: "a job goes from queued over leased and running to succeeded, and keeps its answer",
    async run(store) {
      const id = await put(store, { keyName: "k", group: "batch_1", tag: "line-1" });
      const queued = await store.find(id);
      same([queued?.state, queued?.deliveries, queued?.group, queued?.tag], ["queued", 0, "batch_1", "line-1"], "it");
      const { job: leased, request, hold } = await takeOne(store);
      same([leased.state, leased.deliveries, leased.lease?.owner], ["leased", 1, "w1"], "the leased job");
      same(new TextDecoder().decode(request), '{"model":"deepseek-chat"}', "the request");
      must(await store.start(hold, T + 2), "the holder may start");
      same(await stateOf(store, id), "running", "its state");
      must(await store.complete(hold, RESULT, KEEP), "the holder may complete");
      const done = await store.find(id);
      same(
        [done?.state, done?.result, done?.startedAt, done?.endedAt, done?.keptUntil],
        ["succeeded", RESULT, T + 2, T + 5, KEEP.keptUntil],
        "the ended job",
      );
      must((done?.version ?? 0) > (queued?.version ?? 0), "the version rises");
      must(done?.lease === undefined, "an ended job is nobody's");
    },
  },
  {
    name: "a tenant sees its own jobs only",
    async run(store) {
      const id = await put(store, { tenant: "a" });
      same((await store.find(id, "b"))?.id, undefined, "another tenant's view");
      same((await store.find(id, "a"))?.id, id, "its own view");
      same(await store.cancel(id, KEEP, "b"), undefined, "another tenant's cancel");
      same(await store.redrive(id, { now: T, expiresAt: LIVES }, "b"), undefined, "another tenant's redrive");
      same((await store.list({ tenant: "b", limit: 9 })).jobs.length, 0, "another tenant's list");
      same((await store.list({ tenant: "b", after: id, limit: 9 })).jobs.length, 0, "a page after a foreign job");
      same((await store.counts("b")).queued, 0, "another tenant's count");
      same(await stateOf(store, id), "queued", "its state");
    },
  },
  {
    name: "the same idempotency key gives the same job, another body a mismatch, another tenant its own",
    async run(store) {
      const idempotency = { key: "order-7", fingerprint: "aa", until: T + 1_000 };
      const id = await put(store, { idempotency });
      const again = await store.accept(job({ idempotency }));
      must(again.type === "exists" && again.job.id === id, "the same request gives the same job");
      const other = await store.accept(job({ idempotency: { ...idempotency, fingerprint: "bb" } }));
      same(other.type, "mismatch", "another body");
      same((await store.accept(job({ idempotency, tenant: "b" }))).type, "accepted", "another tenant");
      const late = await store.accept(
        job({ idempotency: { ...idempotency, fingerprint: "bb", until: T + 9_000 }, createdAt: T + 1_001 }),
      );
      same(late.type, "accepted", "the key after its time");
      const known = await store.accept(
        job({ idempotency: { ...idempotency, fingerprint: "bb" }, createdAt: T + 1_002 }),
      );
      must(known.type === "exists" && late.type === "accepted" && known.job.id === late.job.id, "the later job counts");
    },
  },
  {
    name: "of many at once with one idempotency key one is accepted",
    async run(store) {
      const idempotency = { key: "k", fingerprint: "f", until: T + 1_000 };
      const results = await Promise.all(Array.from({ length: 20 }, () => store.accept(job({ idempotency }))));
      same(results.filter(({ type }) => type === "accepted").length, 1, "the number accepted");
      same((await store.counts()).queued, 1, "the number queued");
    },
  },
  {
    name: "what is adopted runs from the start and is no worker's",
    async run(store) {
      const adopted = await store.accept(job(), { owner: "gateway", until: T + 30_000 });
      must(adopted.type === "accepted" && adopted.hold !== undefined, "there is a hold");
      same(adopted.job.state, "running", "its state");
      same((await store.lease(order(5))).length, 0, "what a worker gets");
      must(await store.complete(adopted.hold, RESULT, KEEP), "its holder completes it");
    },
  },
  {
    name: "a job is leased once",
    async run(store) {
      for (let count = 0; count < 10; count++) await put(store);
      const taken = await Promise.all(
        Array.from({ length: 8 }, (_, index) => store.lease(order(3, T + 1, `w${index}`))),
      );
      const ids = taken.flat().map(({ job: { id } }) => id);
      same([ids.length, new Set(ids).size], [10, 10], "leases and distinct jobs");
    },
  },
  {
    name: "the urgent come first, and tenants of one urgency take turns",
    async run(store) {
      for (let count = 0; count < 6; count++) await put(store, { tenant: "many" });
      for (let count = 0; count < 2; count++) await put(store, { tenant: "few" });
      await put(store, { tenant: "many", priority: 3 });
      const taken = await store.lease(order(5));
      same(taken[0]?.job.priority, 3, "the first one's urgency");
      const few = taken.slice(1).filter(({ job: { tenant } }) => tenant === "few").length;
      same(few, 2, "how many of the next four belong to the tenant with few jobs");
      await put(store, { tenant: "new" });
      const next = await store.lease(order(2));
      must(
        next.some(({ job: { tenant } }) => tenant === "new"),
        "a newcomer is served in the next round",
      );
    },
  },
  {
    name: "a job waits for its time, and is not begun after it",
    async run(store) {
      const later = await put(store, { notBefore: T + 100 });
      await put(store, { expiresAt: T + 50 });
      same((await store.lease(order(9, T + 60))).length, 0, "what can be leased between");
      same(
        (await store.lease(order(9, T + 100))).map(({ job: { id } }) => id),
        [later],
        "what can be leased then",
      );
    },
  },
  {
    name: "a broker's delivery leases that job, if it waits",
    async run(store) {
      await put(store);
      const wanted = await put(store);
      const taken = await store.lease({ ...order(9), ids: [wanted, "job_unknown"] });
      same(
        taken.map(({ job: { id } }) => id),
        [wanted],
        "the leased",
      );
      same((await store.lease({ ...order(9), ids: [wanted] })).length, 0, "a second delivery");
    },
  },
  {
    name: "jobs for models that are out are passed over",
    async run(store) {
      await put(store, { model: "out" });
      const other = await put(store);
      const taken = await store.lease({ ...order(9), exceptModels: ["out", "gone"] });
      same(
        taken.map(({ job: { id } }) => id),
        [other],
        "the leased",
      );
    },
  },
  {
    name: "an older hold can do nothing (fencing)",
    async run(store) {
      const id = await put(store);
      const first = await takeOne(store);
      await store.sweep({ now: T + 31_001, keptUntil: T + 90_000, limit: 10, maxDeliveries: 5 });
      same(await stateOf(store, id), "queued", "its state after the lease");
      const refused = async (hold: JobHold, when: string) => {
        same(await store.start(hold, T), false, `start ${when}`);
        same(await store.renew(hold, T + 99_000), "lost", `renew ${when}`);
        same(await store.complete(hold, RESULT, KEEP), false, `complete ${when}`);
        same(await store.fail(hold, BROKEN, KEEP), false, `fail ${when}`);
        same(await store.release(hold, { now: T, notBefore: T, counts: true }), false, `release ${when}`);
      };
      await refused(first.hold, "while it waits again");
      const second = await takeOne(store, T + 31_002);
      await refused(first.hold, "while another holds it");
      must(await store.complete(second.hold, RESULT, KEEP), "the latest holder completes");
      await refused(first.hold, "after its end");
      await refused(second.hold, "after its end");
      same((await store.find(id))?.result, RESULT, "its result");
    },
  },
  {
    name: "a sign of life prolongs the lease",
    async run(store) {
      const id = await put(store);
      const { hold } = await takeOne(store);
      same(await store.renew(hold, T + 60_000), "held", "renewing");
      await store.sweep({ now: T + 40_000, keptUntil: T + 90_000, limit: 10, maxDeliveries: 5 });
      same(await stateOf(store, id), "leased", "its state");
    },
  },
];
