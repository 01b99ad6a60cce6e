import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "@tideover/gateway";
import { findOnnxRuntime, tinyModel, writeModel } from "@tideover/local-model/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, chat } from "../harness/ask.ts";
import { stage } from "../harness/stage.ts";

/*
 * A model that is in memory before anyone asks, and leaves it again when nobody does.
 */

const onnxRuntimePath = findOnnxRuntime(process);
/** How long a test waits for a model to be loaded; a busy machine is slow. */
const PATIENCE = { timeout: 20_000 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-warm-"));
  await writeModel(tinyModel({ seed: 3 }), folder);
});
afterAll(() => rm(folder, { recursive: true }));

async function started(inProcess: { warm: boolean; unloadAfter?: string }) {
  const told: string[] = [];
  const write = (line: string) => void told.push((JSON.parse(line) as { event: string }).event);
  const on = await stage({
    upstreams: {},
    providers: {
      tiny: {
        preset: "onnx",
        model: folder,
        dtype: "fp32",
        inProcess: { threads: 1, contextTokens: 512, ...inProcess },
      },
    },
    routes: [{ model: "*", firstToken: "15s", ladder: ["tiny"] }],
    log: createLog({ destination: { write } }),
    models: { ...(onnxRuntimePath === undefined ? {} : { onnxRuntimePath }) },
  });
  return { on, models: () => told.filter((event) => event?.startsWith("model-")) };
}

test.skipIf(onnxRuntimePath === undefined)(
  "is loaded in the background, leaves memory when nobody asks, and comes back when someone does",
  async () => {
    const { on, models } = await started({ warm: true, unloadAfter: "300ms" });
    await using _ = on;
    // The gateway answers at once: nobody waits for the model.
    expect((await fetch(`${on.url}/readyz`)).status).toBe(200);
    await expect.poll(models, PATIENCE).toEqual(["model-loaded", "model-unloaded"]);
    expect((await ask(on.url, chat("any", { max_tokens: 4, temperature: 0 }))).status).toBe(200);
    expect(models().slice(0, 3)).toEqual(["model-loaded", "model-unloaded", "model-loaded"]);
  },
);

test.skipIf(onnxRuntimePath === undefined)("is used by the first call without being loaded again", async () => {
  const { on, models } = await started({ warm: true });
  await using _ = on;
  await expect.poll(models, PATIENCE).toEqual(["model-loaded"]);
  expect((await ask(on.url, chat("any", { max_tokens: 4, temperature: 0 }))).status).toBe(200);
  expect(models()).toEqual(["model-loaded"]);
});

test.skipIf(onnxRuntimePath === undefined)("is not loaded before the first call unless it is to be warm", async () => {
  const { on, models } = await started({ warm: false });
  await using _ = on;
  expect((await fetch(`${on.url}/readyz`)).status).toBe(200);
  expect(models()).toEqual([]);
  expect((await ask(on.url, chat("any", { max_tokens: 4, temperature: 0 }))).status).toBe(200);
  expect(models()).toEqual(["model-loaded"]);
});
