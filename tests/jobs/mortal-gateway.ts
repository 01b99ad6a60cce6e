import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../packages/gateway/bin/tideover.js", import.meta.url));
/** How long a start may take, in ms, on a machine that does much else. */
const START_MS = 60_000;

/** The real `tideover` in a process of its own, which can be killed and started again on the same folder. */
export class MortalGateway implements AsyncDisposable {
  readonly #folder: string;
  readonly #command: "serve" | "work";
  readonly #nodeOptions: string;
  #child: ChildProcess | undefined;
  #url: string | undefined;
  #isUp = false;
  #kills = 0;

  /**
   * @param folder with a `tideover.yaml` whose port is 0
   * @param nodeOptions the process's `NODE_OPTIONS`
   */
  constructor(folder: string, command: "serve" | "work" = "serve", nodeOptions = "") {
    this.#folder = folder;
    this.#nodeOptions = nodeOptions;
    this.#command = command;
  }

  /** Its process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How often it was killed. */
  get kills(): number {
    return this.#kills;
  }

  /** Whether it has started and was not killed. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Where it listens; undefined while it does not. */
  get url(): string | undefined {
    return this.#url;
  }

  /** Starts it and waits until it listens. @throws Error when it ends before, or takes too long */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [COMMAND, this.#command, "--json", "--log-level", "warn"], {
      cwd: this.#folder,
      env: { PATH: process.env.PATH, TIDEOVER_LANG: "en", NODE_OPTIONS: this.#nodeOptions },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const onExit = () => child.kill("SIGKILL");
    process.once("exit", onExit);
    child.once("exit", () => process.removeListener("exit", onExit));
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    });
    const [first] = await Promise.race([
      once(createInterface({ input: child.stdout ?? process.stdin }), "line"),
      once(child, "exit").then(() => Promise.reject(new Error(`The gateway ended at its start: ${said}`))),
      new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`The gateway said nothing in ${START_MS} ms. ${said}`)), START_MS).unref();
      }),
    ]);
    this.#url = (JSON.parse(String(first)) as { url?: string }).url;
    this.#isUp = true;
  }

  /** Starts it again after a kill, also where a start fails on a machine that does much else. @throws Error after three */
  async restart(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.start();
        return;
      } catch (error) {
        this.#kills--;
        await this.kill();
        if (tries === 3) throw error;
      }
    }
  }

  /** kill -9. Resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#url = undefined;
    this.#isUp = false;
    this.#child = undefined;
    this.#kills++;
    const gone = once(child, "exit");
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    else return;
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
