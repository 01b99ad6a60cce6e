/** What `tideover jobs` and `tideover work` say in English. */
export const jobsEn = {
  summary: "list, show, retry and cancel jobs of a running gateway",
  action: "what to do: list, show, retry or cancel",
  id: "the job, for everything but list",
  statusFlag: "only jobs in this state",
  limitFlag: "most jobs to list, 1 to 100 (default: 20)",
  afterFlag: "go on after this job",
  keyFlag: "a key of the gateway (default: the environment's TIDEOVER_KEY)",
  needsAction: (actions: string) => `Say what to do: ${actions}.`,
  needsId: (action: string) => `\`tideover jobs ${action}\` needs the id of a job, as \`tideover jobs list\` shows it.`,
  columns: ["Job", "State", "Model", "Accepted", "Ended"],
  none: "There are no such jobs.",
  more: (last: string) => `There are more: --after ${last}`,
  notReached: (url: string, why: string) => `${url} was not reached: ${why}`,
  now: (id: string, status: string) => `${id} is ${status}.`,

  workSummary: "work on jobs without serving HTTP",
  working: "Working on jobs. Ctrl+C stops it, once what it has in hand is done.",
  workNeedsSharedStore:
    "A worker of its own needs a job store that several processes share. With SQLite one process owns the data folder: `tideover serve` works on its jobs itself (server.jobs.workers).",
  workNeedsTickets: "No route has the rung `ticket` on its ladder, so there are no jobs to work on.",
};
