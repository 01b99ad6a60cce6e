/**
 * How fast the simulator runs: calls through Tideover in a shipped scenario, in virtual time, on one core, every one of
 * them held to all promises. Per second of CPU time of the thread, which neighbours on the machine do not stretch.
 *
 * The method asks for ten seconds of warming up: the whole stack, the provider and the callers are one long path, and the
 * compiler is done with it after some 25,000 calls. Then whole scenarios are run for as long again.
 *
 * `node --conditions=tideover-source bench/simulation.ts [seconds]` prints one JSON object.
 */
import { findScenario, runScenario, watchInvariants } from "@tideover/simulator";

/** The scenario with the busiest hour: every layer has something to do. */
const SCENARIO = "busy-hour";
/** CPU time for warming up, and for what is measured, in seconds. */
const USUAL_SECONDS = 10;

const scenario = findScenario(SCENARIO);
if (scenario === undefined) throw new Error(`The simulator has no scenario "${SCENARIO}".`);
const seconds = Number(process.argv[2] ?? USUAL_SECONDS);
await runFor(seconds);
const { calls, cpuSeconds } = await runFor(seconds);
process.stdout.write(`${JSON.stringify({ callsPerSecond: calls / cpuSeconds, calls })}\n`);

/** Runs whole scenarios until so many seconds of this thread's CPU time have passed. */
async function runFor(seconds: number): Promise<{ calls: number; cpuSeconds: number }> {
  const startedAt = process.threadCpuUsage();
  let calls = 0;
  for (;;) {
    calls += await run();
    const { user, system } = process.threadCpuUsage(startedAt);
    const cpuSeconds = (user + system) / 1e6;
    if (cpuSeconds >= seconds) return { calls, cpuSeconds };
  }
}

/** Runs the scenario once, judging each call as it ends. @returns how many there were */
async function run(): Promise<number> {
  if (scenario === undefined) return 0;
  const watch = watchInvariants(scenario);
  let calls = 0;
  const onCall = (call: Parameters<typeof watch.add>[0]) => {
    calls++;
    watch.add(call);
  };
  const summary = await runScenario(scenario, { strategy: "tideover", onCall, keepCalls: false });
  const [broken] = watch.end(summary);
  if (broken !== undefined) throw new Error(`The run broke promise ${broken.promise}: ${broken.message}`);
  return calls;
}
