import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import type { StageOptions } from "../harness/stage.ts";
import { bundleWorker } from "./bundle-worker.ts";
import { startWorker } from "./workerd-process.ts";

/** The edge handler in workerd, before simulated providers; closed by `await using`. */
export interface EdgeStage extends AsyncDisposable {
  /** Address of the Worker, without a path. */
  readonly url: string;
  /** The simulated providers by name. */
  readonly upstreams: Readonly<Record<string, UpstreamServer>>;
  /** See `RunningWorker.log`. */
  log(): Promise<string>;
  /** Ends a simulated provider. */
  stopUpstream(name: string): Promise<void>;
  /** Ends the Worker and starts another one: what isolates had in memory is gone. Its address is another one too. */
  restart(): Promise<void>;
}

/** What of a gateway's stage an edge stage is made of. */
export type EdgeStageOptions = Pick<StageOptions, "upstreams" | "providers" | "routes" | "server"> & {
  readonly program: string;
  readonly kv?: string | undefined;
  readonly cache?: string | undefined;
  readonly flights?: boolean | undefined;
  /** Secrets of the Worker. */
  readonly secrets?: Readonly<Record<string, string>>;
};

/** Starts simulated providers, and workerd with the edge handler before them. */
export async function edgeStage(options: EdgeStageOptions): Promise<EdgeStage> {
  const { program, kv, cache, flights, secrets, routes } = options;
  // Whoever reaches the Worker is everyone; a gateway without keys is for its own machine alone.
  const server = { ...(options.server?.keys === undefined ? { open: true } : {}), ...options.server };
  const upstreams: Record<string, UpstreamServer> = {};
  const providers: Record<string, object> = {};
  for (const [name, settings] of Object.entries(options.upstreams)) {
    const upstream = await startUpstreamServer(settings);
    upstreams[name] = upstream;
    providers[name] = { preset: "deepseek", baseUrl: upstream.url, apiKey: "sk-test", ...options.providers?.[name] };
  }
  for (const [name, settings] of Object.entries(options.providers ?? {})) providers[name] ??= settings;
  const configuration = { providers, routes, server };
  const texts = { CONFIGURATION: JSON.stringify(configuration), ...secrets };
  const code = await bundleWorker();
  const start = () => startWorker({ program, code, texts, kv, cache, flights });
  let worker = await start();
  return {
    get url() {
      return worker.url;
    },
    log: () => worker.log(),
    async restart() {
      await worker[Symbol.asyncDispose]();
      worker = await start();
    },
    async stopUpstream(name) {
      await upstreams[name]?.close();
      delete upstreams[name];
    },
    upstreams,
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      for (const upstream of Object.values(upstreams)) await upstream.close();
    },
  };
}

/** What a simulated provider has counted. @throws Error for a name that none has */
export function countersOf({ upstreams }: EdgeStage, name: string): UpstreamServer["model"]["counters"] {
  const upstream = upstreams[name];
  if (upstream === undefined) throw new Error(`There is no upstream ${name}.`);
  return upstream.model.counters;
}

/** What workerd says of requests that went wrong inside: errors nobody caught, work of one request done for another. */
export async function complaints(on: EdgeStage): Promise<string[]> {
  const lines = (await on.log()).split("\n");
  return lines.filter((line) => /uncaught|cannot perform i\/o|had hung|never generate/i.test(line));
}
