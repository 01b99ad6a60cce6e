export { createLocalModelAdapter, type LocalAdapterOptions } from "./adapter/local-model-adapter.ts";
export * from "./defaults.ts";
export {
  DTYPES,
  type Dtype,
  dtypeOf,
  graphPath,
  isWeightsOf,
  OPTIONAL_FILES,
  REQUIRED_FILES,
  readDtype,
} from "./folder/model-files.ts";
export {
  createLocalModel,
  type Generation,
  type LocalModel,
  type LocalModelEvent,
  type LocalModelOptions,
} from "./host/local-model.ts";
export { type LocalModels, type LocalModelsOptions, localModels } from "./host/local-models.ts";
export { type StartWorker, startWorker } from "./host/model-process.ts";
export type { GenerationEnd, GenerationStep, PieceStream, Pieces } from "./host/piece-stream.ts";
export { availableMemory } from "./memory/available-memory.ts";
export { DEVICES, type Device, readDevice } from "./onnx/execution-providers.ts";
export { INSTALL_HINT } from "./onnx/onnx-runtime.ts";
export type { AnswerStart, ChatMessage } from "./text/chat-prompt.ts";
export type { Piece } from "./text/think-split.ts";
export type { ChatRequest, LoadedFacts, ModelSettings } from "./worker/messages.ts";
