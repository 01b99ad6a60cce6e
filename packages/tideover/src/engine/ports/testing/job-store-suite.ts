import type { Job, JobHold, LeasedJob, NewJob } from "../job.ts";
import type { JobStore } from "../job-store.ts";
import { type ConformanceCase, must, same } from "./conformance.ts";

/** A moment, in ms since the Unix epoch; the suite's times are relative to it. */
const T = Date.UTC(2026, 10, 22);
const KEEP = { now: T + 5, keptUntil: T + 1_000_000 };
const LIVES = T + 500_000;
const RESULT = { status: 200, body: '{"answer":"你好"}', provenance: { rung: "live" } };
const BROKEN = { code: "ladder_exhausted", message: "busy", deadLetter: false };

let made = 0;

/** A job of the suite; everything that does not matter has a value. */
function job(members: Partial<NewJob> = {}): NewJob {
  return {
    id: `job_${String(made++).padStart(6, "0")}`,
    kind: "ticket",
    tenant: "shop",
    operation: "chat",
    model: "deepseek-chat",
    request: new TextEncoder().encode('{"model":"deepseek-chat"}'),
    priority: 6,
    createdAt: T,
    notBefore: T,
    expiresAt: LIVES,
    ...members,
  };
}

const order = (limit = 1, now = T + 1, owner = "w1") => ({ owner, until: now + 30_000, now, limit });

async function put(store: JobStore, members: Partial<NewJob> = {}): Promise<string> {
  const accepted = await store.accept(job(members));
  must(accepted.type === "accepted", "a new job is accepted");
  return accepted.job.id;
}

async function takeOne(store: JobStore, now = T + 1): Promise<LeasedJob> {
  const [taken] = await store.lease(order(1, now));
  must(taken !== undefined, "a waiting job can be leased");
  return taken;
}

async function stateOf(store: JobStore, id: string): Promise<string | undefined> {
  return (await store.find(id))?.state;
}

/** What every job store does; each case needs an empty store. */
export const JOB_STORE_SUITE: readonly ConformanceCase<JobStore>[] = [
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
