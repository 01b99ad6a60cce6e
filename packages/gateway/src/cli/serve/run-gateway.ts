import { dirname } from "node:path";
import { formatIssue, type LoadedConfig } from "tideover/config";
import type { SettingsSource } from "../../admin/rooms/settings-room.ts";
import { watchConfig } from "../../config/index.ts";
import { isUpload } from "../../files/receive-upload.ts";
import { createGateway, type Gateway } from "../../gateway.ts";
import { type JobStores, openJobs } from "../../jobs/open-jobs.ts";
import { createLog, type Log, type LogLevel } from "../../logging/index.ts";
import { modelsFolder } from "../../models/models-folder.ts";
import { Outlook } from "../../outlook/outlook.ts";
import { ServerStartError, startServer } from "../../server/index.ts";
import { LoadShedding } from "../../shedding/load-shedding.ts";
import { openStores, type Stores, type StoresOptions } from "../../stores/open-stores.ts";
import { systemClock, systemIds, systemRandom } from "../../system.ts";
import { ScheduledWarming } from "../../warm/scheduled-warming.ts";
import type { Primary } from "../../workers/primary.ts";
import { workerCount } from "../../workers/worker-count.ts";
import { type CommandContext, CommandError } from "../command.ts";
import { announce, type ConfigurationSource } from "./announce.ts";
import { outboundTransport, proxySettings } from "./outbound.ts";
import { type ListenOverrides, withOverrides } from "./overrides.ts";
import { releaseStartMemory } from "./release-memory.ts";
import { untilStopped } from "./until-stopped.ts";

/** What to run, and how to talk about it. */
export interface Started {
  readonly configuration: LoadedConfig;
  readonly source: ConfigurationSource;
  /** The configuration file, which is watched; absent when there is none. */
  readonly path?: string | undefined;
  readonly overrides: ListenOverrides;
  readonly logLevel: LogLevel;
  readonly json: boolean;
}

/**
 * Runs the gateway until a signal stops it and open requests have drained.
 * @throws CommandError when it cannot start; the message says what to do.
 */
export async function runGateway(started: Started, context: CommandContext): Promise<void> {
  const { io, messages } = context;
  const config = withOverrides(started.configuration.config, started.overrides, messages);
  const pretty = !started.json && io.stderr.isTTY === true;
  const log = createLog({ level: started.logLevel, pretty, color: pretty && !io.env.NO_COLOR });
  const folder = started.path === undefined ? io.folder : dirname(started.path);
  const inForce: InForce = { loaded: started.configuration };
  const transport = await outboundTransport(config.server, folder, io.env, messages);
  let stores: Stores | undefined;
  let jobs: JobStores | undefined;
  let outlook: Outlook | undefined;
  let closing: (() => Promise<void>) | undefined;
  const shedding = new LoadShedding({ clock: systemClock, log });
  try {
    stores = await openedStores({ config, folder, what: "tideover serve", clock: systemClock, log });
    const outside = { clock: systemClock, random: systemRandom, ids: systemIds, log };
    const proxy = proxySettings(config.server, io.env);
    jobs = await openJobs({ config, dataDir: stores.dataDir, proxy, ...outside }).catch(asCommandError);
    const settings: SettingsSource = {
      path: started.path,
      loaded: () => inForce.loaded,
      environment: io.env,
      reload: () => inForce.reload?.() ?? Promise.resolve(),
    };
    const kept = { config, dataDir: stores.dataDir, clock: systemClock, log, settings };
    outlook = await Outlook.open(kept).catch(asCommandError);
    const models = { folder: modelsFolder(io.env), onnxRuntimePath: io.env.TIDEOVER_ONNXRUNTIME || undefined };
    const parts = {
      config,
      transport,
      clock: systemClock,
      random: systemRandom,
      ids: systemIds,
      log,
      models,
      stores,
      jobs,
      shedding,
      inbox: outlook.inbox,
      settings,
      demo: started.source.from === "demo",
    };
    const count = workerCount(config.server.workers);
    const logSettings = { level: started.logLevel, pretty, color: pretty && !io.env.NO_COLOR };
    const { inbox } = outlook;
    const shared = { config, count, folder, clock: systemClock, log, logSettings, stores, jobs, inbox };
    const primary = count > 1 ? await createPrimary(shared) : undefined;
    const gateway = usable(() => createGateway(primary === undefined ? parts : { ...parts, ...primary.gatewayParts }));
    // Also where it cannot listen: what runs beside the requests would keep the process alive.
    closing = () => gateway.close();
    const { host, port, limits, drain } = config.server;
    const { handler, refuseBody } = gateway;
    const served = { handler, refuseBody, host, port, limits, log, streams: isUpload };
    const serving = primary?.listen(gateway) ?? startServer(served);
    const running = await serving.catch(asCommandError);
    // What is found wrong from here on ends the process only if nothing listens any more.
    closing = async () => {
      await running.close(0);
      await gateway.close();
    };
    gateway.sight.start();
    await outlook.start(gateway).catch(asCommandError);
    for (const warning of started.configuration.warnings) log.warn({ path: warning.path }, formatIssue(warning));
    const warming = new ScheduledWarming({
      folder,
      clock: systemClock,
      random: systemRandom,
      log,
      targetFor: gateway.warmTarget,
    });
    await warming.use(config).catch(asCommandError);
    const stopWatching = watch(started, { gateway, primary, warming, log, inForce }, context);
    announce(io, messages, { url: running.url, source: started.source, runtime: gateway.runtime }, started.json);
    const keepMemory = releaseStartMemory(() => running.inFlight() === 0);
    const { cut } = await untilStopped(io, () => {
      keepMemory();
      warming.stop();
      stopWatching();
      gateway.drain();
      const open = running.inFlight();
      if (open > 0) say(context, started.json, messages.draining(open, drain / 1000));
      return running.close(drain);
    });
    closing = undefined;
    await gateway.close();
    say(context, started.json, messages.stopped(cut));
    log.info({ event: "stopped", cut }, "The gateway stopped.");
  } finally {
    shedding.close();
    await closing?.();
    await outlook?.stop();
    await jobs?.close();
    await stores?.close();
    await transport.close();
    log.flush();
  }
}

