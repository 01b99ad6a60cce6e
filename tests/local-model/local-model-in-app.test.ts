import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localModels } from "@tideover/local-model";
import { findOnnxRuntime, tinyModel, writeModel } from "@tideover/local-model/testing";
import { answer, createTideover, TideoverError } from "tideover";
import type { JsonObject } from "tideover/engine";
import { afterAll, beforeAll, expect, test } from "vitest";

const onnxRuntimePath = findOnnxRuntime(process);
const messages = [{ role: "user", content: "How high is the tide?" }];
let models: string;
beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), "tideover-app-"));
  await writeModel(tinyModel({ seed: 3 }), join(models, "tideover", "tiny"));
});
afterAll(() => rm(models, { recursive: true }));

const config = (model: string) => ({
  providers: {
    gone: { preset: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1" },
    tiny: { preset: "onnx", model, dtype: "fp32", inProcess: { threads: 1, contextTokens: 512 } } as const,
  },
  routes: [
    { model: "alone", ladder: ["tiny"] },
    { model: "*", retry: "off" as const, ladder: ["gone", "tiny", answer(() => "Later.")] },
  ],
});

test.skipIf(onnxRuntimePath === undefined)("an application answers from a model on this machine", async () => {
  const happened: string[] = [];
  const local = localModels({
    folder: models,
    onnxRuntimePath,
    onEvent: ({ type }, provider) => happened.push(`${provider} ${type}`),
  });
  try {
    const tideover = createTideover(config("tideover/tiny"), { findAdapter: local.findAdapter });
    let text = "";
    let last: JsonObject = {};
    for await (const chunk of tideover.chat({ model: "any", messages, max_tokens: 8, temperature: 0 })) {
      const [choice] = chunk.choices as [{ delta: { content?: string } }?];
      text += choice?.delta.content ?? "";
      last = chunk;
    }
    expect(text.length).toBeGreaterThan(0);
    expect(last.tideover).toMatchObject({ rung: "local", provider: "tiny", model: "tideover/tiny", degraded: true });
    expect(happened).toEqual(["tiny model-loaded"]);
  } finally {
    await local.close();
  }
});

test("without it the next rung answers, and where there is none the error says what is missing", async () => {
  const without = createTideover(config("tideover/tiny"));
  let text = "";
  for await (const chunk of without.chat({ model: "any", messages })) {
    text += (chunk.choices as [{ delta: { content?: string } }?])[0]?.delta.content ?? "";
  }
  expect(text).toBe("Later.");
  const failing = without.chat({ model: "alone", messages }).next();
  const error = await failing.catch((thrown: unknown) => thrown);
  expect(TideoverError.isInstance(error)).toBe(true);
  expect((error as Error).message).toContain("findAdapter");
});

test("a model whose place nobody knows is named", async () => {
  const local = localModels();
  const tideover = createTideover(config("tideover/tiny"), { findAdapter: local.findAdapter });
  await expect(tideover.chat({ messages }).next()).rejects.toThrow(/localModels\(\{ folder \}\), or a path/);
});
