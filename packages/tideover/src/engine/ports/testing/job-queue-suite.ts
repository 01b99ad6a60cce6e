import type { JobQueue } from "../job-queue.ts";
import { type ConformanceCase, must, same } from "./conformance.ts";

const still = () => new AbortController().signal;

/** What every job queue does. Waits are real for adapters of real brokers: each case needs at most some seconds. */
export const JOB_QUEUE_SUITE: readonly ConformanceCase<JobQueue>[] = [
  {
    name: "what was published is delivered, by its id or as the word that there is work",
    async run(queue) {
      same(await queue.publish([{ id: "job_1", priority: 6 }]), ["job_1"], "what the queue has taken");
      const [delivery] = await queue.receive(1, 5_000, still());
      must(delivery !== undefined, "there is a delivery");
      must(delivery.jobId === undefined || delivery.jobId === "job_1", "it names the job, or none");
      await delivery.acknowledge();
    },
  },
  {
    name: "with nothing to do it waits, and stops waiting when told to",
    async run(queue) {
      same((await queue.receive(3, 20, still())).length, 0, "deliveries after a short wait");
      const abort = new AbortController();
      const waiting = queue.receive(3, 60_000, abort.signal);
      abort.abort();
      same((await waiting).length, 0, "deliveries after an abort");
    },
  },
  {
    name: "it gives no more than asked for",
    async run(queue) {
      await queue.publish(["job_1", "job_2", "job_3"].map((id) => ({ id, priority: 6 })));
      const deliveries = await queue.receive(2, 5_000, still());
      must(deliveries.length >= 1 && deliveries.length <= 2, "one or two are delivered");
      for (const delivery of deliveries) await delivery.acknowledge();
    },
  },
  {
    name: "what is given back comes again",
    async run(queue) {
      await queue.publish([{ id: "job_1", priority: 6 }]);
      const [first] = await queue.receive(1, 5_000, still());
      must(first !== undefined, "there is a delivery");
      await first.giveBack();
      if (first.jobId === undefined) return;
      const [second] = await queue.receive(1, 10_000, still());
      same(second?.jobId, "job_1", "the next delivery");
      await second?.acknowledge();
    },
  },
  {
    name: "a publication wakes who waits",
    async run(queue) {
      const waiting = queue.receive(1, 10_000, still());
      await queue.publish([{ id: "job_1", priority: 6 }]);
      const [delivery] = await waiting;
      must(delivery !== undefined, "the waiting one gets it");
      await delivery.acknowledge();
    },
  },
  {
    name: "closed, it takes and gives nothing, and nobody hangs",
    async run(queue) {
      await queue.close();
      same((await queue.receive(1, 60_000, still())).length, 0, "deliveries");
    },
  },
];
