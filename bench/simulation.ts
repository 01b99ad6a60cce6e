/**
 * How fast the simulator runs: calls through Tideover in a shipped scenario, in virtual time, on one core, every one of
 * them held to all promises. Per second of CPU time of the thread, which neighbours on the machine do not stretch.
 *
 * `node --conditions=tideover-source bench/simulation.ts [calls]` prints one JSON object.
 */
import { findScenario, runScenario, watchInvariants } from "@tideover/simulator";

/** The scenario with the busiest hour: every layer has something to do. */
const SCENARIO = "busy-hour";
/** Calls after which the compiler is done with a path of this length. */
const WARM_CALLS = 10_000;

const scenario = findScenario(SCENARIO);
if (scenario === undefined) throw new Error(`The simulator has no scenario "${SCENARIO}".`);
const mostCalls = Number(process.argv[2] ?? 10_000);
await run(WARM_CALLS);
const startedAt = process.threadCpuUsage();
const calls = await run(mostCalls);
const { user, system } = process.threadCpuUsage(startedAt);
process.stdout.write(`${JSON.stringify({ callsPerSecond: (calls * 1e6) / (user + system), calls })}\n`);

/** Runs so many calls, judging each as it ends. */
async function run(mostCalls: number): Promise<number> {
  if (scenario === undefined) return 0;
  const watch = watchInvariants(scenario);
  let calls = 0;
  const onCall = (call: Parameters<typeof watch.add>[0]) => {
    calls++;
    watch.add(call);
  };
  const summary = await runScenario(scenario, { strategy: "tideover", mostCalls, onCall, keepCalls: false });
  const [broken] = watch.end(summary);
  if (broken !== undefined) throw new Error(`The run broke promise ${broken.promise}: ${broken.message}`);
  return calls;
}
