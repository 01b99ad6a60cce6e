import type { ConfigIssue } from "tideover/config";
import { formatIssueIn } from "../../config/index.ts";
import { doctorEn } from "../../doctor/messages/en.ts";
import { importEn } from "../../import/messages/en.ts";
import { modelEn } from "../../models/messages/en.ts";
import { replayEn } from "../../replay/messages/en.ts";
import { warmEn } from "../../warm/messages/en.ts";
import { backupEn } from "../backup/messages-en.ts";
import { batchEn } from "../batch/messages-en.ts";
import { eraseEn } from "../erase/messages-en.ts";
import { forecastEn } from "../forecast/messages-en.ts";
import { jobsEn } from "../jobs/messages-en.ts";
import { reviewEn } from "../review/messages-en.ts";

/** What the command says in English; the other languages say the same. */
export const en = {
  // Help
  title: "Keeps applications answering when an LLM service is busy, slow, cut off or down.",
  usage: "Usage",
  commands: "Commands",
  flags: "Flags",
  examples: "Examples",
  values: "one of",
  byDefault: "default",
  helpFlag: "show this help",
  versionFlag: "show the version",
  moreHelp: "tideover <command> --help tells more about one.",
  helpHint: (command: string) => `Run \`${command} --help\` to see what it takes.`,

  // Command lines that are wrong
  unknownCommand: (name: string, nearest: string | undefined) =>
    `There is no command "${name}".${nearest === undefined ? "" : ` Did you mean "${nearest}"?`}`,
  unknownFlag: (flag: string, nearest: string | undefined) =>
    `Unknown flag ${flag}.${nearest === undefined ? "" : ` Did you mean ${nearest}?`}`,
  unexpectedArgument: (text: string) => `Unexpected argument "${text}".`,
  flagNeedsValue: (flag: string) => `${flag} needs a value.`,
  notAWholeNumber: (flag: string, value: string, least: number, most: number) =>
    `${flag} is "${value}"; it must be a whole number from ${least} to ${most}.`,
  notOneOf: (flag: string, value: string, allowed: string) => `${flag} is "${value}"; it must be one of: ${allowed}.`,
  notAUrl: (flag: string, value: string) =>
    `${flag} is "${value}"; it must be an address such as http://127.0.0.1:8787.`,
  unexpectedError: (message: string) => `tideover failed unexpectedly: ${message}`,

  // Flags that several commands have
  jsonFlag: "print JSON for scripts",
  configFlag: "configuration file (default: tideover.yaml in this folder)",
  hostFlag: "address to listen on",
  portFlag: "port to listen on; 0 chooses a free one",

  // serve
  serveSummary: "run the gateway",
  serveJsonFlag: "log and announce in JSON lines",
  logLevelFlag: "how much is logged",
  listening: (url: string) => `Tideover answers at ${url}`,
  dashboardAt: (url: string) => `Dashboard: ${url}`,
  fromFile: (file: string) => `Configuration: ${file}`,
  fromEnvironment: (providers: string) => `Configuration: from the environment (${providers}); no tideover.yaml here`,
  fromDemo:
    "DEMO: no tideover.yaml and no API key were found, so the answers come from two SIMULATED providers on this machine: one busy, one calm. No real model is asked.",
  demoHint: "To use a real one, set DEEPSEEK_API_KEY or run `tideover init`, then start again.",
  ladderOf: (route: string, model: string, ladder: string) => `Route ${route} (${model}): ${ladder}`,
  tryIt: "Try it:",
  notLoopback: (host: string) =>
    `${host} can be reached from other machines, and no caller needs a key. Set server.keys, or server.open: true if that is meant.`,
  caUnreadable: (file: string, why: string) => `The certificate file ${file} (server.ca) cannot be read: ${why}`,
  configRefused: (count: number) =>
    `The configuration cannot be used: ${count} ${count === 1 ? "problem" : "problems"}.`,
  configIssue: (issue: ConfigIssue, file: string | undefined) => formatIssueIn("en", issue, file),
  draining: (open: number, seconds: number) =>
    `Stopping: ${open} open ${open === 1 ? "request" : "requests"} may finish within ${seconds} s. A second signal stops at once.`,
  stopped: (cut: number) =>
    cut === 0 ? "Stopped." : `Stopped; ${cut} open ${cut === 1 ? "request was" : "requests were"} cut.`,

  // check
  checkSummary: "check a configuration and show every effective value with where it came from",
  nothingToCheck: "There is no tideover.yaml here and no API key in the environment. Write one with `tideover init`.",

  // upstream
  upstreamSummary: "run a simulated DeepSeek as a server",
  profileFlag: "how busy it is",
  seedFlag: "the same seed gives the same behaviour",
  upstreamAt: (url: string, profile: string) => `SIMULATED upstream (${profile}) at ${url}`,
  upstreamBaseUrl: (url: string) => `baseUrl for an OpenAI client: ${url}/v1`,
  upstreamFaults: "A fault is asked for by the model name, for example",
  faultsTitle: "Faults, by model name (a number may follow, as in fault-cut-20)",
  profilesTitle: "Profiles",

  // status
  statusSummary: "show how a running gateway does",
  urlFlag: "address of the gateway (default: as in tideover.yaml, else http://127.0.0.1:8787)",
  statusColumns: ["Check", "Result", "Details"],
  alive: "alive",
  levels: { normal: "normal", busy: "busy", degraded: "degraded", outage: "outage" },
  routeLevel: (name: string) => `route ${name}`,
  since: (time: string) => `since ${time}`,
  ready: "ready",
  notReady: "not ready",
  unreachable: "unreachable",
  nothingListens: "nothing listens there; start it with `tideover serve`",
  noAnswer: (seconds: number) => `no answer within ${seconds} s`,
  notTideover: (status: number) => `answered ${status}; is this a Tideover gateway?`,

  // init
  initSummary: "write a tideover.yaml",
  presetFlag: "provider to use; see below",
  outputFlag: "file to write (default: tideover.yaml)",
  yesFlag: "ask nothing, take the defaults",
  forceFlag: "replace a file that is there",
  presetsTitle: "Presets",
  initQuestion: "Which provider do you use?",
  initBaseUrl: (title: string) => `Address (baseUrl) of ${title}?`,
  initTemplate: "Text to answer with when no provider can (empty for none)?",
  initTemplateDefault: "The service is busy. Please try again in a few minutes.",
  initCancelled: "Nothing was written.",
  initNotATerminal: "This is not a terminal, so nothing can be asked: give --preset NAME, or --yes for the defaults.",
  unknownPreset: (name: string, nearest: string | undefined) =>
    `There is no preset "${name}".${nearest === undefined ? "" : ` Did you mean "${nearest}"?`} See \`tideover init --help\`.`,
  baseUrlFlag: "address of the provider, for presets without one",
  needsBaseUrl: (preset: string, shape: string) => `The preset ${preset} needs --base-url${shape}.`,
  fileExists: (file: string) => `${file} exists already; --force replaces it, --output names another.`,
  cannotWrite: (file: string, why: string) => `${file} cannot be written: ${why}`,
  written: (file: string) => `Wrote ${file}.`,
  nextSetKey: (variable: string) => `Next: set ${variable}, then run \`tideover serve\`.`,
  nextServe: "Next: run `tideover serve`.",

  doctor: doctorEn,
  batch: batchEn,
  jobs: jobsEn,
  backup: backupEn,
  review: reviewEn,
  erase: eraseEn,
  forecast: forecastEn,
  import: importEn,
  model: modelEn,
  replay: replayEn,
  warm: warmEn,

  // cache
  cacheSummary: "remove stored answers",
  cacheAction: "what to do",
  purgeBy: {
    key: "the answer with this key",
    route: "answers of this route",
    tag: "answers with this tag",
    tenant: "answers of this tenant",
    model: "answers to requests for this model",
  },
  adminKeyFlag: "the gateway's admin key, needed from other machines (default: the environment's TIDEOVER_ADMIN_KEY)",
  cacheNeedsPurge: "Write `tideover cache purge`; there is nothing else yet.",
  purgeWhat: "Say what to purge: at least one of --key, --route, --tag, --tenant, --model. Several mean all of them.",
  purged: (count: number) => `${count} ${count === 1 ? "answer" : "answers"} removed.`,

  // The comments in the file that init writes
  fileHead: "Tideover configuration. `tideover check` shows every effective value and where it came from.",
  fileServer: "Where the gateway listens. A host that others can reach needs keys (server.keys).",
  fileProviders: "Who answers. Names are yours; a preset knows the host's address, models and quirks.",
  fileKey: "Taken from the environment; never write a key into this file.",
  fileRoutes: "The first route whose model matches decides how a request is answered.",
  fileModel: "every model that callers ask for",
  fileDeadline: "an answer, or for a stream its first token, by then",
  fileLadder: "Ways to answer, best first. The next one is taken when one cannot answer in time.",
  fileTemplate: "The last resort: a fixed text, marked as degraded.",
};

/** Everything the command says, in one language. */
export type Messages = typeof en;
