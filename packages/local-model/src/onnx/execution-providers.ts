import type { OnnxRuntime, OnnxSession } from "./onnx-runtime.ts";

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
  /** Called before the model is opened on the CPU, whoever asked for that; throws where it does not fit there. */
  readonly beforeCpu?: (() => void) | undefined;
}

/** A session, and where it really runs. */
export interface OpenedSession {
  readonly session: OnnxSession;
  readonly device: Device;
  /** Why it runs elsewhere than was asked for. */
  readonly fellBack?: string | undefined;
}

/**
 * Opens a model where it was asked for; where that fails, at the next best place, the CPU at last, and says why.
 * @throws what ONNX Runtime throws when not even the CPU will do, and what `beforeCpu` throws
 */
export async function openSession(runtime: OnnxRuntime, path: string, options: OpenOptions): Promise<OpenedSession> {
  const { threads, beforeCpu } = options;
  const common = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // Errors only: warnings go to the process's standard error, past every log.
    logSeverityLevel: 3,
  } as const;
  const has = runtime.listSupportedBackends?.().map(({ name }) => name);
  const problems: string[] = [];
  const fellBack = () => (problems.length === 0 ? {} : { fellBack: problems.join("; ") });
  for (const device of PLACES[options.device]) {
    if (has !== undefined && !has.includes(device)) {
      problems.push(`this build of onnxruntime-node has no ${device} (it has ${has.join(", ")})`);
      continue;
    }
    try {
      const session = await runtime.InferenceSession.create(path, { ...common, executionProviders: EXECUTES[device] });
      return { session, device, ...fellBack() };
    } catch (error) {
      const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      problems.push(`${device} could not be used: ${why}`);
    }
  }
  beforeCpu?.();
  const session = await runtime.InferenceSession.create(path, { ...common, executionProviders: ["cpu"] });
  return { session, device: "cpu", ...fellBack() };
}

type Accelerator = Exclude<Device, "cpu">;

/** Where a model is tried before the CPU. A card without TensorRT's libraries is still a card. */
const PLACES: Readonly<Record<Device, readonly Accelerator[]>> = {
  cpu: [],
  cuda: ["cuda"],
  tensorrt: ["tensorrt", "cuda"],
  coreml: ["coreml"],
  dml: ["dml"],
  webgpu: ["webgpu"],
};

/**
 * Execution providers in the order of preference: what one cannot run, the next does (ONNX Runtime, Execution Providers).
 * They get no options: those of TensorRT, its cache of engines among them, onnxruntime-node does not pass on (1.30,
 * `session_options_helper.cc`: of an entry it reads the device's number alone).
 */
const EXECUTES: Readonly<Record<Accelerator, readonly string[]>> = {
  cuda: ["cuda", "cpu"],
  tensorrt: ["tensorrt", "cuda", "cpu"],
  coreml: ["coreml", "cpu"],
  dml: ["dml", "cpu"],
  webgpu: ["webgpu", "cpu"],
};
