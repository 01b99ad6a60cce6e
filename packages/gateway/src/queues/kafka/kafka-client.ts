import { Admin, type BaseOptions } from "@platformatic/kafka";
import { JOB_CLASSES, type JobClass } from "../job-class.ts";
import type { KafkaAddress } from "./kafka-address.ts";

/** Parts of a topic that is made here: as many workers can share a class. Topics that exist keep theirs. */
const PARTITIONS = 12;
/** How long a connection may take to be made, in ms. */
const CONNECT_TIMEOUT_MS = 3_000;
/** How long a request may take, in ms. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The topics of jobs' ids. */
export interface JobTopics {
  readonly classes: ReadonlyMap<JobClass, string>;
  /** What could not be looked at, to be tried again. */
  readonly retry: string;
  /** What could not be looked at however often it was tried; for people. */
  readonly dead: string;
  readonly all: readonly string[];
}

/** The names of the topics. */
export function jobTopics(prefix: string): JobTopics {
  const classes = new Map(JOB_CLASSES.map((name) => [name, `${prefix}.jobs.${name}`]));
  const [retry, dead] = [`${prefix}.jobs.retry`, `${prefix}.jobs.dead`];
  return { classes, retry, dead, all: [...classes.values(), retry, dead] };
}

/** What every client is made with: no tries of its own, whoever uses it decides about them. */
export function clientOptions({ brokers, tls, credentials }: KafkaAddress): BaseOptions {
  return {
    clientId: "tideover",
    bootstrapBrokers: [...brokers],
    retries: 1,
    retryDelay: 200,
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    timeout: REQUEST_TIMEOUT_MS,
    ...(tls ? { tls: {} } : {}),
    ...(credentials === undefined ? {} : { sasl: credentials }),
  };
}

/** Makes the topics that are missing, with the broker's own replication. */
export async function makeTopics(address: KafkaAddress, topics: JobTopics): Promise<void> {
  const admin = new Admin(clientOptions(address));
  try {
    const known = new Set(await admin.listTopics());
    const missing = topics.all.filter((topic) => !known.has(topic));
    if (missing.length > 0) await admin.createTopics({ topics: missing, partitions: PARTITIONS, replicas: -1 });
  } catch (error) {
    if (!hasCode(error, "TOPIC_ALREADY_EXISTS")) throw error;
    // Another process was faster; what of ours it has not made, it makes now.
  } finally {
    await admin.close();
  }
}

function hasCode(error: unknown, code: string): boolean {
  if (error instanceof AggregateError) return error.errors.some((part) => hasCode(part, code));
  const { apiId, cause } = error as { apiId?: unknown; cause?: unknown };
  return apiId === code || (cause !== undefined && hasCode(cause, code));
}
