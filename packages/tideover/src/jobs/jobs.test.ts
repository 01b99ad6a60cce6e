import { describe, expect, test } from "vitest";
import { streamOf } from "../engine/answer-stream.ts";
import { failure } from "../engine/failure.ts";
import type { Outcome } from "../engine/outcome.ts";
import type { Job } from "../engine/ports/job.ts";
import { jobDocument } from "./job-document.ts";
import { asking, BROKEN, BUSY, echo, jobStage, TERMS } from "./testing/job-stage.ts";

async function open(stage: ReturnType<typeof jobStage>, jobs: ReturnType<typeof stage.process>["jobs"], text: string) {
  const outcome = await stage.clock.run(jobs.desk.open(asking(text), TERMS));
  if (outcome.type !== "accepted") throw new Error(JSON.stringify(outcome));
  return outcome.jobId;
}

const textOf = (job: Job | undefined) => {
  const body = JSON.parse(job?.result?.body ?? "{}") as { choices?: { message: { content: string } }[] };
  return body.choices?.[0]?.message.content;
};

describe("from a call to its answer", () => {
  test("an accepted job is answered unstreamed, at background priority, and says how", async () => {
    const stage = jobStage();
    const { jobs, events } = stage.process();
    const id = await open(stage, jobs, "hello");
    await stage.clock.advance(5_000);
    const job = await stage.store.find(id);
    expect([job?.state, textOf(job)]).toEqual(["succeeded", "echo hello"]);
    expect(stage.sent[0]?.call).toMatchObject({
      priority: 6,
      ticketed: true,
      request: { stream: false },
      tenant: "test",
    });
    expect(job?.result?.provenance).toMatchObject({ rung: "live", provider: "p", attempts: [{ outcome: "answered" }] });
    expect(events.map(({ type }) => type)).toEqual(["job-accepted", "job-started", "job-ended"]);
  });

  test("a job that came while no worker was there is done by the next one", async () => {
    const stage = jobStage();
    const gateway = stage.process({ works: false });
    const id = await open(stage, gateway.jobs, "x");
    await stage.clock.advance(60_000);
    expect((await stage.store.find(id))?.state).toBe("queued");
    stage.process();
    await stage.clock.advance(5_000);
    expect((await stage.store.find(id))?.state).toBe("succeeded");
  });

  test("the caller's own fault ends it with the provider's words, at once", async () => {
    const passed = { status: 400, contentType: "application/json", body: '{"error":{"message":"bad"}}' };
    const stage = jobStage({ outcome: () => failure("caller", "http-400", "bad", { passed }) });
    const { jobs } = stage.process();
    const id = await open(stage, jobs, "x");
    await stage.clock.advance(3_000);
    const job = await stage.store.find(id);
    expect([job?.state, job?.result, stage.sent.length]).toEqual(["failed", { status: 400, body: passed.body }, 1]);
    expect(job && jobDocument(job)).toMatchObject({
      status: "failed",
      error: { code: "invalid_request" },
      response: { status_code: 400, body: { error: { message: "bad" } } },
    });
  });

  test("a provider that breaks at it five times makes it a dead letter; driven again, it may succeed", async () => {
    let isWell = false;
    const stage = jobStage({
      outcome: (call) =>
        isWell ? { type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf(echo(call)) } : BROKEN,
    });
    const { jobs } = stage.process();
    const id = await open(stage, jobs, "x");
    await stage.clock.advance(900_000);
    const dead = await stage.store.find(id);
    expect([dead?.state, dead?.error, stage.sent.length]).toEqual([
      "failed",
      { code: "ladder_exhausted", message: "p broke.", deadLetter: true },
      5,
    ]);
    isWell = true;
    await stage.clock.run(jobs.redrive(id));
    await stage.clock.advance(60_000);
    expect((await stage.store.find(id))?.state).toBe("succeeded");
  });

  test("an outage of hours costs no delivery: the job waits, and asks less and less often", async () => {
    let isOut = true;
    const stage = jobStage({
      outcome: (call): Outcome =>
        isOut ? BUSY : { type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf(echo(call)) },
    });
    const { jobs } = stage.process();
    const id = await open(stage, jobs, "x");
    await stage.clock.advance(3_000_000);
    expect(stage.sent.length).toBeLessThan(200);
    expect((await stage.store.find(id))?.state).not.toBe("failed");
    isOut = false;
    await stage.clock.advance(60_000);
    expect((await stage.store.find(id))?.state).toBe("succeeded");
  });

  test("what is not answered in time expires", async () => {
    const stage = jobStage({ outcome: () => BUSY });
    const { jobs } = stage.process();
    const id = await open(stage, jobs, "x");
    await stage.clock.advance(TERMS.expiresMs + 60_000);
    expect((await stage.store.find(id))?.state).toBe("expired");
  });

  test("a model that no route takes any more is a dead letter", async () => {
    const stage = jobStage();
    const { jobs } = stage.process({ findRoute: () => undefined });
    const id = await open(stage, jobs, "x");
    await stage.clock.advance(5_000);
    expect(await stage.store.find(id)).toMatchObject({ state: "failed", error: { code: "unknown_model" } });
  });

  test("a job for cheap hours waits for them", async () => {
    const stage = jobStage();
    const { jobs } = stage.process();
    const terms = { ...TERMS, notBefore: (now: number) => now + 1_800_000 };
    const outcome = await stage.clock.run(jobs.desk.open(asking("x"), terms));
    await stage.clock.advance(1_799_000);
    expect(stage.sent).toEqual([]);
    await stage.clock.advance(10_000);
    expect(outcome.type === "accepted" && (await stage.store.find(outcome.jobId))?.state).toBe("succeeded");
  });

  test("the same idempotency key gives the same job, with its answer when it is there", async () => {
    const stage = jobStage();
    const { jobs } = stage.process();
    const call = asking("x", { idempotencyKey: "key" });
    const first = await stage.clock.run(jobs.desk.open(call, TERMS));
    await stage.clock.advance(10_000);
    const again = await stage.clock.run(jobs.desk.open(call, TERMS));
    expect(again).toMatchObject({ jobId: first.type === "accepted" && first.jobId, job: { state: "succeeded" } });
    const other = await stage.clock.run(jobs.desk.open(asking("y", { idempotencyKey: "key" }), TERMS));
    expect(other).toMatchObject({ type: "failure", kind: "caller", code: "idempotency_mismatch" });
    expect(stage.sent.length).toBe(1);
  });

  test("a store that is out accepts nothing, and says so", async () => {
    const stage = jobStage();
    const { jobs } = stage.process({ works: false }, (store) =>
      Object.assign(Object.create(store), { accept: () => Promise.reject(new Error("disk full")) }),
    );
    expect(await stage.clock.run(jobs.desk.open(asking("x"), TERMS))).toMatchObject({
      reason: "job-store-unavailable",
    });
  });
});

