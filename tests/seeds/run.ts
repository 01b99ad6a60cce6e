/**
 * Holds every shipped scenario to the promises over many seeds, at full size.
 *
 * `npm run seeds -- [--seeds 200] [--first-seed 1] [--calls 600] [--scenario name]`. A run that fails is made shorter
 * and printed with its seed and its events. Exit code 1 when a promise was broken.
 */
import { parseArgs } from "node:util";
import { describeCounterexample, findScenario, listScenarios, runSeeds } from "@tideover/simulator";

/** Seeds that are run between two words of progress. */
const AT_ONCE = 20;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "200" },
      "first-seed": { type: "string", default: "1" },
      calls: { type: "string", default: "600" },
      scenario: { type: "string" },
    },
  });
  const [seeds, first, calls] = [values.seeds, values["first-seed"], values.calls].map(wholeNumber);
  const chosen = values.scenario === undefined ? undefined : findScenario(values.scenario);
  if (values.scenario !== undefined && chosen === undefined) {
    const known = listScenarios().map(({ name }) => name);
    throw new RangeError(`There is no scenario "${values.scenario}"; there are ${known.join(", ")}.`);
  }
  let broken = 0;
  for (const scenario of chosen === undefined ? listScenarios() : [chosen]) {
    let run = 0;
    for (let from = 0; from < (seeds ?? 0); from += AT_ONCE) {
      const count = Math.min(AT_ONCE, (seeds ?? 0) - from);
      const these = Array.from({ length: count }, (_, index) => (first ?? 0) + from + index);
      const report = await runSeeds(scenario, { seeds: these, calls });
      run += report.calls;
      broken += report.failures.length;
      for (const failure of report.failures) process.stdout.write(`${describeCounterexample(failure)}\n\n`);
    }
    process.stdout.write(`${scenario.name}: ${seeds} seeds, ${run} calls, ${broken} broken so far\n`);
  }
  return broken > 0 ? 1 : 0;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new RangeError(`A whole number was expected, got "${text}".`);
}

process.once("SIGINT", () => process.exit(130));
process.exit(await main());
