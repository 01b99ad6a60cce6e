/**
 * Runs Failover Bench's sixteen scenarios and some more on real sockets, at the bench's own times (about two minutes
 * for each system), and prints the verdicts as tables in Markdown.
 *
 * `--portkey` installs `@portkey-ai/gateway` outside of the repository and puts its verdicts beside Tideover's.
 * Names of scenarios (`S08`) may be given, to run only those. Exit code 1 when one of Tideover's verdicts is not as
 * expected.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FAILOVER_BENCH } from "./catalogue.ts";
import { EXPECTED } from "./expected.ts";
import { EXTRAS } from "./extras.ts";
import { judge } from "./judge.ts";
import { type RunningPortkey, startPortkey } from "./portkey.ts";
import { runScenario, type System } from "./run-scenario.ts";
import type { Form, Scenario } from "./scenario.ts";
import { socketTideover } from "./socket-tideover.ts";
import { type Column, markdownCounts, markdownTable } from "./table.ts";
import { DEPARTURES } from "./tideover-config.ts";

/** Scenarios at the same time; nearly all of their time is waiting. Crowds come alone. */
const AT_ONCE = 6;

const { values, positionals } = parseArgs({ options: { portkey: { type: "boolean" } }, allowPositionals: true });
const scenarios = [...FAILOVER_BENCH, ...EXTRAS].filter(
  ({ id }) => positionals.length === 0 || positionals.includes(id),
);

const columns = [await column(socketTideover, "streamed"), await column(socketTideover, "unstreamed")];
if (values.portkey === true) columns.push(...(await portkeyColumns()));

const bench = scenarios.filter((scenario) => FAILOVER_BENCH.includes(scenario));
process.stdout.write(`\nTideover's departures from its defaults: ${DEPARTURES}\n`);
process.stdout.write(`\nThe sixteen of Failover Bench:\n\n${markdownCounts(bench, columns)}\n`);
process.stdout.write(`\n${markdownTable(scenarios, columns)}\n`);
const [streamed, unstreamed] = columns;
const surprises = scenarios.filter(
  ({ id }) =>
    streamed?.results.get(id)?.verdict !== EXPECTED[id]?.streamed ||
    unstreamed?.results.get(id)?.verdict !== EXPECTED[id]?.unstreamed,
);
if (surprises.length > 0) {
  process.stdout.write(`\nNot as expected: ${surprises.map(({ id }) => id).join(", ")}\n`);
  process.exitCode = 1;
}

async function portkeyColumns(): Promise<Column[]> {
  let running: RunningPortkey;
  try {
    running = await startPortkey(join(tmpdir(), "tideover-failover-bench"));
  } catch (error) {
    process.stdout.write(`\nPortkey could not be run: ${error instanceof Error ? error.message : String(error)}\n`);
    return [];
  }
  await using portkey = running;
  return [await column(portkey.system, "streamed"), await column(portkey.system, "unstreamed")];
}

async function column(system: System, form: Form): Promise<Column> {
  const results: Map<string, Column["results"] extends ReadonlyMap<string, infer Result> ? Result : never> = new Map();
  const play = async (scenario: Scenario) => {
    await using stand = await system.open(scenario);
    const measured = await runScenario(scenario, form, stand);
    const judged = judge(scenario, measured);
    results.set(scenario.id, { ...judged, ms: measured.ms });
    process.stderr.write(`${system.name}, ${form}, ${scenario.id}: ${judged.verdict} (${judged.reason})\n`);
  };
  const crowds = scenarios.filter(({ crowd }) => crowd !== undefined);
  const waiting = scenarios.filter(({ crowd }) => crowd === undefined);
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await play(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const crowd of crowds) await play(crowd);
  return { title: `${system.name}, ${form}`, results };
}
