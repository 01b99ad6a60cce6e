/** What the provider has seen, to be compared with what the other end believes. All are counts since the start. */
export interface UpstreamCounters {
  /** Requests that reached the model, on any path but `/sim/`. */
  readonly requests: number;
  /** Exchanges that are open now, whatever their state. */
  readonly inFlight: number;
  /** The most that were open at a time. */
  readonly peakInFlight: number;
  /** Waiting for a slot now. */
  readonly queued: number;
  /** Holding a slot now. */
  readonly running: number;
  /** Generations that got a slot. */
  readonly started: number;
  /** Generations that ended as a whole answer. */
  readonly finished: number;
  /** Exchanges that the caller left before their end. */
  readonly abortedByCaller: number;
  /** Responses with a status of 400 or more. */
  readonly refused: number;
  /** Generations that did not start within the provider's limit and were closed. */
  readonly expired: number;
  /** Answer tokens written. */
  readonly tokensSent: number;
  /** Requests that asked to continue a partial answer, and were understood so. */
  readonly continuations: number;
  /** How often each fault struck, by its name in the fault table. */
  readonly faults: Readonly<Record<string, number>>;
  /** Requests by path without query; unknown paths together as `other`. */
  readonly paths: Readonly<Record<string, number>>;
}

/** The counters while they count. */
export type CountersInProgress = {
  -readonly [Name in keyof Omit<UpstreamCounters, "faults" | "paths" | "queued" | "running">]: number;
} & { readonly faults: Record<string, number>; readonly paths: Record<string, number> };

/** All zero. */
export function newCounters(): CountersInProgress {
  return {
    requests: 0,
    inFlight: 0,
    peakInFlight: 0,
    started: 0,
    finished: 0,
    abortedByCaller: 0,
    refused: 0,
    expired: 0,
    tokensSent: 0,
    continuations: 0,
    faults: {},
    paths: {},
  };
}

/** One more of that name. */
export function countIn(record: Record<string, number>, name: string): void {
  record[name] = (record[name] ?? 0) + 1;
}
