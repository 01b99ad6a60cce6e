import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { within } from "./samples.ts";

/** The core of the load generator and the mock upstream, and the core of the system under test. */
export const CORES = { load: 0, system: 1 } as const;

/** How long a process may take to end when asked to, in ms; then it is killed. */
const STOP_WAIT_MS = 3_000;

/** Whether processes can be pinned to cores here. Without, everything shares all cores and figures mean less. */
export function canPin(): boolean {
  return spawnSync("taskset", ["-c", `${CORES.load},${CORES.system}`, "true"]).status === 0;
}

/** Whether the CPU time and memory of processes can be read here (Linux). */
export function canReadProcesses(): boolean {
  return existsSync("/proc/self/smaps_rollup") && existsSync(`/proc/self/task/${process.pid}/schedstat`);
}

/** Pins this process, and whatever it starts without saying otherwise, to the load generator's core. */
export function pinThisProcess(): void {
  spawnSync("taskset", ["-acp", String(CORES.load), String(process.pid)]);
}

/** What to start. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Standard output and error go to this file. */
  readonly logFile: string;
  /** Undefined where nothing can be pinned. */
  readonly core: number | undefined;
}

/** A process of the bench. */
export class Process {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  constructor(command: Command) {
    const log = openSync(command.logFile, "a");
    const pinned = command.core === undefined ? [] : ["taskset", "-c", String(command.core)];
    const [program = command.program, ...args] = [...pinned, command.program, ...command.args];
    this.#child = spawn(program, args, {
      cwd: command.folder,
      env: { ...process.env, ...command.environment },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const kill = () => this.#child.kill("SIGKILL");
    process.once("exit", kill);
    this.#exited = new Promise((resolve) => {
      const ended = () => {
        process.off("exit", kill);
        resolve();
      };
      this.#child.once("exit", ended);
      this.#child.once("error", ended);
    });
  }

  get running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its id. @throws Error when it could not be started */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("The process could not be started.");
    return this.#child.pid;
  }

  /** Seconds of CPU time used so far, in user and kernel mode, by all its threads. */
  cpuSeconds(): number {
    // Nanoseconds; /proc/PID/stat would round to 10 ms.
    return (
      this.#eachThread("schedstat", (text) => Number(text.split(" ")[0])).reduce((sum, nanos) => sum + nanos, 0) / 1e9
    );
  }

  /** Resident memory, in bytes. */
  residentBytes(): number {
    const text = readFileSync(`/proc/${this.#child.pid}/smaps_rollup`, "utf8");
    return Number(/^Rss: +(\d+) kB/m.exec(text)?.[1]) * 1_024;
  }

  /** Asks it to end, then makes it. @returns whether asking was enough. */
  async stop(): Promise<boolean> {
    this.#child.kill("SIGTERM");
    if (await within(STOP_WAIT_MS, this.#exited)) return true;
    this.#child.kill("SIGKILL");
    await this.#exited;
    return false;
  }

  #eachThread(file: string, read: (text: string) => number): number[] {
    const folder = `/proc/${this.#child.pid}/task`;
    return readdirSync(folder).map((thread) => read(readFileSync(`${folder}/${thread}/${file}`, "utf8")));
  }
}

/** A port of loopback that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("No free port.")),
      );
    });
  });
}
