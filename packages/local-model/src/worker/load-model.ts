import type { Decoder } from "../decoding/decoder.ts";
import { type ModelFolder, ModelFolderError, readModelFolder } from "../folder/read-model-folder.ts";
import { availableMemory } from "../memory/available-memory.ts";
import { memoryNeed, refusalForMemory } from "../memory/memory-need.ts";
import { openSession } from "../onnx/execution-providers.ts";
import { onnxDecoder, UnknownGraph } from "../onnx/onnx-decoder.ts";
import { loadOnnxRuntime, OnnxRuntimeMissing } from "../onnx/onnx-runtime.ts";
import { type ChatRenderer, chatRenderer } from "../text/chat-prompt.ts";
import { type TextCodec, textCodec } from "../text/text-codec.ts";
import type { LoadedFacts, LoadReason, ModelSettings } from "./messages.ts";

/** A model that is ready to write. */
export interface LoadedModel {
  readonly facts: Omit<LoadedFacts, "memoryBytes">;
  readonly model: ModelFolder;
  readonly decoder: Decoder;
  readonly codec: TextCodec;
  readonly renderer: ChatRenderer;
  release(): Promise<void>;
}

/** A model that could not be loaded. */
export class LoadError extends Error {
  override readonly name = "LoadError";
  readonly reason: LoadReason;

  constructor(reason: LoadReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Reads a model's folder, makes sure that it fits into memory, and opens it.
 * @param available memory that is left, in bytes
 * @throws LoadError when any of that fails
 */
export async function loadModel(
  settings: ModelSettings,
  available: () => number = availableMemory,
): Promise<LoadedModel> {
  const startedAt = performance.now();
  try {
    const runtime = loadOnnxRuntime(settings.onnxRuntimePath);
    const model = await readModelFolder(settings.folder, settings.dtype);
    const contextTokens = Math.min(settings.contextTokens, model.shape.maxPositions);
    // A model that was meant for a card may end up here, too.
    const beforeCpu = () => refuseTooLarge(model, contextTokens, available());
    const opened = await openSession(runtime, model.graph, { ...settings, beforeCpu });
    const { session, device, fellBack } = opened;
    const decoder = onnxDecoder(runtime, session, model.shape);
    const codec = textCodec(model.tokenizer, model.tokenizerConfig);
    const renderer = chatRenderer(model.chatTemplate, model.tokenizerConfig);
    const facts = { device, fellBack, contextTokens, loadMs: performance.now() - startedAt };
    return { facts, model, decoder, codec, renderer, release: () => session.release() };
  } catch (error) {
    throw asLoadError(error);
  }
}

function refuseTooLarge(model: ModelFolder, contextTokens: number, available: number): void {
  const need = memoryNeed(model.weightBytes, model.shape, model.dtype, contextTokens);
  const refusal = refusalForMemory(need, available);
  if (refusal !== undefined) throw new LoadError("out-of-memory", refusal);
}

function asLoadError(error: unknown): LoadError {
  if (error instanceof LoadError) return error;
  if (error instanceof OnnxRuntimeMissing) return new LoadError("onnxruntime-missing", error.message);
  if (error instanceof ModelFolderError) return new LoadError(error.reason, error.message);
  if (error instanceof UnknownGraph) return new LoadError("model-unusable", error.message);
  const why = error instanceof Error ? error.message : String(error);
  return new LoadError("load-failed", `The model cannot be opened: ${why}`);
}
