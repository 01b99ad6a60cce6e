import type { ResolvedConfig } from "tideover/config";
import type { Job } from "tideover/engine";
import type { CliIo } from "../cli/cli-io.ts";
import { languageOf, messagesIn } from "../cli/messages/index.ts";
import { outboundTransport } from "../cli/serve/outbound.ts";
import { releaseStartMemory } from "../cli/serve/release-memory.ts";
import { isUpload } from "../files/receive-upload.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import type { JobStores } from "../jobs/open-jobs.ts";
import { openJobQueue, openJobStore } from "../jobs/open-shared.ts";
import { signWith } from "../jobs/ticket-secret.ts";
import { createLog, type Log } from "../logging/index.ts";
import { modelsFolder } from "../models/models-folder.ts";
import { type RunningServer, startServer } from "../server/index.ts";
import { LoadShedding } from "../shedding/load-shedding.ts";
import { openStores, type Stores } from "../stores/open-stores.ts";
import { isEmbedded } from "../stores/shared-postgres.ts";
import { StoreSettingsError } from "../stores/store-address.ts";
import { systemClock, systemIds, systemRandom } from "../system.ts";
import { Bus } from "./bus.ts";
import { REPORT_MS } from "./defaults.ts";
import { ExchangeRelay } from "./exchange-relay.ts";
import { ForwardedFront, forwarding, streamIdOf } from "./forward.ts";
import { Knowledge, type News } from "./knowledge.ts";
import { firstPart, type PermitBound } from "./permit-board.ts";
import {
  PORTS,
  remoteAnswerStore,
  remoteFlightLedger,
  remoteInbox,
  remoteJobQueue,
  remoteJobStore,
} from "./remote-ports.ts";
import { type Listening, NOTES, type StartFailure, type WorkerReport, type WorkerStart } from "./worker-messages.ts";

/**
 * Runs this process as a worker of the primary that started it: an engine and a server of its own on the primary's
 * port, with the primary's stores. Ends when it is told to drain, or when the primary is gone and its streams have ended;
 * then the process ends with it, for the primary waits for that, and not for what may still be remembered here.
 * @returns the exit code of a process that is no worker
 */
export async function runWorkerProcess(io: CliIo): Promise<number> {
  if (process.send === undefined) {
    io.stderr.write("A worker is started by `tideover serve` with server.workers, never by hand.\n");
    return 1;
  }
  const bus = new Bus({ send: (message) => process.connected && sendToPrimary(message) }, systemClock);
  process.on("message", (message: unknown) => bus.receive(message));
  // Ctrl-C reaches all processes of a terminal: the primary decides what it means.
  const removers = [io.onSignal("SIGINT", () => undefined), io.onSignal("SIGHUP", () => undefined)];
  const started = new Promise<WorkerStart>((resolve) => bus.on(NOTES.start, (start) => resolve(start as WorkerStart)));
  bus.note(NOTES.hello, undefined);
  let code = 0;
  try {
    await serve(await started, bus, io);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    bus.note(NOTES.failed, { name, message } satisfies StartFailure);
    code = 1;
  }
  for (const remove of removers) remove();
  await lastWords();
  io.exit(code);
  return code;
}

/** Resolves when all that was said has left this process. */
function lastWords(): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected)
      process.send?.({ kind: "note", topic: "end", data: undefined }, undefined, {}, () => resolve());
    else resolve();
  });
}

async function serve(start: WorkerStart, bus: Bus, io: CliIo): Promise<void> {
  const { config, host, port } = start;
  const log = createLog({ ...start.log });
  const transport = await outboundTransport(config.server, start.folder, io.env, messagesIn(languageOf(io.env)));
  let server: RunningServer | undefined;
  const open = () => server?.inFlight() ?? 0;
  const shedding = new LoadShedding({ clock: systemClock, log });
  const outside = { clock: systemClock, random: systemRandom, ids: systemIds, log };
  const stores = await workerStores(start, bus, log);
  const jobs = await workerJobs(start, bus, log);
  let gateway: Gateway | undefined;
  try {
    const knowledge = workerKnowledge(bus, () => gateway);
    const models = { folder: modelsFolder(io.env), onnxRuntimePath: io.env.TIDEOVER_ONNXRUNTIME || undefined };
    const partOf = (total: number) => firstPart(total, start.parties, start.slot);
    const { onEvent } = knowledge;
    const { onExchange } = new ExchangeRelay(systemClock, (records) => bus.note(NOTES.exchanges, records));
    const streamIds = { next: () => streamIdOf(systemIds.next(), start.slot) };
    const inbox = start.reviews ? remoteInbox(bus) : undefined;
    const together = { onEvent, onExchange, partOf, streamIds, inbox };
    gateway = createGateway({ config, transport, ...outside, models, stores, jobs, shedding, ...together });
    knowledge.start();
    knowledge.apply(start.news);
    bus.offer(PORTS.totals, gateway.sight.totals, ["snapshot"]);
    gateway.sight.start();
    const running = gateway;
    bus.on(NOTES.reload, (changed) => reload(running, changed as ResolvedConfig, log));
    const handler = forwarding(bus, start.slot, running.handler);
    const front = new ForwardedFront(bus, running.handler);
    const { refuseBody } = gateway;
    const { limits } = config.server;
    server = await startServer({ handler, refuseBody, host, port, limits, log, streams: isUpload });
    bus.note(NOTES.listening, { url: server.url, port: server.port } satisfies Listening);
    const report = setInterval(() => bus.note(NOTES.report, { inFlight: open() } satisfies WorkerReport), REPORT_MS);
    const keepMemory = releaseStartMemory(() => open() === 0);
    process.once("disconnect", () => front.gone());
    const { cut } = await untilDrained(bus, io, server, running, config.server.drain);
    keepMemory();
    clearInterval(report);
    knowledge.close();
    bus.note(NOTES.drained, cut);
  } finally {
    shedding.close();
    await gateway?.close();
    await jobs?.close();
    await stores.close();
    await transport.close();
    log.flush();
  }
}