describe("adopted attempts", () => {
  test("the attempt that runs becomes the job, and nothing is asked twice", async () => {
    const stage = jobStage({ ms: 8_000 });
    const { jobs } = stage.process();
    const call = asking("x");
    const running = stage.service(call);
    await stage.clock.advance(5_000);
    const outcome = await stage.clock.run(jobs.desk.adopt(call, running, () => {}, TERMS));
    expect(outcome).toMatchObject({ type: "accepted", job: { state: "running" } });
    await stage.clock.advance(5_000);
    expect((await stage.store.list({ limit: 1 })).jobs[0]?.state).toBe("succeeded");
    expect(stage.sent.length).toBe(1);
  });

  test("when it gives nothing, or only something degraded, the workers go on", async () => {
    const degraded: Outcome = { type: "answer", origin: { rung: "template", degraded: true }, stream: streamOf([]) };
    for (const outcome of [BUSY, degraded]) {
      const stage = jobStage();
      const { jobs } = stage.process();
      const call = asking("x");
      await stage.clock.run(jobs.desk.adopt(call, Promise.resolve(outcome), () => {}, TERMS));
      await stage.clock.advance(60_000);
      expect((await stage.store.list({ limit: 1 })).jobs[0]?.state).toBe("succeeded");
    }
  });

  test("a job that exists already is told, and the attempt is stopped", async () => {
    const stage = jobStage({ ms: 9_000 });
    const { jobs } = stage.process();
    const call = asking("x", { idempotencyKey: "k" });
    const first = await stage.clock.run(jobs.desk.open(call, TERMS));
    let stopped = 0;
    const second = await stage.clock.run(jobs.desk.adopt(call, stage.service(call), () => stopped++, TERMS));
    expect([second.type === "accepted" && second.jobId, stopped]).toEqual([
      first.type === "accepted" && first.jobId,
      1,
    ]);
  });
});

