import type { Clock, JobQueue, JobStore } from "tideover/engine";
import { MemoryJobQueue } from "tideover/jobs";
import type { Log } from "../logging/index.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import { SqliteJobStore } from "../stores/jobs-sqlite/sqlite-job-store.ts";
import { loadClient, tellsLog } from "../stores/optional-client.ts";
import { isEmbedded, openSharedPostgres } from "../stores/shared-postgres.ts";
import { StoreSettingsError } from "../stores/store-address.ts";

/** Something that jobs are kept in, and whether it is there. */
export interface Opened<Kept> {
  readonly kept: Kept;
  /** Whether other processes use it, too. */
  readonly shared: boolean;
  /** Whether it is known to be away. */
  isAway(): boolean;
}

/** What stores and queues are opened with. */
export interface OpenSharedOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** @throws StoreError */
  dataDir(): DataDir;
}

const never = () => false;

/**
 * Opens `stores.jobs`. A PostgreSQL that is away is no error: it is connected to when it comes.
 * @throws StoreSettingsError for an address that cannot be, without its text; StoreError for a data folder
 */
export async function openJobStore(text: string | undefined, options: OpenSharedOptions): Promise<Opened<JobStore>> {
  if (isEmbedded(text)) return { kept: await SqliteJobStore.open(options.dataDir()), shared: false, isAway: never };
  const link = await openSharedPostgres({
    ...{ setting: "stores.jobs", address: text, log: options.log },
    ...{ what: "job-store", meanwhile: "Tickets are refused, and jobs wait, until it is back." },
  });
  // Loaded only where it is asked for.
  const { PostgresJobStore } = await import("../stores/jobs-postgres/index.ts");
  return { kept: new PostgresJobStore(link), shared: true, isAway: () => link.up === false };
}

/**
 * Opens `stores.queue`. A broker that is away is no error: jobs are told of when it comes.
 * @throws StoreSettingsError for an address that cannot be, without its text
 */
export async function openJobQueue(text: string | undefined, options: OpenSharedOptions): Promise<Opened<JobQueue>> {
  if (text === undefined || text === "embedded") {
    return { kept: new MemoryJobQueue(options.clock), shared: false, isAway: never };
  }
  const onChange = tellsLog(options.log, "job-queue", "Jobs are accepted all the same, and told of when it is back.");
  if (/^amqps?:/.test(text)) {
    const { readRabbitAddress, RabbitQueue } = await loadClient(
      "stores.queue",
      "rabbitmq-client",
      () => import("../queues/rabbitmq/index.ts"),
    );
    const address = readRabbitAddress(text);
    if ("problem" in address) throw new StoreSettingsError(`stores.queue ${address.problem}.`);
    const queue = new RabbitQueue(address, { onChange });
    return { kept: queue, shared: true, isAway: () => queue.up === false };
  }
  if (text.startsWith("kafka:")) {
    const { KafkaQueue, readKafkaAddress } = await loadClient(
      "stores.queue",
      "@platformatic/kafka",
      () => import("../queues/kafka/index.ts"),
    );
    const address = readKafkaAddress(text);
    if ("problem" in address) throw new StoreSettingsError(`stores.queue ${address.problem}.`);
    const queue = new KafkaQueue(address, { onChange });
    return { kept: queue, shared: true, isAway: () => queue.up === false };
  }
  throw new StoreSettingsError(
    "stores.queue must be embedded, or an address such as amqp://localhost or kafka://localhost:9092.",
  );
}
