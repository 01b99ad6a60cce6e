import { describe, expect, test } from "vitest";
import { hasKafka } from "../harness/kafka.ts";
import { hasPostgres } from "../harness/postgres.ts";
import { hasRabbitMq } from "../harness/rabbitmq.ts";
import { startServers } from "./shared-servers.ts";
import { brokenPromises, torture } from "./torture.ts";

const JOBS = 200;

const BROKERS = [
  { queue: "rabbitmq", has: hasRabbitMq },
  { queue: "kafka", has: hasKafka },
] as const;

describe.each(BROKERS)("a gateway and workers over PostgreSQL and $queue", ({ queue, has }) => {
  test.runIf(hasPostgres() && has())(
    "processes and the broker are killed while jobs come: each job ends once, with its own answer",
    async () => {
      await using servers = await startServers(queue, { workers: 2, outageMs: 500 });
      const counts = await torture({
        jobs: JOBS,
        tortureMs: 8_000,
        everyMs: 2_500,
        latencyMs: 100,
        concurrency: 16,
        patienceMs: 150_000,
        shared: servers.shared,
      });
      expect(brokenPromises(counts, JOBS), JSON.stringify(counts)).toEqual([]);
      expect(counts.brokerOutages).toBe(1);
    },
    400_000,
  );
});

test.runIf(hasPostgres() && hasRabbitMq())(
  "a broker that is away while jobs come: all are accepted and done, and callers who wait notice nothing",
  async () => {
    await using servers = await startServers("rabbitmq", { workers: 1, outageMs: 5_000 });
    const counts = await torture({
      jobs: JOBS,
      tortureMs: 6_000,
      // Nothing but the broker is killed.
      everyMs: Number.POSITIVE_INFINITY,
      latencyMs: 100,
      concurrency: 16,
      patienceMs: 150_000,
      shared: servers.shared,
    });
    expect(brokenPromises(counts, JOBS), JSON.stringify(counts)).toEqual([]);
    expect([counts.kills, counts.duplicates]).toEqual([0, 0]);
  },
  400_000,
);
