/**
 * Mutation testing of the engine: changes its code in small ways and looks whether its tests notice. Folder by folder,
 * each with the tests beside it: `npm run mutation -- kernels layers/retry`; without names, all folders that have tests.
 * Reports and what is remembered of earlier runs (only what changed is tried again) go to `reports/mutation`.
 *
 * Exit code 1 when fewer than 80% of the mutants of all that was run were killed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const ENGINE = "packages/tideover/src/engine";
const REPORTS = "reports/mutation";
const STRYKER = "node_modules/@stryker-mutator/core/bin/stryker.js";
/** The share of mutants that must be killed, in percent. */
const REQUIRED = 80;

/** Folders that are tried by the tests of other folders of the package too, because that is where theirs are. */
const TESTS_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  rungs: [`${ENGINE}/layers/cache/*.test.ts`, `${ENGINE}/layers/ladder/*.test.ts`],
  "layers/respond-async": [`${ENGINE}/layers/idempotency/*.test.ts`, "packages/tideover/src/jobs/*.test.ts"],
};

/** Folders of which only these tests are tried: the others play whole minutes of traffic, for every mutant. */
const QUICK_TESTS: Readonly<Record<string, readonly string[]>> = {
  "layers/limit": ["limit", "waiting", "learning", "session"].map((name) => `${ENGINE}/layers/limit/${name}.test.ts`),
};

/** The part of Stryker's JSON report that is read here. */
interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

interface Figures {
  readonly folder: string;
  readonly killed: number;
  readonly total: number;
}

const asked = process.argv.slice(2);
const folders = asked.length > 0 ? asked : foldersWithTests();
mkdirSync(REPORTS, { recursive: true });
const figures = folders.map(mutate);
process.stdout.write(`\n| folder | killed | of | share |\n|---|--:|--:|--:|\n`);
for (const row of [...figures, sum(figures)]) {
  process.stdout.write(`| ${row.folder} | ${row.killed} | ${row.total} | ${share(row).toFixed(1)}% |\n`);
}
process.exitCode = share(sum(figures)) >= REQUIRED ? 0 : 1;

function foldersWithTests(): string[] {
  const layers = readdirSync(`${ENGINE}/layers`).map((name) => `layers/${name}`);
  return ["kernels", "rungs", ...layers].filter(
    (folder) =>
      folder in TESTS_ELSEWHERE ||
      readdirSync(`${ENGINE}/${folder}`, { recursive: true, encoding: "utf8" }).some((name) =>
        name.endsWith(".test.ts"),
      ),
  );
}

function testsOf(folder: string): readonly string[] {
  return QUICK_TESTS[folder] ?? [`${ENGINE}/${folder}/**/*.test.ts`, ...(TESTS_ELSEWHERE[folder] ?? [])];
}

/** Runs Stryker over one folder. @throws Error when it could not run, so that nothing is reported that was not measured */
function mutate(folder: string): Figures {
  if (!existsSync(`${ENGINE}/${folder}`)) throw new Error(`There is no folder ${ENGINE}/${folder}.`);
  const name = folder.replaceAll("/", "-");
  const override = `${REPORTS}/${name}.config.json`;
  writeOverride(override, name);
  const glob = `${ENGINE}/${folder}/**/*.ts,!${ENGINE}/**/*.test.ts,!${ENGINE}/**/testing/**`;
  const run = spawnSync(process.execPath, [STRYKER, "run", override, "--mutate", glob], {
    stdio: "inherit",
    env: { ...process.env, MUTATION_TESTS: testsOf(folder).join(",") },
  });
  if (run.status !== 0) throw new Error(`Stryker could not run over ${folder}: exit code ${run.status}.`);
  const report: Report = JSON.parse(readFileSync(`${REPORTS}/${name}.json`, "utf8"));
  const states = Object.values(report.files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const killed = states.filter((state) => state === "Killed" || state === "Timeout").length;
  const missed = states.filter((state) => state === "Survived" || state === "NoCoverage").length;
  return { folder, killed, total: killed + missed };
}

/** The shared settings with the files of one folder: its report, and what is remembered of it. */
function writeOverride(path: string, name: string): void {
  const shared: object = JSON.parse(readFileSync("scripts/mutation/stryker.config.json", "utf8"));
  const own = {
    incrementalFile: `${REPORTS}/${name}.incremental.json`,
    jsonReporter: { fileName: `${REPORTS}/${name}.json` },
  };
  writeFileSync(path, JSON.stringify({ ...shared, ...own }));
}

function sum(rows: readonly Figures[]): Figures {
  const total = rows.reduce((all, row) => all + row.total, 0);
  return { folder: "all", killed: rows.reduce((all, row) => all + row.killed, 0), total };
}

function share({ killed, total }: Figures): number {
  return total === 0 ? 100 : (100 * killed) / total;
}
