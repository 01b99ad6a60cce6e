import { open } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Arrival,
  findScenario,
  listScenarios,
  readScenario,
  readTrace,
  type Scenario,
  TraceError,
} from "@tideover/simulator";
import { type ConfigIssue, formatIssue } from "tideover/config";
import { CommandError } from "../cli/command.ts";
import { readYaml } from "../config/read-yaml.ts";
import type { SimulateMessages } from "./simulate-messages.ts";

/** Largest scenario file, bytes; it has no long texts. */
const LARGEST_SCENARIO = 1024 * 1024;
/** Largest trace, bytes: four million rows of 40. */
const LARGEST_TRACE = 160 * 1024 * 1024;

/** What finding a scenario needs. */
export interface ScenarioSurroundings {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly messages: SimulateMessages;
}

/**
 * The scenario of a name, or from a file.
 * @throws CommandError that says what is wrong with it, line by line
 */
export async function loadScenario(name: string, around: ScenarioSurroundings): Promise<Scenario> {
  const shipped = findScenario(name);
  if (shipped !== undefined) return shipped;
  const { messages, env } = around;
  const text = await readText(name, LARGEST_SCENARIO, around);
  if (text === undefined) {
    throw new CommandError(
      messages.unknown(
        name,
        listScenarios()
          .map((scenario) => scenario.name)
          .join(", "),
      ),
    );
  }
  const read = readYaml(text, env);
  if ("issues" in read) throw refused(name, read.issues, messages);
  const scenario = readScenario(read.input);
  if (!("issues" in scenario)) return scenario;
  const issues = scenario.issues.map((issue): ConfigIssue => {
    const origin = read.source.at(pathOf(issue.path));
    return origin !== undefined && "line" in origin ? { ...issue, line: origin.line } : issue;
  });
  throw refused(name, issues, messages);
}

/**
 * The arrivals of a trace file.
 * @throws CommandError for one that cannot be read
 */
export async function loadTrace(file: string, around: ScenarioSurroundings): Promise<readonly Arrival[]> {
  const text = await readText(file, LARGEST_TRACE, around);
  if (text === undefined) throw new CommandError(around.messages.unreadable(file, "ENOENT"));
  try {
    return readTrace(text);
  } catch (error) {
    if (error instanceof TraceError) throw new CommandError(around.messages.unreadable(file, error.message));
    throw error;
  }
}

/** The text of a file; undefined when there is no such file. */
async function readText(
  file: string,
  largest: number,
  { folder, messages }: ScenarioSurroundings,
): Promise<string | undefined> {
  try {
    await using handle = await open(resolve(folder, file));
    const { size } = await handle.stat();
    if (size > largest) throw new CommandError(messages.unreadable(file, `${size} > ${largest} bytes`));
    return await handle.readFile("utf8");
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandError(messages.unreadable(file, error instanceof Error ? error.message : String(error)));
  }
}

/** `providers.deepseek.schedule[0].at` as its steps. */
function pathOf(path: string): (string | number)[] {
  return path.split(/\.|(?=\[)/).map((step) => (/^\[\d+\]$/.test(step) ? Number(step.slice(1, -1)) : step));
}

function refused(file: string, issues: readonly ConfigIssue[], messages: SimulateMessages): CommandError {
  return new CommandError(
    [messages.wrong(file, issues.length), ...issues.map((issue) => formatIssue(issue, file))].join("\n"),
  );
}
