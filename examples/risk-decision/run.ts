/** Runs the load and prints what came of it; ends with 1 where a payment was decided late or not at all. */
import { parseArgs } from "node:util";
import { DECIDE_WITHIN_MS } from "./decide.ts";
import { runLoad } from "./load-run.ts";

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "100" },
    seconds: { type: "string", default: "60" },
    mood: { type: "string", default: "hangs" },
  },
});
const { rate, seconds, mood } = values;
if (mood !== "answers" && mood !== "hangs" && mood !== "stalls") {
  throw new TypeError(`--mood is answers, hangs or stalls, not ${JSON.stringify(mood)}.`);
}
if (!(Number(rate) > 0 && Number(seconds) > 0)) throw new RangeError("--rate and --seconds are numbers above 0.");

const result = await runLoad({ perSecond: Number(rate), seconds: Number(seconds), mood, reconcileMs: 300_000 });
const { ms, bySource, reconciled } = result;
const rows: [string, string | number][] = [
  ["the language model", mood],
  ["payments", `${result.payments} (${rate}/s for ${seconds} s)`],
  ["undecided", result.undecided],
  ["decided by rules", bySource.rules],
  ["decided by the model", bySource.model],
  ["decided by the backup", bySource.backup],
  ["p50", `${ms.p50.toFixed(1)} ms`],
  ["p99", `${ms.p99.toFixed(1)} ms`],
  ["p99.9", `${ms.p999.toFixed(1)} ms`],
  ["slowest", `${ms.max.toFixed(1)} ms`],
  ["the machine late, p99.9", `${result.lateMs.toFixed(1)} ms`],
  ["requests to the model", result.asked],
  ["later: confirmed", reconciled.confirmed],
  ["later: overturned", reconciled.overturned],
  ["later: still waiting", reconciled.waiting],
];
for (const [name, value] of rows) process.stdout.write(`${name.padEnd(26)}${value}\n`);
if (result.undecided > 0 || ms.p999 > DECIDE_WITHIN_MS || reconciled.waiting > 0) process.exitCode = 1;
