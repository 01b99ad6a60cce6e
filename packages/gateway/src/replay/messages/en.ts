/** What the replay says in English; the other languages say the same. */
export const replayEn = {
  summary: "send a recorded trace through a gateway, in real time",
  traceFlag: "CSV file with the columns TIMESTAMP,ContextTokens,GeneratedTokens",
  generatedFlag: "instead of a file: requests that look like an hour of conversations",
  urlFlag: "a running gateway; without it one is started here, before simulated providers",
  profileFlag: "how busy the simulated provider is (default: peak)",
  secondsFlag: "how much of the trace is sent, from its beginning",
  speedFlag: "how much faster than recorded, such as 2 or 0.5",
  modelFlag: "model that is asked for",
  keyFlag: "the gateway's key (default: the environment's TIDEOVER_KEY)",
  deadlineFlag: "deadline of each request",
  streamFlag: "share of the requests that ask for a stream",
  seedFlag: "the same seed gives the same requests and the same provider",

  needsTrace: "Name a trace file, or give --generated.",
  traceAndGenerated: "Give a trace file or --generated, not both.",
  profileNeedsSimulated: "--profile is for the simulated provider; with --url there is none.",
  notANumber: (flag: string, value: string, least: number, most: number) =>
    `${flag} is "${value}"; it must be a number from ${least} to ${most}.`,
  notAShare: (flag: string, value: string) => `${flag} is "${value}"; it must be a share such as 80% or 0.8.`,
  notADuration: (flag: string, value: string, problem: string) => `${flag} is "${value}": ${problem}.`,
  nothingAnswers: (url: string, why: string) => `Nothing answers at ${url}: ${why}`,

  starting: (requests: number, seconds: number, url: string) =>
    `Sending ${requests} requests in ${seconds} s to ${url}`,
  simulatedTarget: (ladder: string) => `SIMULATED providers behind a gateway in this process: ${ladder}`,
  progress: (elapsed: number, sent: number, requests: number, open: number) =>
    `${elapsed} s: ${sent} of ${requests} sent, ${open} open`,
  stopped: "Stopped before its end; what follows is what was sent.",

  titleRequests: "Requests",
  sent: "sent",
  streamed: "of them streamed",
  mostOpen: "most open at a time",
  lag: "sent late by (ms)",
  titleRungs: "Answered by",
  noRung: "nothing",
  degraded: "degraded",
  titleOutcomes: "Ended as",
  answered: "answered",
  titleTimes: "Times in ms, from when a request was due",
  timeColumns: ["count", "p50", "p90", "p99", "max"],
  firstToken: "first token",
  streamedTotal: "whole stream",
  unstreamedTotal: "whole answer, unstreamed",
  promptStreams: "streams answered live within 10 s",
  titleAttempts: "Attempts",
  attemptsPerRequest: "per request",
  mostAttempts: "most for one request",
  titleProviders: "What the simulated providers saw",
  upstream: (requests: number, peak: number, aborted: number, open: number) =>
    `${requests} requests, at most ${peak} at a time, ${aborted} given up by the gateway, ${open} still open`,
  noFaults: "no faults",
  titleTruth: "Truth of the answers",
  right: "as they should be",
  truncated: "WRONG: cut, passed as whole",
  different: "WRONG: another text",
  notCompared: "not compared",
  continued: "cut after the first token, and finished by another attempt",
  interrupted: "cut after the first token, and said so",
  unstated: "ended without answer or code",
};

/** Everything the replay says, in one language. */
export type ReplayMessages = typeof replayEn;
