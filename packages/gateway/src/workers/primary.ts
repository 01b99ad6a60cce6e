import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import type { ResolvedConfig } from "tideover/config";
import {
  type AnswerStore,
  type Clock,
  type EngineEvent,
  type JobQueue,
  MemoryFlightLedger,
  type PurgeSelection,
  type ReviewInbox,
} from "tideover/engine";
import type { ExchangeRecord, Handler, HttpRequest, HttpResponse } from "tideover/front";
import type { Runtime } from "tideover/runtime";
import type { Sight } from "../admin/sight.ts";
import type { JobStores } from "../jobs/open-jobs.ts";
import { ticketSecret } from "../jobs/ticket-secret.ts";
import type { Log } from "../logging/index.ts";
import { mergeSnapshots, type TotalsSnapshot } from "../metrics/snapshot.ts";
import type { RunningServer } from "../server/index.ts";
import type { Stores } from "../stores/open-stores.ts";
import type { Bus } from "./bus.ts";
import { ForwardedFront, Forwarder, keeperOf } from "./forward.ts";
import { Knowledge, type News } from "./knowledge.ts";
import { firstPart, PermitBoard, type PermitReport } from "./permit-board.ts";
import { ANSWER_METHODS, FLIGHT_METHODS, JOB_METHODS, PORTS, PURGED, tellInbox } from "./remote-ports.ts";
import { WorkerFlights } from "./worker-flights.ts";
import { type InboxNote, NOTES, type WorkerStart } from "./worker-messages.ts";
import { WorkerPool } from "./worker-pool.ts";

/** What the primary keeps for its workers. */
export interface PrimaryParts {
  readonly config: ResolvedConfig;
  readonly count: number;
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly logSettings: WorkerStart["log"];
  readonly stores: Stores;
  readonly jobs: JobStores | undefined;
  /** Where degraded answers wait for somebody's eyes; absent: nobody looks. */
  readonly inbox: ReviewInbox | undefined;
}

/** A gateway as the primary uses it: it serves what is about all workers, and makes no answers of its own but warm ones. */
interface ControlGateway {
  readonly handler: Handler;
  readonly runtime: Runtime;
  readonly sight: {
    readonly levels: Pick<Sight["levels"], "exchangeEnded">;
    readonly requests: Pick<Sight["requests"], "endedElsewhere">;
  };
}

/** A cache without a second level; workers still hear of purges through it. */
const NOTHING_KEPT: AnswerStore = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  purge: () => Promise.resolve(0),
};

/**
 * The process that owns what there is only once (the port, the data folder, the flights, the division of the providers'
 * limits) while workers answer the calls. It passes on what one worker finds out to the others.
 */
export class Primary {
  readonly #parts: PrimaryParts;
  readonly #flights: MemoryFlightLedger;
  readonly #permits: PermitBoard;
  readonly #knowledge: Knowledge;
  /** Signs links where no ticket outlives this process. */
  readonly #secret = randomUUID();
  #jobsAreOpen: boolean;
  #config: ResolvedConfig;
  #gateway: ControlGateway | undefined;
  /** The ways to the workers that are there. */
  readonly #forwarders = new Map<number, Forwarder>();
  #pool: WorkerPool | undefined;

