import { createRequire } from "node:module";

/** The numbers of a tensor as ONNX Runtime hands them out. */
export type TensorData = Float32Array | Uint16Array | BigInt64Array | Uint8Array | ArrayLike<number>;

/** A tensor of ONNX Runtime, as far as it is used here. */
export interface OnnxTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: TensorData;
  /** Where the numbers lie. */
  readonly location?: string;
}

/** What a model says of one of its inputs. */
export interface InputMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** A loaded model. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata?: readonly InputMetadata[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

/** Options of a session (ONNX Runtime, `InferenceSession.SessionOptions`). */
export interface SessionOptions {
  readonly executionProviders: readonly string[];
  readonly intraOpNumThreads: number;
  readonly interOpNumThreads: number;
  readonly executionMode: "sequential";
  readonly logSeverityLevel: number;
}

/** The part of `onnxruntime-node` that is used. It is an optional peer, so its own types are not at hand. */
export interface OnnxRuntime {
  readonly Tensor: new (type: string, data: TensorData, dims: readonly number[]) => OnnxTensor;
  readonly InferenceSession: { create(path: string, options: SessionOptions): Promise<OnnxSession> };
  readonly env: { logLevel?: string };
  /** The execution providers that this build has. */
  listSupportedBackends?(): readonly { readonly name: string; readonly bundled: boolean }[];
}

/** ONNX Runtime is not installed, or not for this machine; the message says what to do. */
export class OnnxRuntimeMissing extends Error {
  override readonly name = "OnnxRuntimeMissing";
}

/** What a person has to run to get it. */
export const INSTALL_HINT = "npm install onnxruntime-node";

/**
 * Loads ONNX Runtime, the optional peer.
 * @param path the folder of the package, where it is not to be found in the usual way
 * @throws OnnxRuntimeMissing when it is not there or its binary does not load
 */
export function loadOnnxRuntime(path?: string): OnnxRuntime {
  const require = createRequire(import.meta.url);
  try {
    const runtime = require(path ?? "onnxruntime-node") as OnnxRuntime;
    // It writes to standard error, past every log; what goes wrong comes as an error as well.
    runtime.env.logLevel = "fatal";
    return runtime;
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    const problem = code === "MODULE_NOT_FOUND" ? "is not installed" : `cannot be loaded here (${why})`;
    throw new OnnxRuntimeMissing(
      `The package onnxruntime-node ${problem}; a local model needs it. Install it beside Tideover: \`${INSTALL_HINT}\`.`,
    );
  }
}
