/**
 * How fast the simulator runs: calls through Tideover in a shipped scenario, in virtual time, on one core.
 *
 * `node --conditions=tideover-source bench/simulation.ts [calls]` prints one JSON object.
 */
import { findScenario, runScenario } from "@tideover/simulator";

/** The scenario with the busiest hour: every layer has something to do. */
const SCENARIO = "busy-hour";
/** Calls that warm the code up before the clock is looked at. */
const WARM_CALLS = 500;

const scenario = findScenario(SCENARIO);
if (scenario === undefined) throw new Error(`The simulator has no scenario "${SCENARIO}".`);
const mostCalls = Number(process.argv[2] ?? 10_000);
await runScenario(scenario, { strategy: "tideover", mostCalls: WARM_CALLS });
const startedAt = performance.now();
const { calls } = await runScenario(scenario, { strategy: "tideover", mostCalls });
const seconds = (performance.now() - startedAt) / 1_000;
process.stdout.write(`${JSON.stringify({ callsPerSecond: calls.length / seconds, calls: calls.length })}\n`);