  constructor(parts: PrimaryParts) {
    this.#parts = parts;
    this.#config = parts.config;
    const { clock, jobs } = parts;
    this.#jobsAreOpen = jobs?.opened === undefined;
    void jobs?.opened?.then(() => {
      this.#jobsAreOpen = true;
      this.#pool?.tell(NOTES.jobsOpened, undefined);
    });
    this.#flights = new MemoryFlightLedger(clock);
    this.#permits = new PermitBoard(this.#parties, (slot, bounds) => {
      if (slot === this.#ownSlot) this.#knowledge.bound(bounds);
      else this.#pool?.tellOne(slot, NOTES.bounds, bounds);
    });
    this.#knowledge = new Knowledge({
      clock,
      runtime: () => this.#running.runtime,
      tell: (news) => this.#pool?.tell(NOTES.news, news),
      report: (reports) => this.#permits.report(this.#ownSlot, reports),
    });
  }

  /** The configuration of the primary's own gateway: jobs are worked on by the workers. */
  controlConfig(config: ResolvedConfig): ResolvedConfig {
    return { ...config, server: { ...config.server, jobs: { ...config.server.jobs, workers: false } } };
  }

  /** What the primary's own gateway is made from in place of, and beside, what one alone would be. */
  get gatewayParts() {
    return {
      config: this.controlConfig(this.#config),
      stores: this.#stores,
      onEvent: (event: EngineEvent) => this.#knowledge.onEvent(event),
      partOf: (total: number) => firstPart(total, this.#parties, this.#ownSlot),
      // The workers take the calls: room of a process that takes none would be told beside theirs.
      shedding: undefined,
      together: (own: () => TotalsSnapshot) => this.#together(own),
    };
  }

  /**
   * Starts the workers on the port; resolves when all of them listen.
   * @throws ServerStartError, and what a worker says of its configuration
   */
  async listen(gateway: ControlGateway): Promise<RunningServer> {
    this.#gateway = gateway;
    this.#knowledge.start();
    const { clock, log, count, config } = this.#parts;
    const { host, port } = config.server;
    // All workers must be told the same port, those that replace others too.
    const chosen = port === 0 ? await freePort(host) : port;
    this.#pool = await WorkerPool.start({
      count,
      clock,
      log,
      startOf: (slot) => this.#startOf(slot, chosen),
      attach: (slot, bus) => this.#attach(slot, bus),
      onStart: (pool) => {
        this.#pool = pool;
      },
    });
    log.info({ event: "workers-ready", pids: this.#pool.pids() }, `${count} workers serve ${this.#pool.url}.`);
    return this.#pool;
  }

  /** Puts another configuration in force in every worker; the primary's own gateway has taken it already. */
  reload(config: ResolvedConfig): void {
    this.#config = config;
    this.#pool?.reload(workerConfig(config, this.#parts.count));
  }

  /** All who share the providers' limits: the workers, and the primary for what it warms. */
  get #parties(): number {
    return this.#parts.count + 1;
  }

  get #ownSlot(): number {
    return this.#parts.count;
  }

  get #running(): ControlGateway {
    if (this.#gateway === undefined) throw new Error("The primary's gateway is not there yet.");
    return this.#gateway;
  }

  /** The stores for the primary's own gateway: a purge there reaches every worker's memory. */
  get #stores(): Stores {
    const { stores } = this.#parts;
    if (stores.flights !== undefined) return stores;
    return { ...stores, answers: this.#answers, flights: new WorkerFlights(this.#flights) };
  }

  get #answers(): AnswerStore {
    const kept = this.#parts.stores.answers ?? NOTHING_KEPT;
    return {
      get: (key, signal) => kept.get(key, signal),
      set: (key, answer) => kept.set(key, answer),
      setVector: async (key, vector) => kept.setVector?.(key, vector),
      vectors: async (scope, sinceMs, most, signal) => (await kept.vectors?.(scope, sinceMs, most, signal)) ?? [],
      purge: (selection: PurgeSelection) => {
        this.#pool?.tell(PURGED, selection);
        return kept.purge(selection);
      },
    };
  }

  #startOf(slot: number, port: number): WorkerStart {
    const { count, folder, logSettings, jobs, inbox } = this.#parts;
    const config = workerConfig(this.#config, count);
    const { host, jobs: settings } = config.server;
    const path = jobs?.dataDir?.path;
    const part =
      jobs === undefined
        ? undefined
        : {
            secret: path === undefined ? (settings.secret ?? this.#secret) : ticketSecret(settings.secret, path),
            announces: jobs.announce !== undefined,
            givesTickets: path !== undefined,
            isOpen: this.#jobsAreOpen,
          };
    return {
      slot,
      parties: this.#parties,
      config,
      host,
      port,
      folder,
      log: logSettings,
      jobs: part,
      reviews: inbox !== undefined,
      news: this.#knowledge.all(),
    };
  }

  /** The totals of all processes together. */
  async #together(own: () => TotalsSnapshot): Promise<{ totals: TotalsSnapshot; workers: number }> {
    const others = ((await this.#pool?.askAll(PORTS.totals, "snapshot", [])) ?? []) as TotalsSnapshot[];
    const mine = own();
    return { totals: mergeSnapshots([mine, ...others]) ?? mine, workers: others.length };
  }

  /** What a worker has forwarded: a stream that another keeps goes there, all else is answered here. */
  #answer(request: HttpRequest): Promise<HttpResponse> {
    const keeper = this.#forwarders.get(keeperOf(request.path) ?? -1);
    return keeper === undefined ? this.#running.handler(request) : keeper.forward(request);
  }

  /** Offers a worker what is kept here, and hears what it has found out. */
  #attach(slot: number, bus: Bus): () => void {
    const { jobs, inbox } = this.#parts;
    const flights = new WorkerFlights(this.#flights);
    const front = new ForwardedFront(bus, (request) => this.#answer(request));
    this.#forwarders.set(slot, new Forwarder(bus));
    bus.offer(PORTS.answers, this.#answers, ANSWER_METHODS);
    bus.offer(PORTS.flights, flights, FLIGHT_METHODS);
    if (jobs !== undefined) {
      bus.offer(PORTS.jobs, jobs.store, JOB_METHODS);
      bus.offer(PORTS.queue, countingQueue(jobs.queue), ["publish", "receive"]);
      const { announce } = jobs;
      if (announce !== undefined) bus.offer(PORTS.outbox, { announce }, ["announce"]);
    }
    bus.on(NOTES.news, (news) => {
      this.#pool?.tell(NOTES.news, news, slot);
      this.#knowledge.apply(news as readonly News[]);
    });
    bus.on(NOTES.permits, (reports) => this.#permits.report(slot, reports as readonly PermitReport[]));
    if (inbox !== undefined) bus.on(NOTES.inbox, (note) => tellInbox(inbox, note as InboxNote));
    bus.on(NOTES.exchanges, (records) => {
      const { levels, requests } = this.#running.sight;
      for (const record of records as readonly ExchangeRecord[]) {
        levels.exchangeEnded(record);
        requests.endedElsewhere(record);
      }
    });
    return () => {
      this.#forwarders.delete(slot);
      void flights.gone();
      front.gone();
      this.#permits.gone(slot);
    };
  }
}

/** What a worker runs: the same, with its part of the jobs. */
function workerConfig(config: ResolvedConfig, count: number): ResolvedConfig {
  const { jobs } = config.server;
  const concurrency = Math.max(1, Math.ceil(jobs.concurrency / count));
  return { ...config, server: { ...config.server, jobs: { ...jobs, concurrency } } };
}

/** The queue as it is asked over the bus: deliveries of a queue that only wakes are all alike, so their number is enough. */
function countingQueue(queue: JobQueue) {
  return {
    publish: (notices: Parameters<JobQueue["publish"]>[0]) => queue.publish(notices),
    receive: async (limit: number, waitMs: number, signal: AbortSignal) =>
      (await queue.receive(limit, waitMs, signal)).length,
  };
}

/** A port of a host that nobody listens on now. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
