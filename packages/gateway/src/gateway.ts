import { hash } from "node:crypto";
import { chaosNotice, type ResolvedConfig } from "tideover/config";
import {
  CACHE_MEMORY_BYTES,
  type Clock,
  type EngineEvent,
  type IdSource,
  type Job,
  type Random,
  type ReviewInbox,
  type Transport,
} from "tideover/engine";
import {
  ALL_ENDPOINTS,
  type CallerKey,
  createHandler,
  type ExchangeRecord,
  type FrontJobs,
  type Handler,
  ResumableStreams,
  ticketUrl,
} from "tideover/front";
import { Jobs } from "tideover/jobs";
import { ALL_FEATURES, createRuntime, frontRoutes, frontSettings, type Runtime } from "tideover/runtime";
import type { AdminRoom } from "./admin/admin-handler.ts";
import { withAdminSurface } from "./admin/admin-surface.ts";
import type { SettingsSource } from "./admin/rooms/settings-room.ts";
import { Sight, type SightParts } from "./admin/sight.ts";
import { type Batches, openBatches } from "./batches/open-batches.ts";
import { withoutBatchLines } from "./batches/without-batch-lines.ts";
import { withDashboard } from "./dashboard/dashboard-handler.ts";
import { jobsLog } from "./jobs/jobs-log.ts";
import type { JobStores } from "./jobs/open-jobs.ts";
import { WarmServers } from "./local-servers/warm-servers.ts";
import { type ExchangeLog, exchangeLog } from "./logging/exchange-log.ts";
import type { Log } from "./logging/index.ts";
import { createLocalModels, type LocalModelsOptions } from "./models/local-models.ts";
import { modelsFolder } from "./models/models-folder.ts";
import { compileCondition } from "./rules/compile-condition.ts";
import type { LoadShedding } from "./shedding/load-shedding.ts";
import type { Stores } from "./stores/open-stores.ts";
import { engineListener } from "./tracing/engine-listener.ts";
import { warmInProcess } from "./warm/warm-in-process.ts";
import type { WarmTarget } from "./warm/warm-target.ts";

/** What a gateway is made from. */
export interface GatewayParts {
  readonly config: ResolvedConfig;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly log: Log;
  /** What is kept outside memory; the gateway uses it and does not close it. Absent: memory is all there is. */
  readonly stores?: Stores | undefined;
  /** Where models in this process lie, and their runtime, where they are not in the usual places. */
  /** Where tickets are kept; absent: none are given. */
  readonly jobs?: JobStores | undefined;
  /** Refuses calls while this process is too full for more; absent: all are taken. */
  readonly shedding?: LoadShedding | undefined;
  /** Hears of the engine's events beside the log. On the request's path: it must be quick and must not throw. */
  readonly onEvent?: ((event: EngineEvent) => void) | undefined;
  /** Where degraded answers wait for people; absent: they wait nowhere. */
  readonly inbox?: ReviewInbox | undefined;
  /** Told of the end of every exchange beside the log. On the request's path: it must be quick and must not throw. */
  readonly onExchange?: ((record: ExchangeRecord) => void) | undefined;
  /** Names resumable streams; default: `ids`. */
  readonly streamIds?: IdSource | undefined;
  /** See `RuntimeParts.partOf`. */
  readonly partOf?: ((total: number) => number) | undefined;
  readonly models?: Partial<Omit<LocalModelsOptions, "clock" | "log">> | undefined;
  /** Where the configuration came from, for those who look at settings; absent: they are not shown. */
  readonly settings?: SettingsSource | undefined;
  /** It runs on simulated upstreams because no key was found. */
  readonly demo?: boolean | undefined;
  /** The totals of all processes that serve together; absent: this one is all there is. */
  readonly together?: SightParts["together"];
}