describe("cancelling", () => {
  test("reaches the provider at once in the process that works on it", async () => {
    const stage = jobStage({ ms: 60_000 });
    const { jobs } = stage.process();
    const id = await open(stage, jobs, "x");
    await stage.clock.advance(2_000);
    expect((await stage.clock.run(jobs.cancel(id)))?.state).toBe("cancelled");
    await stage.clock.advance(1);
    expect(stage.sent[0]?.call.signal.aborted).toBe(true);
    expect((await stage.store.find(id))?.state).toBe("cancelled");
  });

  test("and with the next sign of life in another", async () => {
    const stage = jobStage({ ms: 60_000 });
    const worker = stage.process();
    const gateway = stage.process({ works: false });
    const id = await open(stage, gateway.jobs, "x");
    await stage.clock.advance(2_000);
    await stage.clock.run(gateway.jobs.cancel(id));
    await stage.clock.advance(11_000);
    expect(stage.sent[0]?.call.signal.aborted).toBe(true);
    expect(worker.jobs.busy).toBe(0);
  });
});

describe("draining", () => {
  test("begins with one job, and grows to the share of the limit", async () => {
    const stage = jobStage({ ms: 1_000, limit: () => 40 });
    const gateway = stage.process({ works: false });
    for (let count = 0; count < 200; count++) await open(stage, gateway.jobs, `job ${count}`);
    stage.process();
    await stage.clock.advance(1_900);
    expect(stage.sent.length).toBe(3);
    await stage.clock.advance(60_000);
    expect(stage.mostInFlight()).toBe(12);
    expect((await stage.store.counts()).succeeded).toBe(200);
  });

  test("is not held up by jobs that no provider can serve: they say nothing of how providers are", async () => {
    const unfit = failure("incompatible", "tools-asked", "It calls no tools.");
    const stage = jobStage({
      limit: () => 40,
      outcome: (call): Outcome =>
        JSON.stringify(call.request.body).includes("odd")
          ? unfit
          : { type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf(echo(call)) },
    });
    const gateway = stage.process({ works: false });
    for (let count = 0; count < 100; count++)
      await open(stage, gateway.jobs, `${count % 5 === 0 ? "odd" : "job"} ${count}`);
    stage.process();
    await stage.clock.advance(30_000);
    expect((await stage.store.counts()).succeeded).toBe(80);
    expect(stage.sent.length).toBe(100);
    await stage.clock.advance(600_000);
    expect([stage.sent.length > 100, stage.sent.length <= 160]).toEqual([true, true]);
  });

  test("stands still while nothing is let through, and another route's jobs do not wait for it", async () => {
    const stage = jobStage();
    const worker = stage.process({
      findRoute: (model) => ({ name: model, service: stage.service, limit: () => (model === "out" ? 0 : 10) }),
    });
    const ask = (model: string, text: string) => {
      const call = asking(text);
      return worker.jobs.desk.open({ ...call, request: { ...call.request, model } }, TERMS);
    };
    for (let count = 0; count < 50; count++) await stage.clock.run(ask("out", `out ${count}`));
    for (let count = 0; count < 5; count++) await stage.clock.run(ask("in", `in ${count}`));
    await stage.clock.advance(60_000);
    const counts = await stage.store.counts();
    expect([counts.succeeded, stage.sent.every(({ call }) => call.request.model === "in")]).toEqual([5, true]);
  });

  test("tells when a job will be done once it knows", async () => {
    const stage = jobStage({ ms: 1_000, limit: () => 10 });
    const { jobs } = stage.process();
    const first = await stage.clock.run(jobs.desk.open(asking("first"), TERMS));
    expect(first).not.toHaveProperty("estimatedCompletionAt");
    for (let count = 0; count < 30; count++) await open(stage, jobs, `job ${count}`);
    await stage.clock.advance(6_000);
    const later = await stage.clock.run(jobs.desk.open(asking("later"), TERMS));
    const inMs = later.type === "accepted" ? (later.estimatedCompletionAt ?? 0) - stage.clock.wallTime() : 0;
    expect(inMs).toBeGreaterThan(1_000);
    expect(inMs).toBeLessThan(30_000);
  });
});

describe("stopping", () => {
  test("lets what runs finish, and gives back what does not", async () => {
    const stage = jobStage({ ms: (count) => (count === 0 ? 500 : 60_000), limit: () => 100 });
    const { jobs } = stage.process();
    const quick = await open(stage, jobs, "quick");
    await stage.clock.advance(1_000);
    const slow = await open(stage, jobs, "slow");
    await stage.clock.advance(2_000);
    await stage.clock.run(jobs.stop(1_000));
    const [first, second] = [await stage.store.find(quick), await stage.store.find(slow)];
    expect([first?.state, second?.state, second?.deliveries]).toEqual(["succeeded", "queued", 0]);
    expect(stage.clock.pendingTimers).toBe(0);
  });
});
