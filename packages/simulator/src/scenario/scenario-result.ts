import type { BreakerStateName } from "tideover/engine";
import type { UpstreamCounters } from "../model/counters.ts";
import type { BacklogResult } from "./backlog.ts";
import type { CallRecord } from "./call-record.ts";
import type { Scenario } from "./scenario.ts";
import type { StrategyName } from "./strategy.ts";

/** A breaker's change of state. */
export interface BreakerChange {
  readonly at: number;
  readonly provider: string;
  readonly state: BreakerStateName;
  readonly reason: string;
}

/** A limit that has learned. */
export interface LimitChange {
  readonly at: number;
  readonly provider: string;
  /** Calls at a time. */
  readonly limit: number;
  readonly inFlight: number;
}

/** What the providers were doing at one moment. */
export interface LoadSample {
  readonly at: number;
  readonly providers: Readonly<Record<string, { readonly running: number; readonly queued: number }>>;
}

/** What is left when every call has ended; all zero when nothing leaks. */
export interface Leftovers {
  /** Timers that nobody waits for any more. */
  readonly timers: number;
  /** Exchanges that are still open at the providers. */
  readonly exchanges: number;
  /** Calls that the engine's accounts believe to be in flight. */
  readonly inFlight: number;
  /** Places in breakers that were not given back. */
  readonly breakerPermits: number;
  /** Listeners on the callers' abort signals. */
  readonly listeners: number;
  /** Attempts that started after their call had ended. */
  readonly lateAttempts: number;
}

/** Everything that a run has shown. Plain data; times in ms of the run. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly calls: readonly CallRecord[];
  readonly breakers: readonly BreakerChange[];
  readonly limits: readonly LimitChange[];
  readonly load: readonly LoadSample[];
  readonly providers: Readonly<Record<string, UpstreamCounters>>;
  readonly leftovers: Leftovers;
  /** What became of the jobs, where the scenario has some. */
  readonly backlog?: BacklogResult | undefined;
  /** Set when the run came to a stand: some call waits for something that will never happen. */
  readonly hung: string | undefined;
  /** When the last call had ended. */
  readonly endedAt: number;
  /** The same for two runs of the same scenario, strategy and seed. */
  readonly hash: string;
}

/** What a run has shown beside its calls. */
export type RunSummary = Omit<ScenarioResult, "calls">;
