/** Runs the load and prints what came of it; ends with 1 where a payment was decided late or not at all. */
import { DECIDE_WITHIN_MS } from "./decide.ts";
import { type RunPlan, runLoad } from "./load-run.ts";
import { planOf, USAGE } from "./run-plan.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let plan: RunPlan | "help";
  try {
    plan = planOf(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (plan === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const { perSecond, seconds, mood } = plan;
  process.stderr.write(`${perSecond} payments a second for ${seconds} s, then what the model says of them later ...\n`);
  const result = await runLoad(plan);
  const { ms, bySource, reconciled } = result;
  const rows: [string, string | number][] = [
    ["the language model", mood],
    ["payments", `${result.payments} (${perSecond}/s for ${seconds} s)`],
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
  return result.undecided > 0 || ms.p999 > DECIDE_WITHIN_MS || reconciled.waiting > 0 ? 1 : 0;
}
