import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { tinyModel, writeModel } from "@tideover/local-model/testing";
import { expect } from "vitest";
import { CHECKOUT } from "../pages.ts";
import type { Beside } from "./beside.ts";

const ONNX_RUNTIME = `${CHECKOUT}.tideover/onnxruntime/node_modules/onnxruntime-node`;

/** A tiny model, exported already, in place of the page's `./qwen`. */
export async function tinyModelFolder(): Promise<Beside> {
  const folder = mkdtempSync(`${tmpdir()}/tideover-docs-model-`);
  await writeModel(tinyModel(), folder);
  return {
    inPlaceOf: [
      ["./qwen", folder],
      ["tideover model bench", `TIDEOVER_ONNXRUNTIME="${ONNX_RUNTIME}" tideover model bench`],
    ],
    prove() {
      for (const format of ["q4", "int8", "fp16"]) expect(existsSync(`${folder}/onnx/model_${format}.onnx`)).toBe(true);
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
