import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Clock, type Failure, failure } from "tideover/engine";
import { CLOSE_PATIENCE_MS, LOAD_PATIENCE_MS } from "../defaults.ts";
import type { FromWorker, LoadedFacts, ModelSettings, ToWorker } from "../worker/messages.ts";

/** Who hears of what a worker does. */
export interface WorkerListener {
  message(message: FromWorker): void;
  /** It has ended though nobody closed it. */
  died(failure: Failure): void;
}

/** Starts the process; tests give their own, to get hold of it. */
export type StartWorker = (file: URL) => ChildProcess;

/** One process with one model, from its start to its end. */
export class ModelProcess {
  /** What came of loading the model. */
  readonly loaded: Promise<LoadedFacts | Failure>;
  readonly #worker: ChildProcess;
  readonly #clock: Clock;
  readonly #exited: Promise<void>;
  #isClosing = false;

  constructor(settings: ModelSettings, clock: Clock, listener: WorkerListener, start: StartWorker = startWorker) {
    this.#clock = clock;
    this.#worker = start(workerFile());
    let exited = (): void => {};
    this.#exited = new Promise((resolve) => {
      exited = resolve;
    });
    this.loaded = new Promise((resolve) => {
      const late = clock.schedule(LOAD_PATIENCE_MS, () => {
        resolve(failure("incompatible", "load-timeout", `The model did not load within ${LOAD_PATIENCE_MS} ms.`));
        void this.close();
      });
      const settle = (loaded: LoadedFacts | Failure) => {
        late.cancel();
        resolve(loaded);
      };
      this.#worker.on("message", (message: FromWorker) => {
        if (message.type === "loaded") {
          settle(message.facts);
        } else if (message.type === "not-loaded") {
          this.#isClosing = true;
          settle(failure("incompatible", message.reason, message.message));
        } else listener.message(message);
      });
      const ended = (why: string) => {
        const died = failure("fault", "worker-died", `The local model's process ended ${why}.`);
        settle(died);
        if (!this.#isClosing) listener.died(died);
        this.#isClosing = true;
        exited();
      };
      this.#worker.on("exit", (code, signal) => ended(signal === null ? `with code ${code}` : `by ${signal}`));
      // It could not be started; a message that could not be sent comes here too, and an exit follows.
      this.#worker.on("error", (error) => {
        if (this.#worker.pid === undefined) ended(`before it began: ${error.message}`);
      });
    });
    const { folder, dtype, device, threads, contextTokens, onnxRuntimePath } = settings;
    this.#tell({ type: "load", settings: { folder, dtype, device, threads, contextTokens, onnxRuntimePath } });
  }

  send(message: ToWorker): void {
    // While an answer is being written this process must not end for want of other work.
    if (message.type === "generate") this.#hold();
    this.#tell(message);
  }

  /** Nothing is under way: the model alone does not keep this process alive. */
  rest(): void {
    this.#worker.unref();
    this.#worker.channel?.unref();
  }

  /** Lets the process release its memory and end; ends it when it does not. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#hold();
    this.#tell({ type: "close" });
    await new Promise<void>((resolve) => {
      const impatient = this.#clock.schedule(CLOSE_PATIENCE_MS, () => this.#worker.kill("SIGKILL"));
      void this.#exited.then(() => {
        impatient.cancel();
        resolve();
      });
    });
  }

  #hold(): void {
    this.#worker.ref();
    this.#worker.channel?.ref();
  }

  #tell(message: ToWorker): void {
    // One that has just ended tells so by its exit.
    if (this.#worker.connected) this.#worker.send(message, () => undefined);
  }
}

/**
 * Starts the process as it is. A process and not a thread, because ONNX Runtime is native code: what crashes it, or ends it in
 * the middle of a run, must not take its host along.
 */
export function startWorker(file: URL): ChildProcess {
  return fork(fileURLToPath(file), {
    // What this process was started with (a debugger, a script, a heap's size) is not for the model. Sources find those of the
    // other packages under their own condition.
    execArgv: file.pathname.endsWith(".ts") ? ["--conditions=tideover-source"] : [],
    // It asks nobody for anything, so it needs no keys.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/KEY|TOKEN|SECRET|PASSWORD/i.test(name))),
    // Standard output belongs to the command that asked.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

/** The worker's own file: beside this one, in the form that this one runs in. */
function workerFile(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "../worker/worker-main.ts" : "../worker/worker-main.js", import.meta.url);
}
