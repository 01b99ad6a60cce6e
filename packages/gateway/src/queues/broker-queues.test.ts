import type { JobQueue } from "tideover/engine";
import { JOB_QUEUE_SUITE } from "tideover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasKafka, startKafka } from "../../../../tests/harness/kafka.ts";
import { hasRabbitMq, startRabbitMq } from "../../../../tests/harness/rabbitmq.ts";
import { KafkaQueue, readKafkaAddress } from "./kafka/index.ts";
import { RabbitQueue, readRabbitAddress } from "./rabbitmq/index.ts";

/** A broker in a process of its own. */
interface Server extends AsyncDisposable {
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

interface Broker {
  readonly name: string;
  readonly isThere: () => boolean;
  readonly start: () => Promise<Server>;
  /** A queue at an address. @throws Error for an address that cannot be */
  readonly open: (address: string) => JobQueue;
  /** An address where nobody listens. */
  readonly nowhere: string;
  /** Resolves when the queue's consumers are known to the broker. */
  readonly joined: (queue: JobQueue) => Promise<void>;
  /** How long after a new queue's first message a broker must live to know of it in its next life, in ms. */
  readonly settlesMs: number;
}

function sound<Address extends object>(address: Address | { readonly problem: string }): Address {
  if ("problem" in address) throw new Error(String(address.problem));
  return address as Address;
}

const KAFKA: Broker = {
  name: "Kafka",
  isThere: hasKafka,
  start: startKafka,
  open: (address) => new KafkaQueue(sound(readKafkaAddress(address))),
  nowhere: "kafka://127.0.0.1:1",
  async joined(queue) {
    // Topics are made at the first publications, and a group takes seconds to find together.
    await published(queue, "warm");
    for (let warm = false; !warm; ) {
      const deliveries = await queue.receive(1, 30_000, still());
      warm = deliveries.length > 0;
      await Promise.all(deliveries.map((delivery) => delivery.acknowledge()));
    }
  },
  settlesMs: 0,
};

const RABBITMQ: Broker = {
  name: "RabbitMQ",
  isThere: hasRabbitMq,
  start: startRabbitMq,
  open: (address) => new RabbitQueue(sound(readRabbitAddress(address))),
  nowhere: "amqp://127.0.0.1:1",
  joined: (queue) => expect.poll(() => (queue as RabbitQueue).up, { timeout: 30_000, interval: 20 }).toBe(true),
  // It writes a new queue's existence down some time after it has confirmed it; a message's at once.
  settlesMs: 5_000,
};

const still = () => new AbortController().signal;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let made = 0;

/** Publishes until the broker has taken it. */
async function published(queue: JobQueue, id: string): Promise<void> {
  await expect.poll(() => queue.publish([{ id, priority: 6 }]), { timeout: 60_000, interval: 200 }).toEqual([id]);
}

/** Receives until something has come. @returns the ids of what came first */
async function received(queue: JobQueue, limit: number): Promise<(string | undefined)[]> {
  const deliveries = await queue.receive(limit, 60_000, still());
  await Promise.all(deliveries.map((delivery) => delivery.acknowledge()));
  return deliveries.map(({ jobId }) => jobId);
}

/** A broker for the tests of a `describe`, and queues of several processes on fresh names. */
function stage({ start, open, joined }: Broker) {
  let server: Server;
  beforeAll(async () => {
    server = await start();
  }, 150_000);
  afterAll(() => server?.[Symbol.asyncDispose](), 60_000);
  const address = () => `${server.url}?prefix=test-${++made}`;
  return {
    server: () => server,
    address,
    /** Runs a function with queues whose consumers have joined. */
    async inQueues(use: (...queues: JobQueue[]) => Promise<void>, count = 1) {
      const at = address();
      const queues = Array.from({ length: count }, () => open(at));
      try {
        for (const queue of queues) await joined(queue);
        await use(...queues);
      } finally {
        await Promise.all(queues.map((queue) => queue.close()));
      }
    },
  };
}

describe.each([KAFKA, RABBITMQ])("the queue over $name", (broker) => {
  describe.runIf(broker.isThere())("at a real server", () => {
    const { inQueues, server, address } = stage(broker);

    test.each(JOB_QUEUE_SUITE)("$name", ({ run }) => inQueues(run), 90_000);

    test("what was not acknowledged by a process that has gone is delivered to the next, and what was is not", async () => {
      const at = address();
      const first = broker.open(at);
      await published(first, "done");
      expect(await received(first, 1)).toEqual(["done"]);
      // The acknowledgement travels by itself.
      await pause(500);
      await published(first, "open");
      expect((await first.receive(1, 60_000, still())).map(({ jobId }) => jobId)).toEqual(["open"]);
      await first.close();
      const second = broker.open(at);
      expect(await received(second, 1)).toEqual(["open"]);
      await second.close();
    }, 150_000);

    test("a broker that is killed: nothing is taken, nobody waits long; back, what was confirmed is delivered", async () => {
      await inQueues(async (queue) => {
        if (queue === undefined) throw new Error("There is no queue.");
        await published(queue, "first");
        expect(await received(queue, 1)).toEqual(["first"]);
        await pause(broker.settlesMs);
        expect(await queue.publish([{ id: "kept", priority: 6 }])).toEqual(["kept"]);
        await server().kill();
        expect(await queue.publish([{ id: "refused", priority: 6 }])).toEqual([]);
        // What the consumer had read ahead may be given; nothing else is there.
        const seen = (await queue.receive(1, 100, still())).map(({ jobId }) => jobId);
        expect(["", "kept"]).toContain(seen.join(","));
        await server().start();
        await published(queue, "again");
        while (!seen.includes("kept") || !seen.includes("again")) {
          const more = await received(queue, 5);
          if (more.length === 0) throw new Error(`Nothing more came after ${seen.join(", ")}.`);
          seen.push(...more);
        }
        expect(seen).not.toContain("refused");
      });
    }, 240_000);
  });

  test("a broker that is away from the start costs nothing but its absence", async () => {
    const queue = broker.open(broker.nowhere);
    expect(await queue.publish([{ id: "job_1", priority: 6 }])).toEqual([]);
    expect(await queue.receive(1, 50, still())).toEqual([]);
    await queue.close();
  });
});

describe.runIf(hasRabbitMq())("what only RabbitMQ does", () => {
  const { inQueues } = stage(RABBITMQ);

  test("the urgent are delivered first", async () => {
    await inQueues(async (queue) => {
      await queue?.receive(1, 10, still());
      await queue?.publish([
        { id: "later", priority: 6 },
        { id: "sooner", priority: 1 },
      ]);
      await pause(300);
      const deliveries = (await queue?.receive(2, 5_000, still())) ?? [];
      expect(deliveries.map(({ jobId }) => jobId)).toEqual(["sooner", "later"]);
      await Promise.all(deliveries.map((delivery) => delivery.acknowledge()));
    });
  }, 60_000);

  test("what a process holds and does not take goes to another", async () => {
    await inQueues(async (busy, idle) => {
      await busy?.receive(1, 10, still());
      await busy?.publish(Array.from({ length: 8 }, (_, number) => ({ id: `job_${number}`, priority: 6 })));
      await pause(500);
      const seen = new Set<string | undefined>();
      for (const until = performance.now() + 20_000; seen.size < 8 && performance.now() < until; ) {
        for (const delivery of (await idle?.receive(8, 500, still())) ?? []) {
          seen.add(delivery.jobId);
          await delivery.acknowledge();
        }
      }
      expect(seen.size).toBe(8);
    }, 2);
  }, 60_000);
});

test.each([
  ["kafka://user:secret@host?x=1", readKafkaAddress, 'has an option "x"'],
  ["kafka://", readKafkaAddress, "is not an address of Kafka"],
  ["kafka://user:%zz@host", readKafkaAddress, "has a user or password that is not percent-encoded right"],
  ["kafka://:secret@host:99999", readKafkaAddress, "has a host or port that cannot be"],
  ["amqp://user:secret@host?x=1", readRabbitAddress, 'has an option "x"'],
  ["amqp://:secret", readRabbitAddress, "is not an address of RabbitMQ"],
])("%s cannot be, which is said without its secret", (text, readAddress, problem) => {
  const read = readAddress(text);
  expect("problem" in read ? read.problem : "").toContain(problem);
  expect(JSON.stringify(read)).not.toContain("secret");
});