/** A running gateway without its sockets: a configuration as an HTTP handler. */
export interface Gateway {
  readonly handler: Handler;
  /** See `ServerOptions.refuseBody`. */
  readonly refuseBody: Handler;
  /** The configuration in force, with the state of its providers. */
  readonly runtime: Runtime;
  /** What is seen of it: totals, recent requests, levels. Whoever serves people starts it. */
  readonly sight: Sight;
  /** Its jobs; undefined where none are kept. */
  readonly jobs: Jobs | undefined;
  /** Its files and batches; undefined where none are kept. */
  readonly batches: Batches | undefined;
  /** Adds a part to the admin API; before the first request. */
  addAdminRoom(room: AdminRoom): void;
  /**
   * Puts another configuration in force for the calls that come from now on; those in flight keep theirs.
   * @throws for one that cannot be used (ConditionError, ProviderSettingsError); the old one then stays in force.
   */
  reload(config: ResolvedConfig): void;
  /** Where the process itself sends requests ahead, on behalf of a tenant; absent: the only one. */
  warmTarget(tenant: string | undefined): WarmTarget;
  /** Makes `/readyz` say that new work should go elsewhere. */
  drain(): void;
  /** Ends what runs beside the requests: models in this process. */
  close(): Promise<void>;
}

/**
 * Composes configuration, engine and HTTP surface.
 * @throws for a configuration that cannot be used
 */
export function createGateway(parts: GatewayParts): Gateway {
  const { clock, random, transport, log } = parts;
  const seen = { runtime: () => current.runtime, jobs: () => jobs, jobsOpened: parts.jobs?.opened };
  const sight = new Sight({ clock, log, ...seen, load: parts.shedding, together: parts.together });
  parts.shedding?.tellRefusals(sight.totals.callShed);
  const environment = { clock, random, emit: engineListener(log, sight.engineEvent, parts.onEvent) };
  const localModels = createLocalModels({ folder: modelsFolder({}), ...parts.models, clock, log });
  const { findAdapter } = localModels;
  const warmServers = new WarmServers({ transport, clock, log });
  // The runtime takes the jobs' desk, and jobs find their routes in whatever runtime is in force.
  const jobs: Jobs | undefined =
    parts.jobs === undefined ? undefined : gatewayJobs(parts, parts.jobs, () => current.runtime, sight);
  const frontJobs = parts.jobs === undefined || jobs === undefined ? undefined : { jobs, sign: parts.jobs.sign };
  const batches = jobs === undefined ? undefined : gatewayBatches(parts, jobs, () => current.runtime);
  const desk = jobs?.desk;
  const caching = {
    hash: sha256,
    memoryBytes: CACHE_MEMORY_BYTES,
    store: parts.stores?.answers,
    ledger: parts.stores?.flights,
    ledgerIsOnStore: true,
  };
  const exchanges = exchangeLog(log, clock);
  const streams = new ResumableStreams({ clock, ids: parts.streamIds ?? parts.ids, sign: parts.jobs?.sign });
  let stopped: Promise<void> | undefined;
  let draining = false;
  const isDraining = () => draining;
  const start = (config: ResolvedConfig, previous?: Runtime) => {
    if (config.chaos !== undefined) {
      const { share, until, providers, critical } = config.chaos;
      log.warn(
        { event: "chaos-on", share, until: new Date(until).toISOString(), providers, critical },
        chaosNotice(config.chaos),
      );
    }
    const runtime = createRuntime(
      config,
      {
        environment,
        transport,
        features: ALL_FEATURES,
        compileCondition,
        caching,
        findAdapter,
        desk,
        partOf: parts.partOf,
        inbox: parts.inbox,
      },
      previous,
    );
    localModels.warm(config);
    warmServers.warm(config);
    parts.shedding?.use(config.server.shedding);
    return {
      runtime,
      handler: frontOf(runtime, { ...parts, batches, streams, sight, exchanges }, frontJobs, isDraining),
    };
  };
  let current: { readonly runtime: Runtime; readonly handler: Handler } = start(parts.config);
  if (jobs !== undefined) startJobs(jobs, parts);
  batches?.start();
  const rooms: AdminRoom[] = [];
  const surface = { sight, clock, ids: parts.ids, log, rooms, settings: parts.settings, demo: parts.demo === true };
  return {
    handler: withDashboard(
      { log },
      withAdminSurface({ ...surface, runtime: () => current.runtime, jobs: () => jobs }, (request) =>
        current.handler(request),
      ),
    ),
    refuseBody: sight.watch((request) => current.handler(request)),
    sight,
    jobs,
    batches,
    addAdminRoom: (room) => void rooms.push(room),
    get runtime() {
      return current.runtime;
    },
    reload(config) {
      current = start(config, current.runtime);
    },
    warmTarget(tenant) {
      const { runtime } = current;
      return warmInProcess(runtime.config, tenant, (keys) => {
        const config = { ...runtime.config, server: { ...runtime.config.server, keys } };
        return sight.watch(
          frontOf({ ...runtime, config }, { ...parts, batches, sight, exchanges }, frontJobs, isDraining),
        );
      });
    },
    drain() {
      draining = true;
      stopped ??= jobs?.stop(current.runtime.config.server.drain);
    },
    async close() {
      sight.stop();
      exchanges.flush();
      await batches?.stop();
      await (stopped ?? jobs?.stop(0));
      await warmServers.close();
      await localModels.close();
      await current.runtime.caching?.answers.close();
    },
  };
}

