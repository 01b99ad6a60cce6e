import type { Clock, Failure } from "tideover/engine";
import { failure, failureOf } from "tideover/engine";
import { QUEUE_CAPACITY, RELOAD_PAUSE_MS, UNLOAD_AFTER_MS } from "../defaults.ts";
import type { ChatRequest, FromWorker, LoadedFacts, ModelSettings } from "../worker/messages.ts";
import { ModelProcess, type StartWorker, startWorker, type WorkerListener } from "./model-process.ts";
import { PieceStream } from "./piece-stream.ts";

/** How a local model is kept. */
export interface LocalModelOptions extends ModelSettings {
  readonly clock: Clock;
  /** Calls that may wait while one is being answered. Default {@link QUEUE_CAPACITY}. */
  readonly queueCapacity?: number | undefined;
  /** An unused model leaves memory after this time, in ms. Default {@link UNLOAD_AFTER_MS}. */
  readonly unloadAfterMs?: number | undefined;
  /** Starts the worker process. Default: as it is. */
  readonly startWorker?: StartWorker | undefined;
  /** Is told what happens to the model. */
  readonly onEvent?: ((event: LocalModelEvent) => void) | undefined;
}

/** What happens to a local model, for logs. */
export type LocalModelEvent =
  | { readonly type: "model-loaded"; readonly facts: LoadedFacts }
  | { readonly type: "model-not-loaded"; readonly reason: string; readonly message: string }
  | { readonly type: "model-unloaded"; readonly why: "idle" | "closed" }
  | { readonly type: "worker-died"; readonly message: string };

/** An answer that is being written. */
export interface Generation {
  readonly type: "generation";
  readonly promptTokens: number;
  readonly stream: PieceStream;
}

/** A model in a process of its own: loaded on first use, one answer at a time, the others in a queue. */
export interface LocalModel {
  /** Asks for an answer; resolves when the model has taken the request. Never rejects. */
  generate(request: ChatRequest, signal: AbortSignal): Promise<Generation | Failure>;
  /** Loads the model before anyone asks. */
  warm(): Promise<LoadedFacts | Failure>;
  /** Calls that are being answered or wait. */
  readonly pending: number;
  /** What the model's process was last seen to take, in bytes; 0 before it was loaded. */
  readonly memoryBytes: number;
  /** Ends the worker; open answers fail. A later call starts it again. */
  close(): Promise<void>;
}

/** A call that waits or is being answered. */
interface Job {
  readonly id: number;
  readonly request: ChatRequest;
  readonly stream: PieceStream;
  readonly resolve: (outcome: Generation | Failure) => void;
  /** Stops listening to the caller's signal. */
  readonly forget: () => void;
  /** The worker has it, so the worker says when it has ended. */
  sent: boolean;
}

/** Makes a local model. Nothing is loaded yet. */
export function createLocalModel(options: LocalModelOptions): LocalModel {
  return new WorkerModel(options);
}

class WorkerModel implements LocalModel {
  readonly #options: LocalModelOptions;
  readonly #waiting: Job[] = [];
  #running: Job | undefined;
  #process: ModelProcess | undefined;
  /** The last failure to load, which holds for a while. */
  #unloadable: { readonly failure: Failure; readonly until: number } | undefined;
  #idle: { cancel(): void } | undefined;
  #lastId = 0;
  #memoryBytes = 0;

