import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, isListening, isMissing, ServerProcess } from "./server-process.ts";

const PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/** How long a broker may take to be ready, in ms: its virtual machine starts slowly on a machine that does much else. */
const START_MS = 120_000;

/** A real RabbitMQ in processes and a folder of its own. Disposing stops it. */
export interface RabbitServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** kill -9; durable messages are there after the next start. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/**
 * Whether tests that need a real RabbitMQ can run.
 * @returns false where it is not installed, after saying so
 * @throws Error in continuous integration (CI=true)
 */
export function hasRabbitMq(): boolean {
  return existsSync(PROGRAM) || isMissing("RabbitMQ", "apt-get install rabbitmq-server");
}

/** Starts a broker on free ports of the loopback. @throws Error with its log when it is not ready in time */
export async function startRabbitMq(): Promise<RabbitServer> {
  const folder = mkdtempSync(join(tmpdir(), "tideover-rabbitmq-"));
  const [port = 0, distribution = 0, names = 0] = await freePorts(3);
  for (const name of ["data", "log"]) mkdirSync(join(folder, name));
  // 127.0.0.1 only, and nothing but the broker itself.
  writeFileSync(join(folder, "rabbitmq.conf"), `listeners.tcp.1 = 127.0.0.1:${port}\nlog.console = true\n`);
  writeFileSync(join(folder, "enabled_plugins"), "[].\n");
  // The broker would start it as a daemon that outlives everything.
  const nameServer = new ServerProcess({
    name: "epmd",
    command: "epmd",
    args: ["-port", `${names}`, "-address", "127.0.0.1"],
    isReady: () => isListening(names),
    startMs: START_MS,
  });
  const server = new ServerProcess({
    name: "RabbitMQ",
    command: PROGRAM,
    args: [],
    startMs: START_MS,
    options: {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        RABBITMQ_NODENAME: `tideover${port}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
        RABBITMQ_NODE_PORT: `${port}`,
        RABBITMQ_DIST_PORT: `${distribution}`,
        RABBITMQ_MNESIA_BASE: join(folder, "data"),
        RABBITMQ_LOG_BASE: join(folder, "log"),
        RABBITMQ_PID_FILE: join(folder, "pid"),
        RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq"),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
        ERL_EPMD_PORT: `${names}`,
        ERL_EPMD_ADDRESS: "127.0.0.1",
      },
    },
    isReady: async (said) => /Server startup complete|completed with \d+ plugins/.test(said()) && isListening(port),
  });
  const dispose = async () => {
    await server.stop("SIGKILL");
    await nameServer.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await nameServer.start();
    await server.start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    url: `amqp://127.0.0.1:${port}`,
    kill: () => server.stop("SIGKILL"),
    start: () => server.start(),
    [Symbol.asyncDispose]: dispose,
  };
}
