import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, isListening, ServerProcess } from "../harness/server-process.ts";

/** What a Worker is started with. */
export interface WorkerOptions {
  readonly program: string;
  /** Its one module. */
  readonly code: string;
  /** Bindings that are texts. */
  readonly texts: Readonly<Record<string, string>>;
  /** Address of a server that speaks the protocol behind KV namespaces; bound as `ANSWERS`. Absent: no such binding. */
  readonly kv?: string | undefined;
  /** Address of a server that speaks the protocol behind caches. Absent: the Cache API does nothing. */
  readonly cache?: string | undefined;
  /** Whether the Worker's own class `FlightsObject` is bound as `FLIGHTS`. */
  readonly flights?: boolean | undefined;
}

/** A Worker in a workerd of its own. */
export interface RunningWorker extends AsyncDisposable {
  /** Its address, without a path. */
  readonly url: string;
  /** What workerd has written: with much else, errors that nobody caught. */
  log(): Promise<string>;
}

/** How long workerd may take to listen, in ms: the machine may be busy. */
const START_MS = 30_000;

/** Starts workerd with one Worker. @throws Error with what it said when it does not start */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), "tideover-workerd-"));
  await writeFile(join(folder, "worker.js"), options.code);
  await writeFile(join(folder, "config.capnp"), capnp(options, port));
  const log = join(folder, "log");
  const server = new ServerProcess({
    name: "workerd",
    command: "sh",
    args: ["-c", 'exec "$0" serve --verbose "$1" >"$2" 2>&1', options.program, join(folder, "config.capnp"), log],
    isReady: () => isListening(port),
    startMs: START_MS,
  });
  try {
    await server.start();
  } catch (error) {
    throw new Error(`workerd did not start. It said:\n${await readFile(log, "utf8")}`, { cause: error });
  }
  return {
    url: `http://127.0.0.1:${port}`,
    log: () => readFile(log, "utf8"),
    async [Symbol.asyncDispose]() {
      await server.stop("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The configuration of workerd: the Worker on a port, with a network that reaches this machine. */
function capnp({ texts, kv, cache, flights }: WorkerOptions, port: number): string {
  const bindings = Object.entries(texts).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`);
  const services = [
    `(name = "main", worker = .worker)`,
    `(name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true)))`,
  ];
  if (kv !== undefined) {
    bindings.push(`(name = "ANSWERS", kvNamespace = "answers")`);
    services.push(`(name = "answers", external = (address = "${new URL(kv).host}", http = ()))`);
  }
  if (cache !== undefined) {
    services.push(`(name = "cache", external = (address = "${new URL(cache).host}", http = ()))`);
  }
  const objects =
    flights === true
      ? `durableObjectNamespaces = [(className = "FlightsObject", uniqueKey = "flights")],
  durableObjectStorage = (inMemory = void),`
      : "";
  if (flights === true) bindings.push(`(name = "FLIGHTS", durableObjectNamespace = "FlightsObject")`);
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [${services.join(", ")}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-10-01",
  compatibilityFlags = ["enable_request_signal"],
  ${objects}
  bindings = [${bindings.join(", ")}],
  globalOutbound = "internet",
  ${cache === undefined ? "" : 'cacheApiOutbound = "cache",'}
);
`;
}
