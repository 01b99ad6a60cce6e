/**
 * `npm run bench -- [--quick] [--built] [--only rates,streams] [--systems nginx,tideover] [--json FILE] [--markdown FILE] [--profile FOLDER]`
 *
 * `--built` measures the packages as `npm run build` left them; without it the sources run, which start slower.
 * Measures Tideover beside nginx and Portkey in one interleaved run and prints each figure beside its budget.
 *
 * `npm run bench -- --only eviction` and `--only cache-hits` are comparisons of their own, with their own report.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { judge } from "./figures.ts";
import {
  type Found,
  LOAD_MEASURES,
  type MeasureName,
  measureStart,
  type Sample,
  untilAnswering,
  warmUp,
} from "./measures.ts";
import { installPortkey } from "./peers/portkey.ts";
import { FULL, type Plan, QUICK } from "./plan.ts";
import { CORES, canPin, pinThisProcess } from "./processes.ts";
import { describeMachine, type Report, toMarkdown, toText } from "./report.ts";
import {
  isBuilt,
  type RunningSystem,
  type Surroundings,
  SYSTEMS,
  type SystemName,
  startSystem,
  type TideoverForm,
} from "./systems.ts";

type LoadMeasureName = keyof typeof LOAD_MEASURES;

const MEASURES: readonly MeasureName[] = [
  "start",
  "rates",
  "latency",
  "first-token",
  "streams",
  "saturation",
  "engine",
  "simulation",
];

/** Comparisons with a report and an exit code of their own, by the name that `--only` calls them. */
const COMPARISONS: Readonly<Record<string, string>> = { eviction: "eviction.ts", "cache-hits": "cache-hits.ts" };

/** How long a benchmark in a process of its own may take, in ms. */
const CHILD_WAIT_MS = 120_000;

interface Choice {
  readonly plan: Plan;
  readonly measures: readonly MeasureName[];
  readonly systems: readonly SystemName[];
  readonly form: TideoverForm;
}

class Bench {
  readonly samples: Sample[] = [];
  readonly missing: Record<string, string> = {};
  readonly #choice: Choice;
  readonly #surroundings: Surroundings;

  constructor(choice: Choice, surroundings: Surroundings) {
    this.#choice = choice;
    this.#surroundings = surroundings;
  }

  async run(): Promise<void> {
    const { plan, measures } = this.#choice;
    for (const name of this.#systems("portkey", "portkey-node-24")) {
      await this.#tell(name, () => installPortkey(this.#surroundings.peersFolder));
    }
    for (let round = 1; round <= plan.rounds; round++) {
      if (measures.includes("start")) await this.#startRound(round);
      const wanted = measures.filter((name): name is LoadMeasureName => name in LOAD_MEASURES);
      if (wanted.length > 0) await this.#loadRound(round, wanted);
      if (measures.includes("engine")) {
        await this.#keep("engine", "engine", round, () => this.#script("engine.ts", plan.engineSeconds));
      }
      if (measures.includes("simulation")) {
        await this.#keep("simulation", "simulator", round, () => this.#script("simulation.ts", plan.simulationSeconds));
      }
    }
  }

  async #startRound(round: number): Promise<void> {
    for (const system of this.#systems("nginx", "tideover", "portkey", "portkey-node-24")) {
      await this.#keep("start", system, round, () => measureStart(system, this.#surroundings, this.#choice.plan));
    }
  }

  /** Every system is up throughout the round and idle while another has its turn. */
  async #loadRound(round: number, measures: readonly LoadMeasureName[]): Promise<void> {
    const running: RunningSystem[] = [];
    try {
      for (const name of this.#systems(...SYSTEMS.map((system) => system.name))) {
        await this.#tell(name, async () => {
          const system = await startSystem(name, this.#surroundings);
          running.push(system);
          await untilAnswering(system);
          await warmUp(system, this.#choice.plan);
        });
      }
      for (const measure of measures) {
        for (const system of running) {
          if (this.missing[system.name] !== undefined || !applies(measure, system.name)) continue;
          await this.#keep(measure, system.name, round, () => LOAD_MEASURES[measure](system, this.#choice.plan));
        }
      }
    } finally {
      for (const system of running) {
        if (!(await system.stop())) say(`${system.name} did not end when asked to and was killed.\n`);
      }
    }
  }

  #systems(...candidates: readonly SystemName[]): SystemName[] {
    return candidates.filter((name) => this.#choice.systems.includes(name) && this.missing[name] === undefined);
  }

  async #keep(
    measure: MeasureName,
    system: Sample["system"],
    round: number,
    find: () => Promise<Found>,
  ): Promise<void> {
    say(`round ${round}: ${measure} of ${system}\n`);
    await this.#tell(system, async () => {
      this.samples.push({ measure, system, round, ...(await find()) });
    });
  }

  /** A system that cannot be run is told of, and the others are measured all the same. */
  async #tell(system: Sample["system"], run: () => Promise<void> | void): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.missing[system] = error instanceof Error ? error.message : String(error);
      say(`${system}: ${this.missing[system]}\n`);
    }
  }

  /** Runs a benchmark that is a process of its own, on the core of the system under test. */
  async #script(file: string, size: number): Promise<Found> {
    const script = fileURLToPath(new URL(file, import.meta.url));
    const node = [
      "--conditions=tideover-source",
      "--expose-gc",
      "--min-semi-space-size=128",
      "--max-semi-space-size=128",
    ];
    const command = [process.execPath, ...node, script, String(size)];
    const pinned = this.#surroundings.pinned ? ["taskset", "-c", String(CORES.system)] : [];
    const [program = process.execPath, ...args] = [...pinned, ...command];
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: CHILD_WAIT_MS });
    if (status !== 0) throw new Error(`${file} failed: ${stderr.trim().slice(-300)}`);
    return { values: JSON.parse(stdout), failures: 0 };
  }
}

