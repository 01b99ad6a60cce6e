/**
 * One scenario in virtual time and on real sockets, side by side: the real gateway and the real OpenAI client against
 * simulated providers that listen. The simulator's figures are worth what this shows.
 *
 * `npm run cross-check -- [--seed n] [--seconds n] [--litellm] [--without-portkey] [--json file]`; about six minutes, or
 * with `--seconds` only the beginning, which shows that everything can be run but says little of shares. Exit code 1 when
 * a share differs by more than five points, 2 when something could not be run.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { arrivalsOf, figuresOf, runScenario, type Scenario, type StrategyName } from "@tideover/simulator";
import { litellm } from "./litellm.ts";
import { play, type Shares, type System } from "./play.ts";
import { CROSS_CHECK_SECONDS, crossCheckScenario } from "./scenario.ts";
import { direct, portkey, tideover } from "./systems.ts";

/** How far a share on sockets may be from the simulated one, in points of 100. */
const MOST_APART = 5;
/** Runs in virtual time that the simulated shares are the mean of. */
const SIMULATED_RUNS = 5;
/** A machine that lets this process wait longer than that for one turn in a hundred is too busy for real time, ms. */
const MOST_LAG_MS = 200;
const SHARES = ["live", "degraded", "flagged", "failed", "wrong"] as const;

interface Column {
  readonly system: System;
  /** What stands for it in the simulator; absent: nothing does. */
  readonly strategy?: StrategyName;
}

interface Row {
  readonly system: string;
  readonly real: Shares;
  readonly simulated?: Shares | undefined;
}

/** The simulated shares: arrivals as on the sockets, the providers' luck drawn anew for each run. */
async function simulate(scenario: Scenario, strategy: StrategyName, seed: number): Promise<Shares> {
  const runs: Shares[] = [];
  const arrivals = arrivalsOf(scenario, { seed });
  for (let run = 0; run < SIMULATED_RUNS; run++) {
    const result = await runScenario(scenario, { strategy, seed: seed + run, arrivals });
    const { calls, live, degraded, flagged, failed, wrong } = figuresOf(result);
    runs.push({ calls, live, degraded, flagged, failed, wrong: wrong / calls });
  }
  const mean = (name: keyof Shares) => runs.reduce((sum, run) => sum + run[name], 0) / runs.length;
  return {
    calls: Math.round(mean("calls")),
    live: mean("live"),
    degraded: mean("degraded"),
    flagged: mean("flagged"),
    failed: mean("failed"),
    wrong: mean("wrong"),
  };
}

const percent = (part: number) => `${(100 * part).toFixed(1)}%`.padStart(7);

function print(rows: readonly Row[]): void {
  const out = (line: string) => process.stdout.write(`${line}\n`);
  out(`system     ${["on", "calls", ...SHARES].map((title) => title.padStart(10)).join("")}`);
  for (const { system, real, simulated } of rows) {
    const line = (on: string, shares: Shares) =>
      out(
        `${system.padEnd(11)}${on.padStart(10)}${`${shares.calls}`.padStart(10)}${SHARES.map((name) => percent(shares[name]).padStart(10)).join("")}`,
      );
    line("sockets", real);
    if (simulated !== undefined) line("simulated", simulated);
  }
}

const lagMs = (lag: ReturnType<typeof monitorEventLoopDelay>) => lag.percentile(99) / 1e6;

/** What differs by more than it may. */
function apart(rows: readonly Row[]): string[] {
  return rows.flatMap(({ system, real, simulated }) =>
    SHARES.flatMap((name) => {
      if (simulated === undefined) return [];
      const points = 100 * Math.abs(real[name] - simulated[name]);
      return points > MOST_APART ? [`${system}, ${name}: ${points.toFixed(1)} points apart`] : [];
    }),
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      seconds: { type: "string", default: `${CROSS_CHECK_SECONDS}` },
      litellm: { type: "boolean", default: false },
      "without-portkey": { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const seed = Number(values.seed);
  if (!(Number.isInteger(seed) && seed >= 0)) throw new RangeError(`--seed must be a whole number, got ${values.seed}`);
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= CROSS_CHECK_SECONDS)) {
    throw new RangeError(`--seconds must be from 1 to ${CROSS_CHECK_SECONDS}, got ${values.seconds}`);
  }
  const scenario = crossCheckScenario(seconds);
  // Portkey is the one that the failover bench has installed.
  const peers = join(tmpdir(), "tideover-failover-bench");
  const columns: Column[] = [
    { system: tideover(scenario), strategy: "tideover" },
    { system: direct("sdk", 2), strategy: "sdk" },
    { system: direct("none", 0), strategy: "none" },
    ...(values["without-portkey"] ? [] : [{ system: portkey(peers) }]),
    ...(values.litellm ? [{ system: litellm(join(peers, "litellm"), scenario.callers.model) }] : []),
  ];
  process.stderr.write(`${columns.length} systems for ${scenario.durationMs / 1_000} s, and their open answers ...\n`);
  // All at the same time, each with providers of its own: they would take half an hour one after the other.
  const lag = monitorEventLoopDelay();
  lag.enable();
  const settled = await Promise.allSettled(columns.map(({ system }) => play(system, scenario, seed)));
  lag.disable();
  const rows: Row[] = [];
  const broken: string[] = [];
  for (const [index, { system, strategy }] of columns.entries()) {
    const result = settled[index];
    if (result?.status === "fulfilled") {
      const simulated = strategy === undefined ? undefined : await simulate(scenario, strategy, seed);
      rows.push({ system: system.name, real: result.value, simulated });
    } else broken.push(`${system.name} could not be run: ${String(result?.reason).slice(0, 500)}`);
  }
  print(rows);
  const late = lagMs(lag);
  process.stdout.write(`This process waited ${late.toFixed(0)} ms for its turn at the 99th percentile.\n`);
  if (late > MOST_LAG_MS) broken.push(`The machine is too busy for real time: more than ${MOST_LAG_MS} ms.`);
  const differs = apart(rows);
  for (const line of [...broken, ...differs]) process.stdout.write(`${line}\n`);
  if (differs.length === 0)
    process.stdout.write(`No share is more than ${MOST_APART} points from the simulated one.\n`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ seed, rows, broken, differs }, undefined, 2)}\n`);
  return differs.length > 0 ? 1 : broken.length > 0 ? 2 : 0;
}

process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
process.exit(await main());
