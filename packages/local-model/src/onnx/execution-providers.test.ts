import { describe, expect, test } from "vitest";
import { DEVICES, openSession } from "./execution-providers.ts";
import type { OnnxRuntime, OnnxSession, SessionOptions } from "./onnx-runtime.ts";

const session: OnnxSession = {
  inputNames: [],
  outputNames: [],
  run: () => Promise.resolve({}),
  release: () => Promise.resolve(),
};

/** A build with these execution providers, on a machine where the first of a session's cannot be among `broken`. */
function machine(has: readonly string[] | undefined, broken: readonly string[] = []) {
  const tried: string[] = [];
  const create = (_: string, { executionProviders }: SessionOptions) => {
    tried.push(executionProviders.join(" > "));
    const [first = ""] = executionProviders;
    if (broken.includes(first)) return Promise.reject(new Error(`Failed to load lib${first}.so\nand a stack`));
    return Promise.resolve(session);
  };
  class Tensor {
    readonly type = "none";
    readonly dims = [];
    readonly data = [];
  }
  const runtime: OnnxRuntime = {
    Tensor,
    InferenceSession: { create },
    env: {},
    ...(has === undefined ? {} : { listSupportedBackends: () => has.map((name) => ({ name, bundled: true })) }),
  };
  return { runtime, tried };
}

const open = (runtime: OnnxRuntime, device: (typeof DEVICES)[number], beforeCpu?: () => void) =>
  openSession(runtime, "model.onnx", { device, threads: 1, beforeCpu });

describe("each device", () => {
  test.each(DEVICES)("%s is used where it is there, and the CPU for what it cannot run", async (device) => {
    const { runtime, tried } = machine(DEVICES);
    expect(await open(runtime, device)).toEqual({ session, device });
    expect(tried).toHaveLength(1);
    expect(tried[0]).toMatch(new RegExp(`^${device}( > .*)?`));
    expect(tried[0]).toMatch(/cpu$/);
  });

  test.each(DEVICES.filter((device) => device !== "cpu"))(
    "%s falls back to the CPU where it cannot be used, and says why",
    async (device) => {
      const broken = machine(undefined, [device, "cuda"]);
      const opened = await open(broken.runtime, device);
      expect(opened.device).toBe("cpu");
      expect(opened.fellBack).toMatch(
        new RegExp(`^${device} could not be used: Failed to load lib${device}\\.so(;|$)`),
      );
      expect(broken.tried.at(-1)).toBe("cpu");
      const absent = await open(machine(["cpu"]).runtime, device);
      expect(absent.device).toBe("cpu");
      expect(absent.fellBack).toMatch(new RegExp(`^this build of onnxruntime-node has no ${device} \\(it has cpu\\)`));
    },
  );
});

test("a card without TensorRT is still a card", async () => {
  const { runtime, tried } = machine(DEVICES, ["tensorrt"]);
  const opened = await open(runtime, "tensorrt");
  expect([opened.device, opened.fellBack]).toEqual([
    "cuda",
    "tensorrt could not be used: Failed to load libtensorrt.so",
  ]);
  expect(tried).toEqual(["tensorrt > cuda > cpu", "cuda > cpu"]);
});

test("nothing is opened on the CPU that does not fit there", async () => {
  const refuse = () => {
    throw new RangeError("Too large.");
  };
  const { runtime, tried } = machine(DEVICES, ["cuda"]);
  await expect(open(runtime, "cuda", refuse)).rejects.toThrow("Too large.");
  expect(tried).toEqual(["cuda > cpu"]);
  expect((await open(machine(DEVICES).runtime, "cuda", refuse)).device).toBe("cuda");
});
