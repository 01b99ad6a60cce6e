/**
 * The worker thread of a local model: loads one model and writes one answer at a time. It ends when it is told to, or
 * when the model cannot be loaded.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { prepareRequest } from "./answer-request.ts";
import { LoadError, type LoadedModel, loadModel } from "./load-model.ts";
import type { FromWorker, ModelSettings, ToWorker } from "./messages.ts";
import { yieldToOthers } from "./thread-priority.ts";

/** What one worker has under way. */
class ModelThread {
  readonly #port: MessagePort;
  readonly #loaded: LoadedModel;
  /** The answer being written, and whether it is still wanted. */
  #running: { readonly id: number; aborted: boolean } | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(port: MessagePort, loaded: LoadedModel) {
    this.#port = port;
    this.#loaded = loaded;
  }

  async take(message: ToWorker): Promise<void> {
    switch (message.type) {
      case "generate":
        this.#done = this.#answer(message.id, message.request);
        return await this.#done;
      case "abort":
        if (this.#running?.id === message.id) this.#running.aborted = true;
        return;
      case "close":
        if (this.#running !== undefined) this.#running.aborted = true;
        // A session must not be released while the model runs.
        await this.#done;
        await this.#loaded.release();
        this.#port.close();
    }
  }

  async #answer(id: number, request: (ToWorker & { type: "generate" })["request"]): Promise<void> {
    const say = (message: FromWorker) => this.#port.postMessage(message);
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
      say({ type: "finished", id, ...end });
    } catch (error) {
      say({ type: "failed", id, message: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#running = undefined;
    }
  }
}

async function main(port: MessagePort, settings: ModelSettings): Promise<void> {
  const say = (message: FromWorker) => port.postMessage(message);
  // Before ONNX Runtime starts threads of its own, which inherit it.
  yieldToOthers();
  try {
    const loaded = await loadModel(settings);
    const thread = new ModelThread(port, loaded);
    port.on("message", (message: ToWorker) => void thread.take(message));
    say({ type: "loaded", facts: loaded.facts });
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    say({ type: "not-loaded", reason: error.reason, message: error.message });
    port.close();
  }
}

if (parentPort !== null) await main(parentPort, workerData as ModelSettings);
