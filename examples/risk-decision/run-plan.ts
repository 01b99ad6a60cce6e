import { parseArgs } from "node:util";
import type { RunPlan } from "./load-run.ts";
import type { Mood } from "./model-stand-in.ts";

/** How the language model may behave, with what that means to a reader. */
const MOODS: Readonly<Record<Mood, string>> = {
  answers: "a healthy one",
  hangs: "takes requests and says nothing",
  stalls: "begins to answer and does not go on",
};

/** How the command is used. */
export const USAGE = `Decides payments while the language model misbehaves, and prints who decided and how long it took.

Usage: npm run risk-decision -- [--rate N] [--seconds N] [--mood MOOD]

  --rate     payments a second; default 100
  --seconds  how long; default 60
  --mood     how the model behaves; default hangs
${Object.entries(MOODS)
  .map(([mood, meaning]) => `               ${mood.padEnd(9)}${meaning}\n`)
  .join("")}
Exit codes: 0 every payment was decided in time and judged later, 1 not so, 2 the command could not be understood.
`;

/** How long reconciliation may take once the model answers again, in ms. */
const RECONCILE_MS = 300_000;
/** The most that is asked of one machine: so many payments a second, for so long. */
const MOST_RATE = 10_000;
const MOST_SECONDS = 3_600;

/** What a command line asks for: a run, or help. @throws Error that says what is wrong with it and what would be right */
export function planOf(args: readonly string[]): RunPlan | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: "string", default: "100" },
      seconds: { type: "string", default: "60" },
      mood: { type: "string", default: "hangs" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const { mood } = values;
  if (!isMood(mood)) throw new Error(`--mood is one of ${Object.keys(MOODS).join(", ")}, not ${JSON.stringify(mood)}.`);
  return {
    perSecond: numberIn("--rate", values.rate, MOST_RATE),
    seconds: numberIn("--seconds", values.seconds, MOST_SECONDS),
    mood,
    reconcileMs: RECONCILE_MS,
  };
}

function isMood(name: string): name is Mood {
  return Object.hasOwn(MOODS, name);
}

function numberIn(option: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new Error(`${option} is a number above 0, at most ${most}, not ${JSON.stringify(text)}.`);
}
