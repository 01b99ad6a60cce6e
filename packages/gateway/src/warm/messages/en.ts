/** What warming says in English; the other languages say the same. */
export const warmEn = {
  summary: "generate answers ahead, so that they are in the cache when they are asked for",
  promptsFlag: 'file with one request on each line: a chat request body, or {"prompt": "…", "model": "…"}',
  urlFlag: "a running gateway (default: the configuration's; where none runs, the work is done in this process)",
  keyFlag: "the gateway's key, whose tenant gets the answers (default: the environment's TIDEOVER_KEY)",
  tenantFlag: "whose answers they are, where the work is done in this process and there are several tenants",
  modelFlag: "model of lines that name none",
  concurrencyFlag: "requests at the same time",
  anewFlag: "begin anew, also where an earlier run stopped half-way",

  needsPrompts: "Name a file with prompts.",
  noPrompts: (file: string) => `${file} holds no requests.`,
  through: (total: number, url: string) => `Generating ${total} answers through the gateway at ${url}`,
  inProcess: (total: number) => `Generating ${total} answers in this process; no gateway runs`,
  resuming: (done: number) => `${done} were done by an earlier run that was stopped; --anew does them again.`,
  needsTenant: (tenants: string) => `Say whose answers they are with --tenant; there are: ${tenants}.`,
  noSuchTenant: (tenant: string, tenants: string) => `There is no tenant "${tenant}"; there are: ${tenants}.`,
  progress: (done: number, total: number, rate: string, failed: number) =>
    `${done} of ${total}, ${rate}/s${failed === 0 ? "" : `, ${failed} failed`}`,
  timeLeft: (time: string) => `${time} left`,

  stopped: (file: string) => `Stopped. The same command goes on where it stopped (${file}).`,
  generated: "generated",
  present: "fresh already",
  notKept: "generated, but not kept",
  resumed: "done by the earlier run",
  failed: "failed",
  took: (time: string, rate: string) => `in ${time}, ${rate}/s`,
  notKeptHint:
    "The route does not keep what it was asked: cache.when is deterministic by default, which means temperature 0.",
  failuresIn: (file: string) => `The requests that failed are in ${file}, with their reasons; it can be warmed again.`,
  andMore: (count: number) => `… and ${count} more`,
};

/** Everything warming says, in one language. */
export type WarmMessages = typeof warmEn;
