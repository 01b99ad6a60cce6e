import type { TotalsSnapshot } from "@tideover/gateway";
import type { UpstreamCounters } from "@tideover/simulator";
import type { CallerCounts } from "./exchanges.ts";

/** Two counts that must be the same. */
export interface Agreement {
  readonly what: string;
  readonly here: number;
  readonly there: number;
}

/** What all ends have counted. */
export interface Counted {
  readonly snapshot: TotalsSnapshot;
  /** Of the simulated providers, by name. */
  readonly upstreams: Readonly<Record<string, UpstreamCounters>>;
  readonly counts: CallerCounts;
  /** What `/metrics` said. */
  readonly metrics: string;
}

/** Every count that two ends can see, and every count of beginnings beside that of the endings. */
export function agreements(counted: Counted): readonly Agreement[] {
  return [...withProviders(counted), ...withCallers(counted), ...withItself(counted), ...withMetrics(counted)];
}

function withProviders({ snapshot, upstreams }: Counted): readonly Agreement[] {
  return Object.entries(upstreams).flatMap(([name, upstream]): Agreement[] => {
    const attempts = (outcome?: string) => sum(snapshot, "attempts", [name, outcome]);
    const http = Object.entries(snapshot.counters.attemptFailures ?? {}).reduce(
      (total, [key, count]) => total + (key.startsWith(`${name}\nhttp-`) ? count : 0),
      0,
    );
    const inStream = ["error-before-content", "error-in-stream"];
    return [
      { what: `${name}: requests`, here: sum(snapshot, "attemptsStarted", [name]), there: upstream.requests },
      // An answer without content is whole to who wrote it.
      {
        what: `${name}: whole answers`,
        here: attempts("answered") + sum(snapshot, "attemptFailures", [name, "blank-answer"]),
        there: upstream.finished,
      },
      // An error in a stream says which status it stands for.
      {
        what: `${name}: refusals`,
        here: http,
        there: upstream.refused + inStream.reduce((total, fault) => total + (upstream.faults[fault] ?? 0), 0),
      },
      { what: `${name}: left by us`, here: attempts("cancelled"), there: upstream.abortedByCaller },
      { what: `${name}: continuations`, here: sum(snapshot, "continuations", [name]), there: upstream.continuations },
      {
        what: `${name}: answer tokens`,
        here: sum(snapshot, "tokens", [name, "output"]),
        there: upstream.tokensSent - unfinishedTokens(upstream),
      },
    ];
  });
}

/** Tokens of answers that broke or were left: every one of those stops after a number that its fault's name says. */
function unfinishedTokens({ faults }: UpstreamCounters): number {
  return Object.entries(faults).reduce((tokens, [fault, times]) => tokens + times * (TOKENS_BEFORE[fault] ?? 0), 0);
}

const TOKENS_BEFORE: Readonly<Record<string, number>> = {
  cut: 12,
  "cut-clean": 9,
  "error-in-stream": 15,
  stall: 1,
};

function withCallers({ snapshot, counts }: Counted): readonly Agreement[] {
  const rungs = new Set([
    ...Object.keys(counts.rungs),
    ...labels(snapshot, "requests", 1).filter((rung) => rung !== ""),
  ]);
  const codes = new Set([...Object.keys(counts.codes), ...labels(snapshot, "errors", 1)]);
  return [
    { what: "requests that came", here: sum(snapshot, "requestsStarted", []), there: counts.sent },
    ...[...rungs].map((rung) => ({
      what: `answers by ${rung}`,
      here: sum(snapshot, "requests", [undefined, rung, undefined, "answered"]),
      there: counts.rungs[rung] ?? 0,
    })),
    ...[...codes].map((code) => ({
      what: `errors ${code}`,
      here: sum(snapshot, "errors", [undefined, code]),
      there: counts.codes[code] ?? 0,
    })),
    {
      what: "callers that left",
      here: sum(snapshot, "requests", [undefined, undefined, undefined, "cancelled"]),
      there: counts.left,
    },
    { what: "answer tokens", here: sum(snapshot, "answerTokens", [undefined, "output"]), there: counts.outputTokens },
  ];
}

function withItself({ snapshot }: Counted): readonly Agreement[] {
  const pair = (started: Name, ended: Name): Agreement => ({
    what: `${started} and ${ended}`,
    here: sum(snapshot, started, []),
    there: sum(snapshot, ended, []),
  });
  const gauges = ["inFlight", "waiting", "requestsInFlight"] as const;
  return [
    pair("requestsStarted", "requests"),
    pair("callsStarted", "calls"),
    pair("attemptsStarted", "attempts"),
    pair("permitsGranted", "permitsReleased"),
    pair("hedges", "hedgesEnded"),
    ...gauges.map((name) => ({
      what: `${name} at rest`,
      here: Object.values(snapshot.gauges[name] ?? {}).reduce((total, value) => total + value, 0),
      there: 0,
    })),
  ];
}

/** What Prometheus is told is what was counted. */
function withMetrics({ snapshot, metrics }: Counted): readonly Agreement[] {
  const told = (metric: string) =>
    metrics
      .split("\n")
      .filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  return [
    { what: "metrics: requests", here: told("tideover_requests_total"), there: sum(snapshot, "requests", []) },
    { what: "metrics: attempts", here: told("tideover_attempts_total"), there: sum(snapshot, "attempts", []) },
    {
      what: "metrics: first tokens",
      here: told("gen_ai_client_operation_time_to_first_chunk_seconds_count"),
      there: sum(snapshot, "attemptsCommitted", []),
    },
    {
      what: "metrics: durations of attempts",
      here: told("gen_ai_client_operation_duration_seconds_count"),
      there: sum(snapshot, "attempts", []),
    },
  ];
}

type Name = keyof TotalsSnapshot["counters"];

function sum(snapshot: TotalsSnapshot, name: Name, wanted: readonly (string | undefined)[]): number {
  let total = 0;
  for (const [key, count] of Object.entries(snapshot.counters[name] ?? {})) {
    const own = key.split("\n");
    if (wanted.every((label, place) => label === undefined || own[place] === label)) total += count;
  }
  return total;
}

function labels(snapshot: TotalsSnapshot, name: Name, place: number): readonly string[] {
  return Object.keys(snapshot.counters[name] ?? {}).map((key) => key.split("\n")[place] ?? "");
}
