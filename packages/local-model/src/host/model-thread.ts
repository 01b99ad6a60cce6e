import { Worker } from "node:worker_threads";
import { type Clock, type Failure, failure } from "tideover/engine";
import { CLOSE_PATIENCE_MS, LOAD_PATIENCE_MS } from "../defaults.ts";
import type { FromWorker, LoadedFacts, ModelSettings, ToWorker } from "../worker/messages.ts";

/** Who hears of what a worker does. */
export interface ThreadListener {
  message(message: FromWorker): void;
  /** It has ended though nobody closed it. */
  died(failure: Failure): void;
}

/** Starts the thread; tests give their own, to get hold of it. */
export type StartWorker = (file: URL, settings: ModelSettings) => Worker;

/** One worker thread with one model, from its start to its end. */
export class ModelThread {
  /** What came of loading the model. */
  readonly loaded: Promise<LoadedFacts | Failure>;
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #exited: Promise<void>;
  #isClosing = false;

  constructor(settings: ModelSettings, clock: Clock, listener: ThreadListener, start: StartWorker = startWorker) {
    const { folder, dtype, device, threads, contextTokens, onnxRuntimePath } = settings;
    const workerData: ModelSettings = { folder, dtype, device, threads, contextTokens, onnxRuntimePath };
    this.#clock = clock;
    this.#worker = start(workerFile(), workerData);
    let problem: string | undefined;
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
      this.#worker.on("error", (error) => {
        problem = error instanceof Error ? error.message : String(error);
      });
      this.#worker.on("exit", (code) => {
        const why = problem === undefined ? `with code ${code}` : `: ${problem}`;
        const died = failure("fault", "worker-died", `The local model's thread ended ${why}.`);
        settle(died);
        if (!this.#isClosing) listener.died(died);
      });
    });
    this.#exited = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
  }

  send(message: ToWorker): void {
    // While an answer is being written the process must not end for want of other work.
    if (message.type === "generate") this.#worker.ref();
    this.#worker.postMessage(message);
  }

  /** Nothing is under way: the thread alone does not keep the process alive. */
  rest(): void {
    this.#worker.unref();
  }

  /** Lets the thread release its memory and end; ends it when it does not. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#worker.ref();
    this.#worker.postMessage({ type: "close" } satisfies ToWorker);
    await new Promise<void>((resolve) => {
      const impatient = this.#clock.schedule(CLOSE_PATIENCE_MS, () => void this.#worker.terminate());
      void this.#exited.then(() => {
        impatient.cancel();
        resolve();
      });
    });
  }
}

/** Starts the thread as it is. */
export function startWorker(file: URL, settings: ModelSettings): Worker {
  return new Worker(file, { workerData: settings, name: "tideover-local-model" });
}

/** The worker's own file: beside this one, in the form that this one runs in. */
function workerFile(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "../worker/worker-main.ts" : "../worker/worker-main.js", import.meta.url);
}
