import type { Dtype } from "../folder/model-files.ts";
import type { Device } from "../onnx/execution-providers.ts";
import type { AnswerStart, ChatMessage } from "../text/chat-prompt.ts";
import type { Piece } from "../text/think-split.ts";

/** Which model a worker loads, and how. */
export interface ModelSettings {
  readonly folder: string;
  readonly dtype: Dtype;
  readonly device: Device;
  /** Threads within one operation. */
  readonly threads: number;
  /** Prompt and answer together, in tokens. */
  readonly contextTokens: number;
  /** The folder of `onnxruntime-node`, where it is not found in the usual way. */
  readonly onnxRuntimePath?: string | undefined;
}

/** A caller's request, as far as a model can do something with it. */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  /** The beginning of the answer, which the model is to go on from. */
  readonly start?: AnswerStart | undefined;
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly seed?: number | undefined;
  readonly stop: readonly string[];
  /** The answer must be a JSON object. */
  readonly json: boolean;
}

/** What is known of a loaded model. */
export interface LoadedFacts {
  readonly device: Device;
  readonly fellBack?: string | undefined;
  readonly contextTokens: number;
  /** Reading the files and opening the session, in ms. */
  readonly loadMs: number;
  /** What the model's process takes once it is loaded, in bytes. */
  readonly memoryBytes: number;
}

/** Why a model could not be loaded. */
export type LoadReason =
  | "onnxruntime-missing"
  | "model-not-installed"
  | "model-unusable"
  | "out-of-memory"
  | "load-failed";

/** Why a loaded model cannot serve a request. */
export type RefusalReason = "context-too-long" | "prompt-refused" | "prefix-not-json";

/** To the worker. */
export type ToWorker =
  | { readonly type: "load"; readonly settings: ModelSettings }
  | { readonly type: "generate"; readonly id: number; readonly request: ChatRequest }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "close" };

/** From the worker. */
export type FromWorker =
  | { readonly type: "loaded"; readonly facts: LoadedFacts }
  | { readonly type: "not-loaded"; readonly reason: LoadReason; readonly message: string }
  | { readonly type: "accepted"; readonly id: number; readonly promptTokens: number }
  | { readonly type: "refused"; readonly id: number; readonly reason: RefusalReason; readonly message: string }
  | { readonly type: "piece"; readonly id: number; readonly piece: Piece }
  | {
      readonly type: "finished";
      readonly id: number;
      readonly finish: "stop" | "length" | "aborted";
      readonly completionTokens: number;
      /** What the process takes now, in bytes. */
      readonly memoryBytes: number;
    }
  | { readonly type: "failed"; readonly id: number; readonly message: string };