/** Serves until the primary says that it is over, is gone, or somebody ends just this process. */
async function untilDrained(bus: Bus, io: CliIo, server: RunningServer, gateway: Gateway, drainMs: number) {
  let remove: () => void = () => undefined;
  const graceMs = await new Promise<number>((resolve) => {
    bus.on(NOTES.drain, (grace) => {
      resolve(grace as number);
      // Told again, it is in a hurry.
      if (grace === 0) void server.close(0);
    });
    process.once("disconnect", () => resolve(drainMs));
    remove = io.onSignal("SIGTERM", () => resolve(drainMs));
  });
  gateway.drain();
  const ended = await server.close(graceMs);
  remove();
  return ended;
}

function reload(gateway: Gateway, config: ResolvedConfig, log: Log): void {
  try {
    gateway.reload(config);
  } catch (error) {
    // The primary has put it in force before it told us: this would be a defect.
    log.error(
      { event: "reload-refused", error },
      "A worker cannot use the changed configuration; it keeps the old one.",
    );
  }
}

/** What the primary keeps, as this worker's stores; a Redis is the worker's own connection. */
async function workerStores({ config, folder }: WorkerStart, bus: Bus, log: Log): Promise<Stores> {
  const cache = config.stores.cache;
  const isHere = isEmbedded(cache) || cache === "memory";
  const withoutFolder = { ...config, stores: { ...config.stores, cache: isHere ? "memory" : cache } };
  const stores = await openStores({ config: withoutFolder, folder, what: "a worker", clock: systemClock, log });
  await stores.ready();
  return isHere ? { ...stores, answers: remoteAnswerStore(bus), flights: remoteFlightLedger(bus) } : stores;
}

/** Jobs in the primary's store, or in the server that all share. */
async function workerJobs(start: WorkerStart, bus: Bus, log: Log): Promise<JobStores | undefined> {
  const { config, jobs: part } = start;
  if (part === undefined) return undefined;
  const outside = { clock: systemClock, log, dataDir: takesNoFolder };
  const { jobs, queue } = config.stores;
  const hasBroker = part.givesTickets && queue !== undefined && queue !== "embedded";
  const store = part.givesTickets && !isEmbedded(jobs) ? await openJobStore(jobs, outside) : undefined;
  const broker = hasBroker ? await openJobQueue(queue, outside) : undefined;
  const kept = store?.kept ?? remoteJobStore(bus);
  const told = broker?.kept ?? remoteJobQueue(bus, systemClock);
  const announce = async (ended: readonly Job[]) =>
    (await bus.call(PORTS.outbox, "announce", [ended])) as readonly string[];
  return {
    store: kept,
    queue: told,
    sign: signWith(part.secret),
    owner: `${process.pid}-${systemIds.next()}`,
    announce: part.announces ? announce : undefined,
    opened: part.isOpen ? undefined : new Promise((resolve) => bus.on(NOTES.jobsOpened, () => resolve())),
    troubles: () => [
      ...(store?.isAway() ? ["job-store-unavailable"] : []),
      ...(broker?.isAway() ? ["job-queue-unavailable"] : []),
    ],
    async close() {
      await told.close();
      await kept.close();
    },
  };
}

function takesNoFolder(): never {
  throw new StoreSettingsError("A worker has no data folder; the primary owns it.");
}

function workerKnowledge(bus: Bus, gateway: () => Gateway | undefined): Knowledge {
  const knowledge = new Knowledge({
    clock: systemClock,
    runtime() {
      const running = gateway();
      if (running === undefined) throw new Error("Nothing is known before there is a gateway.");
      return running.runtime;
    },
    tell: (news) => bus.note(NOTES.news, news),
    report: (reports) => bus.note(NOTES.permits, reports),
  });
  bus.on(NOTES.news, (news) => knowledge.apply(news as readonly News[]));
  bus.on(NOTES.bounds, (bounds) => knowledge.bound(bounds as readonly PermitBound[]));
  return knowledge;
}

function sendToPrimary(message: object): boolean {
  process.send?.(message, undefined, {}, () => undefined);
  return true;
}