/** What is in force now, for those who look at settings and change them. */
interface InForce {
  loaded: LoadedConfig;
  /** Reads the file now; there once it is watched. */
  reload?: () => Promise<void>;
}

/** Watches the configuration file, also on SIGHUP; a bad file is refused whole and the running one stays. */
function watch(
  started: Started,
  {
    gateway,
    primary,
    warming,
    log,
    inForce,
  }: {
    readonly gateway: Gateway;
    readonly primary: Primary | undefined;
    readonly warming: ScheduledWarming;
    readonly log: Log;
    readonly inForce: InForce;
  },
  { io, messages }: CommandContext,
): () => void {
  if (started.path === undefined) {
    const remove = io.onSignal("SIGHUP", () => log.warn({ event: "reload-impossible" }, "There is no file to reload."));
    return remove;
  }
  const watcher = watchConfig({
    path: started.path,
    environment: io.env,
    current: started.configuration,
    clock: systemClock,
    listener: {
      changed(loaded, restart) {
        try {
          const changed = withOverrides(loaded.config, started.overrides, messages);
          gateway.reload(primary === undefined ? changed : primary.controlConfig(changed));
          primary?.reload(changed);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          log.error(
            { event: "reload-refused", error },
            `The changed configuration is refused; the old one stays. ${why}`,
          );
          return;
        }
        inForce.loaded = loaded;
        warming.use(loaded.config).catch((error: unknown) => {
          log.error({ event: "warm-refused", error }, "Nothing is warmed: the schedules cannot be used.");
        });
        for (const warning of loaded.warnings) log.warn({ path: warning.path }, formatIssue(warning));
        log.info({ event: "reloaded" }, "The changed configuration is in force.");
        if (restart.length > 0) {
          log.warn(
            { event: "restart-needed", settings: restart },
            `These settings need a restart: ${restart.join(", ")}`,
          );
        }
      },
      refused(issues) {
        const problems = issues.map((issue) => formatIssue(issue));
        log.error({ event: "reload-refused", problems }, "The changed configuration is refused; the old one stays.");
      },
      blind(reason) {
        log.warn(
          { event: "watch-failed", reason },
          "The configuration is not watched any more; SIGHUP still reloads it.",
        );
      },
    },
  });
  inForce.reload = () => watcher.reload();
  const remove = io.onSignal("SIGHUP", () => void watcher.reload());
  return () => {
    remove();
    watcher.close();
  };
}

/** Loaded only where it is asked for: most gateways are one process. */
async function createPrimary(parts: ConstructorParameters<typeof Primary>[0]): Promise<Primary> {
  const { Primary } = await import("../../workers/primary.ts");
  return new Primary(parts);
}

/** What people are told while the gateway stops; scripts read the log. */
function say({ io }: CommandContext, json: boolean, text: string): void {
  if (!json) io.stdout.write(`${text}\n`);
}

/** @throws CommandError for a store that cannot be used, such as a data folder that another process has */
async function openedStores(options: StoresOptions): Promise<Stores> {
  try {
    const stores = await openStores(options);
    // The first requests would otherwise find a store that is well, but not connected yet.
    await stores.ready();
    return stores;
  } catch (error) {
    return asCommandError(error);
  }
}

/** What the composition throws for a configuration that cannot be used is the user's to mend, not a defect. */
function usable<T>(create: () => T): T {
  try {
    return create();
  } catch (error) {
    return asCommandError(error);
  }
}

function asCommandError(error: unknown): never {
  if (error instanceof ServerStartError) throw new CommandError(error.message);
  if (error instanceof Error && /^(Condition|ProviderSettings|StoreSettings|Store|Schedule)Error$/.test(error.name)) {
    throw new CommandError(error.message);
  }
  throw error;
}
