/**
 * Compares what the gateway has counted with what its callers and its simulated providers have.
 *
 * `npm run sight -- [--requests 10000] [--seed 1] [--at-once 16]`. Exit code 1 when two counts differ.
 */
import { parseArgs } from "node:util";
import { runExchanges } from "./exchanges.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    "at-once": { type: "string", default: "16" },
  },
});
const startedAt = performance.now();
const agreements = await runExchanges({
  requests: Number(values.requests),
  seed: Number(values.seed),
  atOnce: Number(values["at-once"]),
});
let differ = 0;
for (const { what, here, there } of agreements) {
  if (here !== there) differ++;
  process.stdout.write(
    `${here === there ? "same  " : "DIFFER"}  ${what}: ${here}${here === there ? "" : `, ${there}`}\n`,
  );
}
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
process.stdout.write(
  `${agreements.length} counts over ${values.requests} requests in ${seconds} s, ${differ} differ\n`,
);
process.exitCode = differ === 0 ? 0 : 1;
