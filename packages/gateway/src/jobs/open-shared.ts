import type { Clock, JobQueue, JobStore } from "tideover/engine";
import { MemoryJobQueue } from "tideover/jobs";
import type { Log } from "../logging/index.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import { SqliteJobStore } from "../stores/jobs-sqlite/sqlite-job-store.ts";
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
 * Loads what speaks to a server, whose client is an optional peer: most installations need none of them.
 * @throws StoreSettingsError that says what to install
 */
async function driver<Module>(setting: string, client: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (code !== "ERR_MODULE_NOT_FOUND" || !String(message).includes(`'${client}'`)) throw error;
    throw new StoreSettingsError(
      `${setting} needs the package ${client}, which is not installed: npm install ${client}`,
    );
  }
}

/** Whether a configuration's job store is one that several processes share. */
export function isSharedStore(text: string | undefined): boolean {
  return text !== undefined && text !== "sqlite";
}

/**
 * Opens `stores.jobs`. A PostgreSQL that is away is no error: it is connected to when it comes.
 * @throws StoreSettingsError for an address that cannot be, without its text; StoreError for a data folder
 */
export async function openJobStore(text: string | undefined, options: OpenSharedOptions): Promise<Opened<JobStore>> {
  if (text === undefined || !isSharedStore(text)) {
    return { kept: await SqliteJobStore.open(options.dataDir()), shared: false, isAway: never };
  }
  // Loaded only where it is asked for.
  const postgres = await driver("stores.jobs", "pg", () => import("../stores/jobs-postgres/index.ts"));
  if (!postgres.isPostgresAddress(text)) {
    throw new StoreSettingsError("stores.jobs must be sqlite, or an address such as postgres://localhost/tideover.");
  }
  const address = postgres.readPostgresAddress(text);
  if ("problem" in address) throw new StoreSettingsError(`stores.jobs ${address.problem}.`);
  const link = new postgres.PostgresLink(address, {
    onChange: tells(options.log, "job-store", "Tickets are refused, and jobs wait, until it is back."),
  });
  return { kept: new postgres.PostgresJobStore(link), shared: true, isAway: () => link.up === false };
}

/**
 * Opens `stores.queue`. A broker that is away is no error: jobs are told of when it comes.
 * @throws StoreSettingsError for an address that cannot be, without its text
 */
export async function openJobQueue(text: string | undefined, options: OpenSharedOptions): Promise<Opened<JobQueue>> {
  if (text === undefined || text === "embedded") {
    return { kept: new MemoryJobQueue(options.clock), shared: false, isAway: never };
  }
  const onChange = tells(options.log, "job-queue", "Jobs are accepted all the same, and told of when it is back.");
  if (/^amqps?:/.test(text)) {
    const { readRabbitAddress, RabbitQueue } = await driver(
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
    const { KafkaQueue, readKafkaAddress } = await driver(
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

function tells(log: Log, what: string, meanwhile: string) {
  return ({ up, why }: { readonly up: boolean; readonly why: string }) => {
    if (up) log.info({ event: `${what}-connected` }, why);
    else log.warn({ event: `${what}-lost` }, `${why} ${meanwhile}`);
  };
}
