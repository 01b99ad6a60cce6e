/**
 * The process of a local model: loads one model and writes one answer at a time. It ends when it is told to, when the model
 * cannot be loaded, and when the process that started it is gone.
 */
import { prepareRequest } from "./answer-request.ts";
import { LoadError, type LoadedModel, loadModel } from "./load-model.ts";
import type { FromWorker, ModelSettings, ToWorker } from "./messages.ts";
import { yieldToOthers } from "./process-priority.ts";

/** What one worker has under way. */
class ModelWorker {
  readonly #loaded: LoadedModel;
  /** The answer being written, and whether it is still wanted. */
  #running: { readonly id: number; aborted: boolean } | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(loaded: LoadedModel) {
    this.#loaded = loaded;
  }

  generate(id: number, request: (ToWorker & { type: "generate" })["request"]): void {
    this.#done = this.#answer(id, request);
  }

  abort(id: number): void {
    if (this.#running?.id === id) this.#running.aborted = true;
  }

  async close(): Promise<void> {
    if (this.#running !== undefined) this.#running.aborted = true;
    // A session must not be released while the model runs.
    await this.#done;
    await this.#loaded.release();
  }

  async #answer(id: number, request: (ToWorker & { type: "generate" })["request"]): Promise<void> {
    const running = { id, aborted: false };
    this.#running = running;
    try {
      const prepared = prepareRequest(this.#loaded, request);
      if (prepared.type === "refusal") {
        return say({ type: "refused", id, reason: prepared.reason, message: prepared.message });
      }
      say({ type: "accepted", id, promptTokens: prepared.promptTokens });
      const end = await prepared.run(
        () => running.aborted,
        (piece) => say({ type: "piece", id, piece }),
      );
      say({ type: "finished", id, ...end, memoryBytes: process.memoryUsage.rss() });
    } catch (error) {
      say({ type: "failed", id, message: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#running = undefined;
    }
  }
}

function say(message: FromWorker): void {
  // A message that finds nobody is no fault: the process ends with its channel.
  process.send?.(message, undefined, undefined, () => undefined);
}

async function load(settings: ModelSettings): Promise<ModelWorker> {
  try {
    const loaded = await loadModel(settings);
    say({ type: "loaded", facts: { ...loaded.facts, memoryBytes: process.memoryUsage.rss() } });
    return new ModelWorker(loaded);
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    process.send?.({ type: "not-loaded", reason: error.reason, message: error.message } satisfies FromWorker, () =>
      process.exit(0),
    );
    return new Promise(() => undefined);
  }
}

function main(): void {
  // Before ONNX Runtime starts threads, which inherit it.
  const yielding = yieldToOthers();
  // A terminal or a service manager tells every process of the group. The one that started this one decides: it may still
  // have an answer to finish.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  process.on("disconnect", () => process.exit(0));
  let worker: Promise<ModelWorker> | undefined;
  process.on("message", (message: ToWorker) => {
    switch (message.type) {
      case "load":
        worker ??= yielding.then(() => load(message.settings));
        return;
      case "generate":
        void worker?.then((loaded) => loaded.generate(message.id, message.request));
        return;
      case "abort":
        void worker?.then((loaded) => loaded.abort(message.id));
        return;
      case "close":
        void worker?.then((loaded) => loaded.close()).finally(() => process.exit(0));
    }
  });
}

if (process.send !== undefined) main();
