import { mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tinyModel, writeModel } from "../testing/index.ts";
import { DTYPES, dtypeOf, graphPath } from "./model-files.ts";
import { readModelFolder } from "./read-model-folder.ts";

const model = tinyModel();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-model-"));
  await writeModel(model, folder);
});
afterEach(() => rm(folder, { recursive: true }));

const change = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));

test("a folder in the hub's layout is read", async () => {
  const read = await readModelFolder(folder, "fp32");
  expect(read).toMatchObject({
    weightBytes: model.files.get("onnx/model.onnx")?.length,
    shape: { layers: 3, keyValueHeads: 2, headSize: 16, maxPositions: 512, architecture: "qwen2" },
    sampling: { temperature: 0 },
    endTokens: [model.tokenizer.idOf("<|im_end|>"), model.tokenizer.idOf("<|endoftext|>")],
  });
  expect(read.chatTemplate).toContain("im_start");
});

test("weights in files of their own count", async () => {
  await writeFile(join(folder, "onnx/model.onnx_data"), new Uint8Array(1_000));
  const alone = model.files.get("onnx/model.onnx")?.length ?? 0;
  expect((await readModelFolder(folder, "fp32")).weightBytes).toBe(alone + 1_000);
});

test("a template beside the tokenizer comes before the one in it; of several in it the default", async () => {
  const config = {
    chat_template: [
      { name: "tool_use", template: "tools" },
      { name: "default", template: "usual" },
    ],
  };
  await change("tokenizer_config.json", config);
  expect((await readModelFolder(folder, "fp32")).chatTemplate).toBe("usual");
  await writeFile(join(folder, "chat_template.jinja"), "own");
  expect((await readModelFolder(folder, "fp32")).chatTemplate).toBe("own");
});

test("what is missing is named, with what is there", async () => {
  await unlink(join(folder, "tokenizer.json"));
  await expect(readModelFolder(folder, "q4")).rejects.toMatchObject({
    reason: "model-not-installed",
    message: expect.stringMatching(/lacks tokenizer\.json, onnx\/model_q4\.onnx\. .*it has: fp32\..*model pull/),
  });
  await expect(readModelFolder(join(folder, "none"), "q4")).rejects.toMatchObject({ reason: "model-not-installed" });
});

test("what cannot be used is named", async () => {
  await change("tokenizer_config.json", {});
  await expect(readModelFolder(folder, "fp32")).rejects.toThrow(/no chat template/);
  await writeFile(join(folder, "config.json"), "{ broken");
  await expect(readModelFolder(folder, "fp32")).rejects.toThrow(/config\.json cannot be read: .*model verify/);
  await change("config.json", { model_type: "bert" });
  await expect(readModelFolder(folder, "fp32")).rejects.toThrow(/is not a decoder's: it must say num_hidden_layers/);
});

test("each format has its file, and each file its format", () => {
  for (const dtype of DTYPES) expect(dtypeOf(graphPath(dtype))).toBe(dtype);
  expect(dtypeOf("onnx/encoder_model.onnx")).toBeUndefined();
});
