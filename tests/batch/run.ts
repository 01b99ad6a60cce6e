/**
 * Runs batches through OpenAI's client at a real gateway before the simulated provider (one is killed half-way, one
 * cancelled, one expires) and prints what became of every request and how much memory the gateway took.
 *
 *     npm run batch-acceptance -- --lines 50000
 *
 * Exit code 1 when a promise does not hold. Leaves nothing.
 */
import { parseArgs } from "node:util";
import { brokenBatchPromises, measureBatch } from "./measure-batch.ts";

const { values } = parseArgs({
  options: { lines: { type: "string", default: "50000" }, concurrency: { type: "string", default: "64" } },
});
const lines = Number(values.lines);
const measured = await measureBatch({
  lines,
  concurrency: Number(values.concurrency),
  patienceMs: 3_600_000,
  say: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(measured, undefined, 2)}\n`);
const broken = brokenBatchPromises(measured, lines);
for (const promise of broken) process.stderr.write(`Broken: ${promise}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
