import { dirname } from "node:path";
import type { ResolvedConfig } from "tideover/config";
import { createGateway } from "../../gateway.ts";
import { openJobs } from "../../jobs/open-jobs.ts";
import { createLog, type LogLevel } from "../../logging/index.ts";
import { modelsFolder } from "../../models/models-folder.ts";
import { openStores } from "../../stores/open-stores.ts";
import { systemClock, systemIds, systemRandom } from "../../system.ts";
import type { CommandContext } from "../command.ts";
import { outboundTransport } from "./outbound.ts";
import { untilStopped } from "./until-stopped.ts";

/** What a worker is run with. */
export interface WorkerStart {
  readonly config: ResolvedConfig;
  /** The configuration file; absent when there is none. */
  readonly path: string | undefined;
  readonly logLevel: LogLevel;
  readonly json: boolean;
}

/**
 * Works on the jobs of a shared store until a signal stops it and what it has in hand is done, or given back after
 * `server.drain`. Serves no HTTP and takes no data folder, so that as many as like to can run beside a gateway.
 * @throws StoreSettingsError and what a configuration that cannot be used throws
 */
export async function runWorker(started: WorkerStart, { io, messages }: CommandContext): Promise<void> {
  const pretty = !started.json && io.stderr.isTTY === true;
  const log = createLog({ level: started.logLevel, pretty, color: pretty && !io.env.NO_COLOR });
  const folder = started.path === undefined ? io.folder : dirname(started.path);
  const config = workerConfig(started.config);
  const transport = await outboundTransport(config.server, folder, io.env, messages);
  const outside = { clock: systemClock, random: systemRandom, ids: systemIds, log };
  const stores = await openStores({ config, folder, what: "tideover work", ...outside });
  const jobs = await openJobs({ config, dataDir: stores.dataDir, onlyWorks: true, ...outside });
  try {
    const models = { folder: modelsFolder(io.env), onnxRuntimePath: io.env.TIDEOVER_ONNXRUNTIME || undefined };
    const gateway = createGateway({ config, transport, ...outside, stores, jobs, models });
    io.stdout.write(`${started.json ? JSON.stringify({ event: "working" }) : messages.jobs.working}\n`);
    await untilStopped(io, async () => gateway.drain());
    await gateway.close();
  } finally {
    await jobs?.close();
    await stores.close();
    await transport.close();
    log.flush();
  }
}

/** The gateway's configuration as a worker follows it: it works, and leaves the data folder to the gateway. */
function workerConfig(config: ResolvedConfig): ResolvedConfig {
  const { server, stores } = config;
  const cache = stores.cache === undefined || stores.cache === "sqlite" ? "memory" : stores.cache;
  return { ...config, server: { ...server, jobs: { ...server.jobs, workers: true } }, stores: { ...stores, cache } };
}
