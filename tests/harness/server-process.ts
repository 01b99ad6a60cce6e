import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";

/** How much of what a server says is kept for errors, in characters. */
const TAIL = 4_000;
/** How often a starting server is asked whether it is ready, in ms. */
const LOOK_MS = 100;
/** How long a server may take to end after it was told to, in ms; then it is killed. */
const END_MS = 20_000;

/** A server's program, and how to know that it is ready. */
export interface ServerProgram {
  /** For people. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly options?: SpawnOptions | undefined;
  /** Whether it takes work now. May reject: then it is not ready. @param said the end of what the server has written */
  isReady(said: () => string): Promise<boolean>;
  /** How long it may take to be ready, in ms. */
  readonly startMs: number;
}

/** A server in a process group of its own, so that what it starts ends with it. */
export class ServerProcess {
  readonly #program: ServerProgram;
  #child: ChildProcess | undefined;
  #said = "";

  constructor(program: ServerProgram) {
    this.#program = program;
  }

  /** Starts it and waits until it is ready. @throws Error with the end of what it said when it ends or takes too long */
  async start(): Promise<void> {
    const { name, command, args, options, startMs } = this.#program;
    this.#said = "";
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
    this.#child = child;
    const pid = child.pid;
    // Whatever ends this process in good order, a server in a group of its own must not outlive it.
    const onExit = () => signalGroup(pid, "SIGKILL");
    process.once("exit", onExit);
    child.once("exit", () => process.removeListener("exit", onExit));
    let failed: string | undefined;
    const hear = (bytes: Buffer) => {
      this.#said = `${this.#said}${bytes.toString()}`.slice(-TAIL);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", (error) => (failed = `could not be started: ${error.message}`));
    child.once("exit", (code, signal) => (failed ??= `ended with ${signal ?? `code ${code}`}`));
    const until = performance.now() + startMs;
    while (!(await this.#program.isReady(() => this.#said).catch(() => false))) {
      if (failed === undefined && performance.now() > until) failed = `was not ready within ${startMs} ms`;
      if (failed !== undefined) {
        await this.stop("SIGKILL");
        throw new Error(`${name} ${failed}. It said:\n${this.#said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Ends it with a signal, and kills it where that does not help. Resolves when its processes are gone. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    const kill = setTimeout(() => signalGroup(child.pid, "SIGKILL"), END_MS);
    let children: readonly number[] = [];
    if (signal === "SIGKILL") {
      // Read before: the children of a process that is gone are no longer known as its own.
      children = childrenOf(child.pid);
      signalGroup(child.pid, signal);
      for (const pid of children) signalOne(pid, signal);
    } else child.kill(signal);
    await gone;
    clearTimeout(kill);
    signalGroup(child.pid, "SIGKILL");
    // PostgreSQL does not start again while one of them still has its memory, which takes a moment on a busy machine.
    for (const until = performance.now() + END_MS; children.some(lives) && performance.now() < until; ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/**
 * The processes that a process has started, where the system tells (Linux). PostgreSQL puts each into a group of its
 * own, and one that outlives the server goes on serving its connection.
 */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Whether a process still runs, where the system tells (Linux); one that waits to be buried does not. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return false;
    throw error;
  }
}

/** Sends a signal to a process and all of its group. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid !== undefined) signalOne(-pid, signal);
}

/** Sends a signal to a process; to one that is gone, nothing. */
function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ports that nobody listens on now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether somebody takes connections on a port of the loopback. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
    socket.once("connect", () => socket.destroy());
  });
}

/**
 * Says that something is not installed.
 * @returns false, after saying so: what needs it is skipped
 * @throws Error in continuous integration (CI=true): there it must not be missing
 */
export function isMissing(what: string, how: string): false {
  const message = `${what} is not installed (${how})`;
  if (process.env.CI === "true") throw new Error(message);
  process.stderr.write(`SKIPPED: ${message}; what needs it was NOT tested.\n`);
  return false;
}