/** A folding Tideover differs in unstreamed answers only. */
function applies(measure: LoadMeasureName, system: SystemName): boolean {
  return system !== "tideover-folded" || measure === "rates" || measure === "latency";
}

function readChoice(): Choice & Readonly<Record<"json" | "markdown" | "profile", string | undefined>> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      built: { type: "boolean", default: false },
      only: { type: "string" },
      systems: { type: "string" },
      json: { type: "string" },
      profile: { type: "string" },
      markdown: { type: "string" },
    },
  });
  return {
    plan: values.quick ? QUICK : FULL,
    measures: chosen("--only", values.only, MEASURES),
    systems: chosen(
      "--systems",
      values.systems,
      SYSTEMS.map(({ name }) => name),
    ),
    form: values.built ? "built" : "sources",
    json: values.json,
    profile: values.profile,
    markdown: values.markdown,
  };
}

function chosen<T extends string>(option: string, given: string | undefined, all: readonly T[]): readonly T[] {
  if (given === undefined) return all;
  const names = given.split(",");
  const unknown = names.find((name) => !all.some((each) => each === name));
  if (unknown !== undefined) throw new Error(`${option}: "${unknown}" is none of ${all.join(", ")}.`);
  return all.filter((each) => names.includes(each));
}

async function startUpstream(): Promise<{ readonly port: number; stop(): void }> {
  const script = fileURLToPath(new URL("upstream.ts", import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (bytes: Buffer) => resolve(bytes.toString()));
    child.once("exit", () => reject(new Error("The mock upstream did not start.")));
  });
  return { port: JSON.parse(line).port, stop: () => child.kill("SIGKILL") };
}

function say(text: string): void {
  process.stderr.write(text);
}

async function main(): Promise<void> {
  const { json, markdown, profile, ...choice } = readChoice();
  if (choice.form === "built" && !isBuilt()) throw new Error("Nothing is built; run `npm run build` first.");
  const pinned = canPin();
  if (pinned) pinThisProcess();
  const folder = mkdtempSync(join(tmpdir(), "tideover-bench-"));
  const upstream = await startUpstream();
  try {
    const peersFolder = join(tmpdir(), "tideover-bench-peers");
    const profileFolder = profile === undefined ? undefined : resolve(profile);
    const bench = new Bench(choice, {
      upstreamPort: upstream.port,
      folder,
      peersFolder,
      pinned,
      form: choice.form,
      profileFolder,
    });
    await bench.run();
    const { samples, missing } = bench;
    const report: Report = {
      date: new Date().toISOString(),
      machine: describeMachine(),
      node: process.version,
      form: choice.form,
      pinned,
      plan: choice.plan,
      missing,
      figures: judge(samples),
      samples,
    };
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
    if (markdown !== undefined) writeFileSync(markdown, toMarkdown(report));
    process.stdout.write(toText(report));
  } finally {
    upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the comparison that was asked for. @returns its exit code; undefined when none was */
function runComparison([option, name = "", ...rest]: readonly string[]): number | undefined {
  const script = option === "--only" ? COMPARISONS[name] : undefined;
  if (script === undefined) return undefined;
  const path = fileURLToPath(new URL(script, import.meta.url));
  return spawnSync(process.execPath, ["--conditions=tideover-source", path, ...rest], { stdio: "inherit" }).status ?? 1;
}

process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
try {
  const code = runComparison(process.argv.slice(2));
  if (code === undefined) await main();
  process.exit(code ?? 0);
} catch (error) {
  say(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
