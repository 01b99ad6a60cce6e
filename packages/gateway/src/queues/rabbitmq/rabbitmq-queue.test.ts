import { JOB_QUEUE_SUITE } from "tideover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasRabbitMq, type RabbitServer, startRabbitMq } from "../../../../../tests/harness/rabbitmq.ts";
import { readRabbitAddress } from "./rabbitmq-address.ts";
import { RabbitQueue } from "./rabbitmq-queue.ts";

const still = () => new AbortController().signal;
let made = 0;

function addressOf(text: string) {
  const address = readRabbitAddress(text);
  if ("problem" in address) throw new Error(address.problem);
  return address;
}

async function untilUp(queue: RabbitQueue): Promise<void> {
  await expect.poll(() => queue.up, { timeout: 30_000, interval: 20 }).toBe(true);
}

describe.runIf(hasRabbitMq())("the queue over RabbitMQ", () => {
  let server: RabbitServer;
  beforeAll(async () => {
    server = await startRabbitMq();
  }, 150_000);
  afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

  /** Queues of several processes on fresh names, for the length of a function. */
  async function inQueues(use: (...queues: RabbitQueue[]) => Promise<void>, count = 1) {
    const address = addressOf(`${server.url}?prefix=test-${++made}`);
    const queues = Array.from({ length: count }, () => new RabbitQueue(address));
    try {
      await Promise.all(queues.map(untilUp));
      await use(...queues);
    } finally {
      await Promise.all(queues.map((queue) => queue.close()));
    }
  }

  test.each(JOB_QUEUE_SUITE)("$name", ({ run }) => inQueues(run), 60_000);

  test(
    "the urgent are delivered first",
    () =>
      inQueues(async (queue) => {
        await queue?.receive(1, 10, still());
        await queue?.publish([
          { id: "later", priority: 6 },
          { id: "sooner", priority: 1 },
        ]);
        await new Promise((resolve) => setTimeout(resolve, 300));
        const deliveries = (await queue?.receive(2, 5_000, still())) ?? [];
        expect(deliveries.map(({ jobId }) => jobId)).toEqual(["sooner", "later"]);
        await Promise.all(deliveries.map((delivery) => delivery.acknowledge()));
      }),
    60_000,
  );

  test(
    "what a process holds and does not take goes to another",
    () =>
      inQueues(async (busy, idle) => {
        await busy?.receive(1, 10, still());
        await busy?.publish(Array.from({ length: 8 }, (_, number) => ({ id: `job_${number}`, priority: 6 })));
        await new Promise((resolve) => setTimeout(resolve, 500));
        const seen = new Set<string | undefined>();
        for (const until = performance.now() + 20_000; seen.size < 8 && performance.now() < until; ) {
          for (const delivery of (await idle?.receive(8, 500, still())) ?? []) {
            seen.add(delivery.jobId);
            await delivery.acknowledge();
          }
        }
        expect(seen.size).toBe(8);
      }, 2),
    60_000,
  );

  test("a broker that is killed: nothing is taken, nobody waits long; back, what was confirmed is delivered", async () => {
    await inQueues(async (queue) => {
      expect(await queue?.publish([{ id: "first", priority: 6 }])).toEqual(["first"]);
      await (await queue?.receive(1, 5_000, still()))?.[0]?.acknowledge();
      // RabbitMQ writes a new queue's existence down some time after it has confirmed it; a message's at once.
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      expect(await queue?.publish([{ id: "kept", priority: 6 }])).toEqual(["kept"]);
      await server.kill();
      const began = performance.now();
      expect(await queue?.publish([{ id: "refused", priority: 6 }])).toEqual([]);
      expect(await queue?.receive(1, 100, still())).toEqual([]);
      expect(performance.now() - began).toBeLessThan(5_000);
      await server.start();
      const [delivery] = (await queue?.receive(1, 60_000, still())) ?? [];
      expect(delivery?.jobId).toBe("kept");
      await delivery?.acknowledge();
      await expect.poll(() => queue?.publish([{ id: "again", priority: 6 }]), { timeout: 30_000 }).toEqual(["again"]);
    });
  }, 240_000);
});

test("a broker that is away from the start costs nothing but its absence", async () => {
  const queue = new RabbitQueue(addressOf("amqp://127.0.0.1:1"));
  expect(await queue.publish([{ id: "job_1", priority: 6 }])).toEqual([]);
  expect(await queue.receive(1, 50, still())).toEqual([]);
  await queue.close();
});

test.each([
  ["amqp://user:secret@host?x=1", 'has an option "x"'],
  ["amqp://:secret", "is not an address of RabbitMQ"],
])("an address that cannot be is named without its secret", (text, problem) => {
  const read = readRabbitAddress(text);
  expect("problem" in read ? read.problem : "").toContain(problem);
  expect(JSON.stringify(read)).not.toContain("secret");
});
