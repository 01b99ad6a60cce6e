import { randomUUID } from "node:crypto";
import type { ResolvedConfig } from "tideover/config";
import type { Clock, IdSource, Job, JobQueue, JobStore, Random } from "tideover/engine";
import type { FrontJobs } from "tideover/front";
import { MemoryJobQueue } from "tideover/jobs";
import type { Log } from "../logging/index.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import type { ProxySettings } from "../transport/index.ts";
import { ReceiverProxy, WebhookOutbox, Webhooks } from "../webhooks/index.ts";
import { lateJobStore } from "./late-job-store.ts";
import { openJobQueue, openJobStore } from "./open-shared.ts";
import { signWith, ticketSecret } from "./ticket-secret.ts";

/** Where a gateway keeps its jobs, and who is told of them. */
export interface JobStores {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly sign: FrontJobs["sign"];
  /** Names this process in leases. */
  readonly owner: string;
  /** Told of ended jobs; see `JobsParts.announce`. */
  readonly announce?: ((ended: readonly Job[]) => Promise<readonly string[]>) | undefined;
  /** Where files and batches are kept beside them; absent for a worker without HTTP. */
  readonly dataDir?: DataDir | undefined;
  /**
   * Resolves when the store is there, where it is opened by its first use: no route gives tickets, and it only keeps
   * answers under idempotency keys, and responses. Absent: it is there from the start.
   */
  readonly opened?: Promise<void> | undefined;
  /** What is away now, as words for health checks: `job-store-unavailable`, `job-queue-unavailable`. */
  troubles(): readonly string[];
  /** Ends what runs beside the jobs. */
  close(): Promise<void>;
}

/** What jobs are opened with. */
export interface OpenJobsOptions {
  readonly config: ResolvedConfig;
  /** Takes the data folder when it is needed. @throws StoreError */
  dataDir(): DataDir;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly random: Random;
  readonly log: Log;
  /** Through what webhooks are sent; absent: directly. */
  readonly proxy?: ProxySettings | undefined;
  /** A worker without HTTP gives no links and tells no receivers: the gateways do that. Default: no. */
  readonly onlyWorks?: boolean | undefined;
}

/** Whether any route of a configuration gives tickets. */
export function givesTickets({ routes }: Pick<ResolvedConfig, "routes">): boolean {
  return routes.some(({ ladder }) => ladder.some(({ kind }) => kind === "ticket"));
}

/**
 * Opens the job store and the queue of a configuration. Where no route gives tickets a gateway opens them when something
 * is to be kept, and a worker not at all.
 * @throws StoreError for a data folder that cannot be used; StoreSettingsError for an address that cannot be
 */
export async function openJobs(options: OpenJobsOptions): Promise<JobStores | undefined> {
  const { config, dataDir, ids, onlyWorks = false, log } = options;
  if (!givesTickets(config)) return onlyWorks ? undefined : jobsWithoutTickets(options);
  const { kept: store, shared, isAway: storeIsAway } = await openJobStore(config.stores.jobs, options);
  const { kept: queue, isAway: queueIsAway } = await openJobQueue(config.stores.queue, options);
  const webhooks = onlyWorks ? undefined : startWebhooks(options);
  const { secret } = config.server.jobs;
  if (shared && secret === undefined && !onlyWorks) {
    const advice =
      "Links to jobs open only at the gateway that gave them: set server.jobs.secret to one for all of them.";
    log.warn({ event: "ticket-secret-not-shared" }, advice);
  }
  return {
    store,
    queue,
    sign: signWith(onlyWorks ? (secret ?? randomUUID()) : ticketSecret(secret, dataDir().path)),
    owner: `${process.pid}-${ids.next()}`,
    dataDir: onlyWorks ? undefined : dataDir(),
    announce: onlyWorks && config.server.webhooks.length > 0 ? () => Promise.resolve([]) : webhooks?.announce,
    troubles: () => [
      ...(storeIsAway() ? ["job-store-unavailable"] : []),
      ...(queueIsAway() ? ["job-queue-unavailable"] : []),
    ],
    async close() {
      await webhooks?.stop();
      await queue.close();
      await store.close();
    },
  };
}

function jobsWithoutTickets(options: OpenJobsOptions): JobStores {
  const { config, clock, ids } = options;
  const late = lateJobStore(async () => (await openJobStore(config.stores.jobs, options)).kept);
  const queue = new MemoryJobQueue(clock);
  return {
    store: late.store,
    queue,
    // There are no tickets whose links would outlive this process.
    sign: signWith(config.server.jobs.secret ?? randomUUID()),
    owner: `${process.pid}-${ids.next()}`,
    opened: late.opened,
    troubles: () => [],
    async close() {
      await queue.close();
      await late.close();
    },
  };
}

function startWebhooks({
  config,
  dataDir: open,
  clock,
  random,
  log,
  proxy: settings,
}: OpenJobsOptions): Webhooks | undefined {
  const receivers = config.server.webhooks;
  if (receivers.length === 0) return undefined;
  const dataDir = open();
  const proxy = settings === undefined ? undefined : new ReceiverProxy(settings);
  const webhooks = new Webhooks({ receivers, outbox: new WebhookOutbox(dataDir), clock, random, log, proxy });
  webhooks.start();
  return webhooks;
}
