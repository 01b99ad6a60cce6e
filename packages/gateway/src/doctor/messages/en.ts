import type { CutReport, Finding, KeyReport, PrefixTreatment, UsagePlacement } from "../report.ts";

const TREATMENTS: Readonly<Record<PrefixTreatment, string>> = {
  exact: "exact",
  continues: "goes on in other words",
  "trims-space": "trims the space",
  "adds-space": "adds a space",
  echoes: "echoes it (or restarts in the same words)",
  restarts: "restarts",
  ignores: "ignores it",
  stops: "stops",
  refused: "refused",
  failed: "failed",
};

const PLACES: Readonly<Record<CutReport["place"], string>> = {
  "between-pieces": "between pieces",
  "after-space": "after a space",
  "inside-word": "inside a word",
};

const USAGE: Readonly<Record<UsagePlacement, string>> = {
  finish: "on the last chunk",
  trailing: "on a chunk of its own",
  both: "twice: on the last chunk and on one of its own",
  none: "none",
};

const KEY_STATES: Readonly<Record<KeyReport["state"], string>> = {
  accepted: "accepted",
  refused: "refused",
  unknown: "not known",
};

const namesOf = (treatments: readonly PrefixTreatment[]) => treatments.map((one) => TREATMENTS[one]).join(", ");

/** What the doctor says in English; the other languages say the same. */
export const doctorEn = {
  summary: "examine each provider: key, balance, first token, whether continuation really works",
  details: [
    "The examination asks each provider for a few small streams and, where a continuation mode is set, cuts an answer",
    "in several places and has the provider go on. It says beforehand how many tokens that costs at most.",
    "Exit code 1 when something is wrong. Keys are never printed.",
  ].join("\n"),
  providerFlag: "providers to examine, separated by commas (default: all)",
  samplesFlag: "small streams that the first token is timed with",
  modelFlag: "model to ask for, as callers name it",
  tryModesFlag: "also try continuation modes that are not configured",
  timeoutFlag: "longest time for all of it, in seconds",
  yesFlag: "do not ask before tokens are spent",
  unknownProvider: (name: string, known: string) => `There is no provider "${name}". The configuration has: ${known}.`,
  nothingToExamine: "There is no tideover.yaml here and no API key in the environment. Write one with `tideover init`.",

  cost: (providers: number, tokens: number) =>
    `Examining ${providers} ${providers === 1 ? "provider" : "providers"}; this costs at most ${tokens} tokens.`,
  question: "Go on?",
  cancelled: "Nothing was asked of any provider.",

  columns: ["Check", "Result", "Details"],
  reachable: "reachable",
  yes: "yes",
  no: "no",
  ms: (name: "dns" | "connect" | "tls", ms: number) =>
    `${{ dns: "DNS", connect: "connect", tls: "TLS" }[name]} ${ms} ms`,
  proxied: "through a proxy",
  key: (account: string) => `key ${account}`,
  keyStates: KEY_STATES,
  balance: (amounts: string) => `balance ${amounts}`,
  models: "models",
  offered: (count: number) => `${count} offered`,
  noList: "no list",
  mapped: (from: string, to: string, offered: boolean | undefined) =>
    `${from === to ? to : `${from} -> ${to}`}${offered === false ? " (not listed)" : ""}`,
  firstToken: "first token",
  median: (ms: number) => `median ${ms} ms`,
  asModel: (model: string) => `answered as ${model}`,
  failedStreams: (count: number) => `${count} failed`,
  usage: "usage",
  usagePlacements: USAGE,
  continuation: "continuation",
  works: "works",
  broken: "BROKEN",
  untold: "not known",
  notTried: "not tried",
  treatments: TREATMENTS,
  thinksAgain: "thinks again",
  places: PLACES,

  advice: (finding: Finding): string => {
    switch (finding.code) {
      case "unreachable":
        return `Unreachable: ${finding.detail}`;
      case "key-refused":
        return `The key ${finding.account} is refused: ${finding.detail}`;
      case "no-balance":
        return `The account of ${finding.account} is empty (${finding.detail}): top it up.`;
      case "model-not-offered":
        return `The model ${finding.to} (for ${finding.from}) is not listed there: correct providers.<name>.models.`;
      case "no-answer":
        return `No stream was answered: ${finding.detail}`;
      case "continuation-broken":
        return `It does not go on from a given text (${finding.mode}: ${namesOf(finding.treatments)}): set continuation: none.`;
      case "not-finished":
        return "The examination was ended before its time.";
      case "no-model":
        return "No model is known to ask for: name one with --model, or map one in providers.<name>.models.";
      case "no-key":
        return "Callers bring their own keys, so there was none to try.";
      case "no-usage":
        return "Its streams do not say what they used: costs and token limits are estimated.";
      case "some-streams-failed":
        return `Some streams failed: ${finding.detail}`;
      case "continuation-untold":
        return finding.detail === "too-short"
          ? "Its answer was too short to be cut, so nothing is known about continuation."
          : `Whether continuation works (${finding.mode}) is not known: ${finding.detail}`;
      case "continuation-doubtful":
        return `It goes on between words but not inside one (${finding.mode}): it may be answering anew; watch the seams.`;
      case "continuation-unused":
        return `It does not go on from a given text (${finding.mode}); Tideover does not rely on that here, so leave it.`;
      case "continuation-none":
        return "No way to continue a cut answer is set: --try-modes looks for one.";
      case "mode-found":
        return `It goes on from a given text: set continuation: ${finding.mode}, and resume: auto is safe here.`;
      case "continuation-works":
        return `resume: auto is safe here (${finding.mode}).`;
    }
  },
  levels: { wrong: "WRONG", advice: "note", fine: "ok" },
  allFine: (providers: number) =>
    providers === 1 ? "Nothing is wrong." : `Nothing is wrong at ${providers} providers.`,
  someWrong: (names: string) => `Something is wrong at: ${names}.`,
};

/** Everything the doctor says, in one language. */
export type DoctorMessages = typeof doctorEn;