/** A store that is opened by its first use is not looked at before that. */
function startJobs(jobs: Jobs, { config, jobs: stores }: GatewayParts): void {
  const start = () => jobs.start({ works: config.server.jobs.workers });
  if (stores?.opened === undefined) start();
  else void stores.opened.then(start);
}

function gatewayJobs(parts: GatewayParts, stores: JobStores, runtime: () => Runtime, sight: Sight): Jobs {
  const { clock, random, ids, log, config } = parts;
  const logged = jobsLog(log);
  const { store, queue, owner } = stores;
  const announce = stores.announce && withoutBatchLines(stores.announce);
  const link = (job: Job) => ticketUrl(job, stores.sign);
  const { concurrency, share, keep: keepMs } = config.server.jobs;
  return new Jobs({
    ...{ store, queue, owner, announce, link, clock, random, ids, concurrency, share, keepMs },
    hash: sha256,
    findRoute: (model) => runtime().findRoute(model)?.jobs,
    emit: (event) => {
      logged(event);
      sight.jobEvent(event);
    },
  });
}

/** Files and batches lie in the data folder; a process without one keeps none. */
function gatewayBatches(parts: GatewayParts, jobs: Jobs, runtime: () => Runtime): Batches | undefined {
  const { clock, ids, log, config, jobs: stores } = parts;
  if (stores?.dataDir === undefined) return undefined;
  const { store, queue, dataDir } = stores;
  const { keep: keepMs } = config.server.jobs;
  const whyNot = (model: string) => whyNotInBatch(runtime().findRoute(model), model);
  return openBatches({ ...{ store, queue, dataDir, jobs, clock, ids, log, keepMs }, whyNot });
}

function whyNotInBatch(route: ReturnType<Runtime["findRoute"]>, model: string): string | undefined {
  if (route === undefined) return `No route offers the model ${JSON.stringify(model)}.`;
  if (route.jobs === undefined) return `The route of ${JSON.stringify(model)} has no rung \`ticket\` on its ladder.`;
  return undefined;
}

function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

function frontOf(
  runtime: Runtime,
  parts: GatewayParts & {
    readonly batches?: Batches | undefined;
    readonly streams?: ResumableStreams;
    readonly sight: Sight;
    readonly exchanges: ExchangeLog;
  },
  jobs: FrontJobs | undefined,
  isDraining: () => boolean,
): Handler {
  const { clock, ids, shedding, jobs: jobStores, batches, sight, exchanges } = parts;
  const { server } = runtime.config;
  return createHandler({
    clock,
    ids,
    ...frontRoutes(runtime),
    endpoints: ALL_ENDPOINTS,
    keys: server.keys.map(({ name, key, tenant, maxPriority }): CallerKey => ({ name, key, tenant, maxPriority })),
    settings: frontSettings(runtime.config),
    hash: sha256,
    jobs,
    batches: batches?.endpoints,
    streams: parts.streams,
    // A store that is away degrades tickets and nothing else: work still belongs here.
    ready: () =>
      isDraining() ? { ready: false, reasons: ["draining"] } : { ready: true, reasons: jobStores?.troubles() ?? [] },
    admit: shedding?.admit,
    status: sight.levels,
    onExchange: (record) => {
      exchanges.ended(record);
      sight.exchangeEnded(record);
      parts.onExchange?.(sight.requests.withNotes(record));
    },
  });
}
