/**
 * Writes the tiny model of the tests into a folder: a Qwen2 with seeded weights and nothing learned, to try the local
 * rung without a download. Usage: `npm run local-model:tiny -- FOLDER [--seed 1] [--thinking]`.
 */
import { parseArgs } from "node:util";
import { tinyModel, writeModel } from "@tideover/local-model/testing";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string", default: "1" }, thinking: { type: "boolean", default: false } },
});
const [folder] = positionals;
const seed = Number(values.seed);
if (folder === undefined || !Number.isInteger(seed)) {
  process.stderr.write("Usage: npm run local-model:tiny -- FOLDER [--seed 1] [--thinking]\n");
  process.exitCode = 2;
} else {
  await writeModel(tinyModel({ seed, thinking: values.thinking }), folder);
  process.stdout.write(`Wrote a tiny model into ${folder}; its number format is fp32.\n`);
}
