import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The server's program, as packages install it. */
const PROGRAM = "redis-server";
/** How long a server may take to answer after its start, in ms. */
const START_MS = 10_000;

/** How a server is started. */
export interface RedisServerOptions {
  /** Certificate, key and authority (PEM files): the port then speaks TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly authority: string } | undefined;
  readonly password?: string | undefined;
  /** As a node of a cluster; slots are then to be given to it. */
  readonly cluster?: boolean | undefined;
}

/** A real Redis in a process and folder of its own. Disposing stops it, paused or not. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  /** `redis://127.0.0.1:<port>`, `rediss://localhost:<port>` with TLS. */
  readonly url: string;
  /** SIGSTOP: the port takes connections, nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Ends the process; the port refuses. What was stored is lost. */
  stop(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
}

/**
 * Whether tests that need a real Redis can run.
 * @returns false where it is not installed, after saying so; there the tests are skipped
 * @throws Error in continuous integration (CI=true): there it must not be missing
 */
export function hasRedis(): boolean {
  if (spawnSync(PROGRAM, ["--version"]).status === 0) return true;
  const message = `${PROGRAM} is not installed (apt-get install redis-server)`;
  if (process.env.CI === "true") throw new Error(message);
  process.stderr.write(`SKIPPED: ${message}; what needs a real Redis was NOT tested.\n`);
  return false;
}

/** Starts a server on a free port of the loopback. @throws Error when it does not answer in time. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "tideover-redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawn(PROGRAM, argumentsOf(port, folder, options), { stdio: ["ignore", "pipe", "pipe"] });
    await untilReady(child);
  };
  const stop = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => running.once("exit", () => resolve()));
    running.kill("SIGKILL");
    await ended;
  };
  const dispose = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    url: options.tls === undefined ? `redis://127.0.0.1:${port}` : `rediss://localhost:${port}`,
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    stop,
    start,
    [Symbol.asyncDispose]: dispose,
  };
}

function argumentsOf(port: number, folder: string, { tls, password, cluster }: RedisServerOptions): string[] {
  const listening =
    tls === undefined
      ? ["--port", `${port}`]
      : [
          ...["--port", "0", "--tls-port", `${port}`, "--tls-auth-clients", "no"],
          ...["--tls-cert-file", tls.certificate, "--tls-key-file", tls.key, "--tls-ca-cert-file", tls.authority],
        ];
  return [
    ...listening,
    ...["--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no", "--daemonize", "no"],
    ...(password === undefined ? [] : ["--requirepass", password]),
    ...(cluster === true ? ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"] : []),
  ];
}

/** Redis writes a line when it takes connections. */
function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const late = setTimeout(
      () => reject(new Error(`${PROGRAM} was not ready within ${START_MS} ms:\n${said}`)),
      START_MS,
    );
    const hear = (bytes: Buffer) => {
      said = `${said}${bytes.toString()}`.slice(-4_000);
      if (!/Ready to accept connections/.test(said)) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`${PROGRAM} ended with code ${code}:\n${said}`));
    });
  });
}

/** A port that nobody listens on now, below those that a cluster node could not add 10,000 to. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
    await new Promise<void>((resolve) => server.close(() => resolve()));
    if (port < 55_000) return port;
  }
}
