import type { OnnxRuntime, OnnxSession, SessionOptions } from "./onnx-runtime.ts";

/** Where a model can be run, by ONNX Runtime's names. */
export const DEVICES = ["cpu", "cuda", "tensorrt", "coreml", "dml", "webgpu"] as const;

/** One of {@link DEVICES}. */
export type Device = (typeof DEVICES)[number];

/** The device that a text names. */
export function readDevice(text: string): Device | undefined {
  return DEVICES.find((device) => device === text);
}

/** How a session is opened. */
export interface OpenOptions {
  readonly device: Device;
  /** Threads within one operation. */
  readonly threads: number;
  /** Where TensorRT keeps its engines, which take minutes to build. */
  readonly engineCache: string;
}

/** A session, and where it really runs. */
export interface OpenedSession {
  readonly session: OnnxSession;
  readonly device: Device;
  /** Why it runs on the CPU though something else was asked for. */
  readonly fellBack?: string | undefined;
}

/**
 * Opens a model where it was asked for; where that fails, on the CPU, and says so.
 * @throws what ONNX Runtime throws when not even the CPU will do
 */
export async function openSession(runtime: OnnxRuntime, path: string, options: OpenOptions): Promise<OpenedSession> {
  const { device, threads } = options;
  const common = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // Errors only: warnings go to the process's standard error, past every log.
    logSeverityLevel: 3,
  } as const;
  const open = (executionProviders: SessionOptions["executionProviders"]) =>
    runtime.InferenceSession.create(path, { ...common, executionProviders });
  if (device === "cpu") return { session: await open(["cpu"]), device };
  const known = runtime.listSupportedBackends?.().map(({ name }) => name);
  if (known !== undefined && !known.includes(device)) {
    const fellBack = `this build of onnxruntime-node has no ${device} (it has ${known.join(", ")})`;
    return { session: await open(["cpu"]), device: "cpu", fellBack };
  }
  try {
    return { session: await open(providersFor(options)), device };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return { session: await open(["cpu"]), device: "cpu", fellBack: `${device} could not be used: ${why}` };
  }
}

/** In the order of preference; what one cannot run, the next does (ONNX Runtime, Execution Providers). */
function providersFor({ device, engineCache }: OpenOptions): SessionOptions["executionProviders"] {
  if (device !== "tensorrt") return [device, "cpu"];
  const engine = { trt_engine_cache_enable: true, trt_engine_cache_path: engineCache };
  return [{ name: "tensorrt", ...engine }, "cuda", "cpu"];
}
