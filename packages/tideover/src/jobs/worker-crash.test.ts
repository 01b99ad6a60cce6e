import fc from "fast-check";
import { expect, test } from "vitest";
import { streamOf } from "../engine/answer-stream.ts";
import { isEnded } from "../engine/ports/job.ts";
import type { JobStore } from "../engine/ports/job-store.ts";
import { asking, BROKEN, BUSY, chance, echo, jobStage, TERMS } from "./testing/job-stage.ts";

const CONCURRENCY = 4;

/** Counts how often a store said that an end took effect. */
function counted(store: JobStore, ends: Map<string, number>): JobStore {
  const note = (id: string, done: boolean) => {
    if (done) ends.set(id, (ends.get(id) ?? 0) + 1);
    return done;
  };
  const complete: JobStore["complete"] = async (hold, ...rest) => note(hold.id, await store.complete(hold, ...rest));
  const fail: JobStore["fail"] = async (hold, ...rest) => note(hold.id, await store.fail(hold, ...rest));
  return Object.assign(Object.create(store) as JobStore, bound(store), { complete, fail });
}

/** The methods of a store, callable on another object. */
function bound(store: JobStore): Partial<JobStore> {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(store)).filter((name) => name !== "constructor");
  return Object.fromEntries(
    names.map((name) => {
      const member = Reflect.get(store, name) as (...args: unknown[]) => unknown;
      return [name, (...args: unknown[]) => member.apply(store, args)];
    }),
  );
}

/** One run: jobs come at random, processes are killed or stand still at random moments, a provider misbehaves. */
async function run(seed: number): Promise<void> {
  const luck = chance(seed);
  const faults = luck.below(3) === 0 ? 0.2 : 0;
  const stage = jobStage(
    {
      ms: () => luck.below(20_000),
      limit: () => 40,
      outcome: (call) => {
        if (luck.next() < faults) return luck.below(4) === 0 ? BROKEN : BUSY;
        return { type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf(echo(call)) };
      },
    },
    seed,
  );
  const ends = new Map<string, number>();
  const start = () => stage.process({ concurrency: CONCURRENCY }, (store) => counted(store, ends));
  const workers = [start(), start(), start()];
  const accepted = new Map<string, string>();
  let kills = 0;
  const strike = () => {
    const what = luck.below(6);
    if (what > 1) return;
    const index = luck.below(workers.length);
    kills++;
    if (what === 0) {
      workers[index]?.kill();
      workers[index] = start();
    } else {
      // Longer than a lease: somebody else does its jobs, and then it comes back and believes that they are its own.
      workers[index]?.pause(luck.below(90_000));
    }
  };
  const total = 30;
  for (let count = 0; count < total || luck.below(3) > 0; count++) {
    if (count < total) {
      const text = `job ${count}`;
      const worker = workers[luck.below(workers.length)] ?? start();
      const opening = worker.jobs.desk.open(asking(text, { idempotencyKey: text }), TERMS);
      // Killed in the middle of accepting: the caller hears nothing and asks another process the same.
      if (luck.below(6) === 0) {
        worker.kill();
        kills++;
        workers[workers.indexOf(worker)] = start();
        const again = workers[0]?.jobs.desk.open(asking(text, { idempotencyKey: text }), TERMS);
        const outcome = again && (await stage.clock.run(again));
        if (outcome?.type === "accepted") accepted.set(outcome.jobId, text);
      } else {
        const outcome = await stage.clock.run(opening);
        if (outcome.type === "accepted") accepted.set(outcome.jobId, text);
      }
    }
    await stage.clock.advance(luck.below(4_000));
    strike();
  }
  await stage.clock.advance(3_000_000);

  expect(accepted.size).toBe(total);
  const { jobs } = await stage.store.list({ limit: 1_000, withResults: true });
  expect(jobs.length).toBe(total);
  for (const job of jobs) {
    expect(isEnded(job.state), `${job.id} is ${job.state}`).toBe(true);
    if (job.state !== "succeeded") continue;
    expect(job.result?.body).toContain(`"echo ${accepted.get(job.id)}"`);
    expect(ends.get(job.id) ?? 0, `${job.id} ended`).toBeLessThanOrEqual(1);
  }
  if (faults === 0) {
    expect(jobs.filter(({ state }) => state === "succeeded").length).toBe(total);
    expect(stage.sent.length - total).toBeLessThanOrEqual(kills * CONCURRENCY);
  }
}

test("whenever processes die, every accepted job ends exactly once, with its own answer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), (seed) => run(seed)),
    { numRuns: 25, seed: 20261122, endOnFailure: true },
  );
}, 60_000);
