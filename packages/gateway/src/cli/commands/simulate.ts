import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Comparison,
  compareStrategies,
  comparisonRows,
  type GateLine,
  htmlReport,
  judgeGate,
  listScenarios,
} from "@tideover/simulator";
import { ConfigError } from "tideover/config";
import { compileCondition } from "../../rules/compile-condition.ts";
import { loadScenario, loadTrace } from "../../simulate/load-scenario.ts";
import { simulateLimiters } from "../../simulate/simulate-limiters.ts";
import { type SimulateMessages, simulateMessages } from "../../simulate/simulate-messages.ts";
import { type Command, CommandError, textOf, wholeNumberOf } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { type Language, type Messages, messagesIn } from "../messages/index.ts";
import { tableLines } from "../table.ts";

/** Not a scenario, but the comparison of limiters. */
const LIMITERS = "limiters";
const MOST_SEEDS = 1_000;
const MOST_SEED = 2 ** 32 - 1_001;
const MOST_CALLS = 4_000_000;
/** Broken promises that are printed; the JSON holds all. */
const SHOWN_VIOLATIONS = 10;

/** `tideover simulate` */
export const simulate: Command = {
  name: "simulate",
  summary: (messages) => simulateMessages(languageIn(messages)).summary,
  examples: [
    "tideover simulate busy-hour",
    "tideover simulate busy-hour --seeds 5 --html report.html",
    "tideover simulate my-scenario.yaml --trace arrivals.csv --json",
    "tideover simulate week --html week.html",
    "tideover simulate busy-hour --gate --seeds 10 --first-seed 101",
    "tideover simulate limiters --seeds 5",
  ],
  flags: (messages) => {
    const words = simulateMessages(languageIn(messages));
    return {
      scenario: { type: "positional", required: true, description: words.scenario },
      seeds: { type: "string", valueHint: "number", default: "1", description: words.seeds },
      "first-seed": { type: "string", valueHint: "number", description: words.firstSeed },
      calls: { type: "string", valueHint: "number", description: words.calls },
      trace: { type: "string", valueHint: "file", description: words.trace },
      html: { type: "string", valueHint: "file", description: words.html },
      gate: { type: "boolean", description: words.gate },
      json: { type: "boolean", description: messages.jsonFlag },
    };
  },
  details: (messages) =>
    [
      `${simulateMessages(languageIn(messages)).scenarios}:`,
      ...tableLines([
        ...listScenarios().map(({ name, description }) => [name, description]),
        [LIMITERS, simulateMessages(languageIn(messages)).limiters],
      ]),
    ].join("\n"),
  async run(args, { io, messages, language }) {
    const words = simulateMessages(language);
    const count = wholeNumberOf(args, "seeds", { least: 1, most: MOST_SEEDS }, messages) ?? 1;
    const mostCalls = wholeNumberOf(args, "calls", { least: 1, most: MOST_CALLS }, messages);
    const firstSeed = wholeNumberOf(args, "first-seed", { least: 0, most: MOST_SEED }, messages);
    const seedsFrom = (first: number) => Array.from({ length: count }, (_, index) => first + index);
    if (textOf(args, "scenario") === LIMITERS) {
      return simulateLimiters(seedsFrom(firstSeed ?? 1), args.json === true, { io }, words);
    }
    const around = { folder: io.folder, env: io.env, messages: words };
    const scenario = await loadScenario(textOf(args, "scenario") ?? "", around);
    const trace = textOf(args, "trace");
    const arrivals = trace === undefined ? undefined : await loadTrace(trace, around);
    const seeds = seedsFrom(firstSeed ?? scenario.seed);
    const comparison = await compareStrategies(scenario, {
      seeds,
      arrivals,
      mostCalls,
      compileCondition,
      onRun: (strategy, seed) => {
        if (io.stderr.isTTY === true) io.stderr.write(`${words.running(strategy, seed)}\n`);
      },
      onProgress: (calls) => {
        if (io.stderr.isTTY === true) io.stderr.write(`\r${words.progress(calls)}\r`);
      },
    }).catch((error: unknown) => {
      if (ConfigError.isInstance(error)) throw new CommandError(error.message);
      throw error;
    });
    const html = textOf(args, "html");
    if (html !== undefined) await write(resolve(io.folder, html), html, htmlReport(comparison), words);
    const gate = args.gate === true ? judgeGate(comparison, scenario) : [];
    if (args.json === true) {
      const report = args.gate === true ? { ...comparison, gate } : comparison;
      io.stdout.write(`${JSON.stringify(report, jsonNumber)}\n`);
    } else {
      const wrote = html === undefined ? [] : [words.wrote(html)];
      io.stdout.write(`${[...lines(comparison, words), ...gateLines(gate, words), ...wrote].join("\n")}\n`);
    }
    const isBroken = comparison.strategies.some(({ violations }) => violations.length > 0);
    return isBroken || gate.some(({ met }) => !met) ? EXIT.failed : EXIT.ok;
  },
};

/** The command's own words are kept beside it, so the language is read off the words it is given. */
function languageIn(messages: Messages): Language {
  return messages === messagesIn("zh") ? "zh" : "en";
}

function lines(comparison: Comparison, words: SimulateMessages): string[] {
  const { scenario, arrivals, seeds, strategies } = comparison;
  const broken = strategies.flatMap(({ violations }) => violations);
  return [
    words.simulated(scenario.name, arrivals, seeds.join(", ")),
    ...tableLines(comparisonRows(comparison)),
    words.oracles,
    broken.length === 0 ? words.kept : words.broken(broken.length),
    ...broken
      .slice(0, SHOWN_VIOLATIONS)
      .map(({ promise, seed, message }) => `  ${words.brokenOne(promise, seed, message)}`),
  ];
}

function gateLines(gate: readonly GateLine[], words: SimulateMessages): string[] {
  if (gate.length === 0) return [];
  const verdict = gate.every(({ met }) => met) ? words.gatePassed : words.gateFailed;
  const rows = gate.map(({ figure, value, aim, met }) => [met ? words.met : words.missed, figure, value, aim]);
  return [verdict, ...tableLines(rows)];
}

async function write(path: string, file: string, text: string, words: SimulateMessages): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new CommandError(words.notWritten(file, error instanceof Error ? error.message : String(error)));
  }
}

/** JSON has no word for what never happens: it becomes text, and what is not known becomes null. */
function jsonNumber(_name: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? "never" : value;
}
