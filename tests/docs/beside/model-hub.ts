import { tinyModel } from "@tideover/local-model/testing";
import { expect } from "vitest";
import { DEFAULT_MODEL } from "../../../packages/gateway/src/models/defaults.ts";
import { startHub } from "../../../packages/gateway/src/models/testing/hub-server.ts";
import type { Beside } from "./beside.ts";

const WHOLE = "onnx/model.onnx";
const FOUR_BITS = "onnx/model_q4.onnx";

/**
 * A hub that offers a tiny model under the name of the one that is fetched unless another is named.
 * @param first a text of the block before which nothing is fetched yet
 */
export async function modelHub(first: string): Promise<Beside> {
  const files = new Map(tinyModel().files);
  const weights = files.get(WHOLE);
  if (weights === undefined) throw new Error(`The tiny model has no ${WHOLE}.`);
  files.set(FOUR_BITS, weights);
  const hub = await startHub(DEFAULT_MODEL, files);
  const settings = [
    `export HF_ENDPOINT=${hub.url} TIDEOVER_MODELS="$PWD/models"`,
    // What the page installs lies beside Tideover; here Tideover is the checkout.
    'export TIDEOVER_ONNXRUNTIME="$PWD/node_modules/onnxruntime-node"',
  ];
  return {
    inPlaceOf: [[first, `${settings.join("\n")}\n${first}`]],
    prove() {
      const fetched = hub.requests.map(({ path }) => decodeURIComponent(path));
      expect(fetched.some((path) => path.endsWith(FOUR_BITS))).toBe(true);
      expect(fetched.some((path) => path.endsWith(WHOLE))).toBe(false);
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}
