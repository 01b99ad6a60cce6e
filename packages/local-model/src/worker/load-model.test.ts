import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findOnnxRuntime, tinyModel, writeModel } from "../testing/index.ts";
import { loadModel } from "./load-model.ts";

const onnxRuntimePath = findOnnxRuntime(process);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-load-"));
  await writeModel(tinyModel(), folder);
});
afterAll(() => rm(folder, { recursive: true }));

test.skipIf(onnxRuntimePath === undefined)(
  "a model that does not fit into memory is refused before it is read",
  async () => {
    const settings = { folder, dtype: "fp32", device: "cpu", threads: 1, contextTokens: 512, onnxRuntimePath } as const;
    // The same where it was meant for a card that is not there.
    const meantForCard = loadModel({ ...settings, device: "dml" }, () => 100 * 1_024 * 1_024);
    await expect(meantForCard).rejects.toMatchObject({ reason: "out-of-memory" });
    await expect(loadModel(settings, () => 100 * 1_024 * 1_024)).rejects.toMatchObject({
      reason: "out-of-memory",
      message: expect.stringMatching(/needs about \d+ MiB .* and 0 MiB are left/),
    });
    const loaded = await loadModel(settings, () => 1_024 ** 3);
    expect(loaded.facts.contextTokens).toBe(512);
    await loaded.release();
  },
);
