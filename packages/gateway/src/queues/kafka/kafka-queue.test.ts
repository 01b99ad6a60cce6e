import { JOB_QUEUE_SUITE } from "tideover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasKafka, type KafkaServer, startKafka } from "../../../../../tests/harness/kafka.ts";
import { readKafkaAddress } from "./kafka-address.ts";
import { KafkaQueue } from "./kafka-queue.ts";
import { OffsetTracker } from "./offset-tracker.ts";

const still = () => new AbortController().signal;
let made = 0;

function addressOf(text: string) {
  const address = readKafkaAddress(text);
  if ("problem" in address) throw new Error(address.problem);
  return address;
}

/** Publishes until the broker has taken it: topics are made at the first publications. */
async function published(queue: KafkaQueue | undefined, id: string): Promise<void> {
  await expect.poll(() => queue?.publish([{ id, priority: 6 }]), { timeout: 60_000, interval: 200 }).toEqual([id]);
}

describe.runIf(hasKafka())("the queue over Kafka", () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka();
  }, 150_000);
  afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

  /** Queues of several processes on fresh topics whose consumers have joined, for the length of a function. */
  async function inQueues(use: (...queues: KafkaQueue[]) => Promise<void>, count = 1) {
    const address = addressOf(`${server.url}?prefix=test-${++made}`);
    const queues = Array.from({ length: count }, () => new KafkaQueue(address));
    try {
      for (const [number, queue] of queues.entries()) {
        await published(queue, `warm-${number}`);
        for (let warm = false; !warm; ) {
          const deliveries = await queue.receive(1, 30_000, still());
          warm = deliveries.length > 0;
          await Promise.all(deliveries.map((delivery) => delivery.acknowledge()));
        }
      }
      await use(...queues);
    } finally {
      await Promise.all(queues.map((queue) => queue.close()));
    }
  }

  test.each(JOB_QUEUE_SUITE)("$name", ({ run }) => inQueues(run), 90_000);

  test("what was not acknowledged by a process that has gone is delivered to the next, and what was is not", async () => {
    const address = addressOf(`${server.url}?prefix=test-${++made}`);
    const first = new KafkaQueue(address);
    await published(first, "done");
    const [done] = await first.receive(1, 60_000, still());
    await done?.acknowledge();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await published(first, "open");
    expect((await first.receive(1, 60_000, still())).map(({ jobId }) => jobId)).toEqual(["open"]);
    await first.close();
    const second = new KafkaQueue(address);
    const again = await second.receive(1, 60_000, still());
    expect(again.map(({ jobId }) => jobId)).toEqual(["open"]);
    await second.close();
  }, 150_000);

  test("a broker that is killed: nothing is taken, nobody waits long; back, it goes on", async () => {
    await inQueues(async (queue) => {
      await server.kill();
      const began = performance.now();
      expect(await queue?.publish([{ id: "refused", priority: 6 }])).toEqual([]);
      expect(await queue?.receive(1, 100, still())).toEqual([]);
      expect(performance.now() - began).toBeLessThan(5_000);
      await server.start();
      await published(queue, "again");
      const deliveries = (await queue?.receive(5, 60_000, still())) ?? [];
      expect(deliveries.map(({ jobId }) => jobId)).toContain("again");
    });
  }, 240_000);
});

test("a broker that is away from the start costs nothing but its absence", async () => {
  const queue = new KafkaQueue(addressOf("kafka://127.0.0.1:1"));
  expect(await queue.publish([{ id: "job_1", priority: 6 }])).toEqual([]);
  expect(await queue.receive(1, 50, still())).toEqual([]);
  await queue.close();
});

test("a place is committed only when all before it is done", () => {
  const tracker = new OffsetTracker<{ readonly offset: bigint }>();
  const messages = [7n, 8n, 11n].map((offset) => ({ offset }));
  for (const message of messages) tracker.add("t/0", message);
  const [first, second, third] = messages as [{ offset: bigint }, { offset: bigint }, { offset: bigint }];
  expect(tracker.done("t/0", second)).toBeUndefined();
  expect(tracker.done("t/0", first)).toBe(second);
  expect(tracker.done("t/0", third)).toBe(third);
  expect(tracker.done("t/0", third)).toBeUndefined();
});

test.each([
  ["kafka://user:secret@host?x=1", 'has an option "x"'],
  ["kafka://", "is not an address of Kafka"],
  ["kafka://:secret@host:99999", "has a host or port that cannot be"],
])("an address that cannot be is named without its secret", (text, problem) => {
  const read = readKafkaAddress(text);
  expect("problem" in read ? read.problem : "").toContain(problem);
  expect(JSON.stringify(read)).not.toContain("secret");
});