  constructor(options: LocalModelOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#waiting.length + (this.#running === undefined ? 0 : 1);
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  generate(request: ChatRequest, signal: AbortSignal): Promise<Generation | Failure> {
    if (signal.aborted) return Promise.resolve(failureOf(signal));
    const { queueCapacity = QUEUE_CAPACITY } = this.#options;
    if (this.#running !== undefined && this.#waiting.length >= queueCapacity) {
      const message = `The local model answers one call at a time, and ${queueCapacity} wait already.`;
      return Promise.resolve(failure("rejected", "queue-full", message));
    }
    return new Promise((resolve) => {
      const id = ++this.#lastId;
      const onAbort = () => this.#giveUp(id, failureOf(signal));
      signal.addEventListener("abort", onAbort, { once: true });
      const forget = () => signal.removeEventListener("abort", onAbort);
      const stream = new PieceStream(() => this.#giveUp(id, undefined));
      this.#waiting.push({ id, request, stream, resolve, forget, sent: false });
      this.#next();
    });
  }

  async warm(): Promise<LoadedFacts | Failure> {
    const loaded = await this.#load();
    if (this.pending === 0) this.#restSoon();
    return loaded;
  }

  async close(): Promise<void> {
    this.#idle?.cancel();
    const closing = failure("fault", "model-closed", "The local model was closed.");
    for (const job of this.#waiting.splice(0)) this.#settle(job, closing);
    await this.#unload("closed", closing);
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) {
      this.#restSoon();
      return;
    }
    this.#running = job;
    this.#idle?.cancel();
    void this.#begin(job);
  }

  async #begin(job: Job): Promise<void> {
    const loaded = await this.#load();
    // Given up while the model was loading.
    if (this.#running !== job) return;
    if ("type" in loaded) {
      this.#finish(job, loaded);
      return;
    }
    job.sent = true;
    this.#process?.send({ type: "generate", id: job.id, request: job.request });
  }

  /** Loads the model, if it is not loaded. */
  async #load(): Promise<LoadedFacts | Failure> {
    const { clock, startWorker: start = startWorker } = this.#options;
    if (this.#process !== undefined) return await this.#process.loaded;
    if (this.#unloadable !== undefined && clock.now() < this.#unloadable.until) return this.#unloadable.failure;
    const listener: WorkerListener = {
      message: (message) => this.#hear(worker, message),
      died: (died) => this.#died(worker, died),
    };
    const worker = new ModelProcess(this.#options, clock, listener, start);
    this.#process = worker;
    const loaded = await worker.loaded;
    if ("type" in loaded) {
      this.#unloadable = { failure: loaded, until: clock.now() + RELOAD_PAUSE_MS };
      if (this.#process === worker) this.#process = undefined;
      this.#options.onEvent?.({ type: "model-not-loaded", reason: loaded.reason, message: loaded.message });
    } else {
      this.#unloadable = undefined;
      this.#memoryBytes = loaded.memoryBytes;
      this.#options.onEvent?.({ type: "model-loaded", facts: loaded });
    }
    return loaded;
  }

  #hear(worker: ModelProcess, message: FromWorker): void {
    const job = this.#running;
    if (worker !== this.#process || job === undefined || !("id" in message) || message.id !== job.id) return;
    switch (message.type) {
      case "accepted":
        job.resolve({ type: "generation", promptTokens: message.promptTokens, stream: job.stream });
        job.forget();
        return;
      case "refused":
        this.#finish(job, failure("incompatible", message.reason, message.message));
        return;
      case "piece":
        job.stream.push(message.piece);
        return;
      case "finished":
        this.#memoryBytes = message.memoryBytes;
        this.#finish(job, endOf(message));
        return;
      case "failed":
        this.#finish(job, failure("fault", "generation-failed", `The local model failed: ${message.message}`));
        return;
    }
  }

  #died(worker: ModelProcess, died: Failure): void {
    if (worker !== this.#process) return;
    this.#process = undefined;
    this.#options.onEvent?.({ type: "worker-died", message: died.message });
    if (this.#running !== undefined) this.#finish(this.#running, died);
  }

  /** The running job has ended, one way or the other. */
  #finish(job: Job, ending: Failure | Parameters<PieceStream["end"]>[0]): void {
    if (this.#running === job) this.#running = undefined;
    this.#settle(job, ending);
    this.#next();
  }

  #settle(job: Job, ending: Parameters<PieceStream["end"]>[0]): void {
    job.forget();
    job.stream.end(ending);
    // Does nothing where the job was accepted before.
    if (ending.type === "failure") job.resolve(ending);
  }

  /**
   * Nobody wants the answer any more. A waiting job just goes; a running one ends in the worker after the token that is
   * being made, and the next begins then.
   */
  #giveUp(id: number, reason: Failure | undefined): void {
    const at = this.#waiting.findIndex((job) => job.id === id);
    const [waiting] = at < 0 ? [] : this.#waiting.splice(at, 1);
    const why = reason ?? failure("cancelled", "unwanted", "The answer was not wanted any more.");
    if (waiting !== undefined) {
      this.#settle(waiting, why);
      return;
    }
    const job = this.#running;
    if (job?.id !== id) return;
    job.stream.end(why);
    job.resolve(why);
    job.forget();
    if (job.sent) this.#process?.send({ type: "abort", id });
    else this.#finish(job, why);
  }

  #restSoon(): void {
    if (this.#process === undefined) return;
    this.#process.rest();
    this.#idle?.cancel();
    const { clock, unloadAfterMs = UNLOAD_AFTER_MS } = this.#options;
    const timer = clock.schedule(unloadAfterMs, () => {
      const idle = failure("fault", "model-unloaded", "The local model was unloaded.");
      if (this.pending === 0) void this.#unload("idle", idle);
    });
    this.#idle = timer;
  }

  async #unload(why: "idle" | "closed", reason: Failure): Promise<void> {
    const worker = this.#process;
    this.#process = undefined;
    if (this.#running !== undefined) this.#finish(this.#running, reason);
    if (worker === undefined) return;
    this.#options.onEvent?.({ type: "model-unloaded", why });
    await worker.close();
  }
}

function endOf(message: FromWorker & { type: "finished" }): Parameters<PieceStream["end"]>[0] {
  const { finish, completionTokens } = message;
  if (finish === "aborted") return failure("cancelled", "unwanted", "The answer was not wanted any more.");
  return { type: "end", finish, completionTokens };
}
