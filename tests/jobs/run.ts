/**
 * Kills a real gateway again and again while jobs come and are worked on, and prints what became of every one of them.
 *
 *     npm run jobs-torture -- --store sqlite --jobs 10000
 *     npm run jobs-torture -- --store postgres --queue rabbitmq --jobs 10000
 *     npm run jobs-torture -- --store postgres --queue kafka --jobs 10000
 *     npm run jobs-torture -- --store postgres --queue rabbitmq --outage 60 --jobs 2000
 *     npm run jobs-torture -- --measure enqueue
 *     npm run jobs-torture -- --measure drain
 *
 * With three workers and a gateway (SQLite: the gateway alone) a random process is killed every second for a minute, every
 * ten seconds on Kafka, whose groups take that long to find together again; --every and --seconds say otherwise. The broker
 * is killed and started again once, half-way. With --outage nothing is killed but the broker, for so many seconds. Exit code 1 when a promise does not hold. Starts
 * the servers that it needs and leaves nothing.
 */
import { parseArgs } from "node:util";
import { measureDrain } from "./measure-drain.ts";
import { measureEnqueue } from "./measure-enqueue.ts";
import { startServers } from "./shared-servers.ts";
import { brokenPromises, torture } from "./torture.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "sqlite" },
    jobs: { type: "string", default: "10000" },
    queue: { type: "string", default: "embedded" },
    seconds: { type: "string", default: "60" },
    every: { type: "string" },
    outage: { type: "string", default: "0" },
    measure: { type: "string" },
  },
});

// An exit in good order ends the servers and gateways, too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);

const queues = { embedded: "embedded", rabbitmq: "rabbitmq", kafka: "kafka" } as const;
const queue = queues[values.queue as keyof typeof queues];

if (values.measure === "enqueue") {
  print(await measureEnqueue());
} else if (values.measure === "drain") {
  print(await measureDrain((line) => process.stderr.write(`${line}\n`)));
} else if (!["sqlite", "postgres"].includes(values.store) || queue === undefined) {
  process.stderr.write("There are the stores sqlite and postgres, and the queues embedded, rabbitmq and kafka.\n");
  process.exitCode = 2;
} else {
  const jobs = Number(values.jobs);
  const outageMs = Number(values.outage) * 1_000;
  const tortureMs = outageMs > 0 ? 2 * outageMs : Number(values.seconds) * 1_000;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  await using servers = values.store === "sqlite" ? undefined : await startServers(queue, { workers: 3, outageMs });
  const counts = await torture({
    jobs,
    tortureMs,
    everyMs: outageMs > 0 ? Number.POSITIVE_INFINITY : Number(values.every ?? (queue === "kafka" ? 10 : 1)) * 1_000,
    latencyMs: 150,
    concurrency: 64,
    patienceMs: tortureMs + 600_000,
    shared: servers?.shared,
    say,
  });
  print(counts);
  const broken = brokenPromises(counts, jobs);
  for (const promise of broken) process.stderr.write(`BROKEN: ${promise}\n`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
