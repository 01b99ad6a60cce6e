import type { TideoverConfig } from "tideover/config";
import type { ArrivalPlan } from "../arrivals/arrival.ts";
import type { CallerPlan } from "../callers/caller-plan.ts";
import type { FaultShare } from "../model/profiles.ts";
import type { PrefixBehaviour } from "../text/continue-answer.ts";
import type { ContinuationMode } from "../text/partial-answer.ts";
import type { BacklogPlan } from "./backlog.ts";
import type { StrategyName } from "./strategy.ts";

/** How a simulated provider does from some moment on. Whatever is absent stays as it was. Times in ms. */
export interface ProviderCondition {
  /** Name of a profile of the upstream model. A new profile brings its own faults, TTFT and speed back. */
  readonly profile?: string | undefined;
  /** Generations at a time. */
  readonly slots?: number | undefined;
  /** Requests that may wait for a slot. */
  readonly queue?: number | undefined;
  /** The wait from slot to first token, exactly; absent: as the profile draws it. */
  readonly ttftMs?: number | undefined;
  /** Speed of every generation; absent: as the profile draws it. */
  readonly tokensPerSecond?: number | undefined;
  /** Replaces the profile's faults. */
  readonly faults?: readonly FaultShare[] | undefined;
  /** Balance of every account; little limits its concurrency. */
  readonly balance?: number | undefined;
  /** The provider cannot answer at all now: the promises allow it probes only. */
  readonly dead?: boolean | undefined;
}

/** A change of a provider's condition. */
export interface ProviderChange extends ProviderCondition {
  readonly atMs: number;
}

/** One simulated provider over the whole run. */
export interface ProviderPlan {
  readonly start: ProviderCondition & { readonly profile: string };
  /** In the order of time. */
  readonly schedule: readonly ProviderChange[];
  readonly continuation?: ContinuationMode | undefined;
  readonly prefixBehaviour?: PrefixBehaviour | undefined;
  /** Calls that one account may have open. */
  readonly accountConcurrency?: number | undefined;
  /** Content chunks of one answer at most; few make a fast run. Default 4. */
  readonly chunks?: number | undefined;
}

/** The part of a Tideover configuration that a scenario states; addresses and keys are filled in by the run. */
export interface ScenarioConfig {
  readonly providers: Readonly<Record<string, Partial<NonNullable<TideoverConfig["providers"]>[string]>>>;
  readonly routes: TideoverConfig["routes"];
  /** Keys by tenant. */
  readonly keys?: readonly ScenarioKey[] | undefined;
}

/** What a tenant's key may use; the key itself is filled in by the run. */
export interface ScenarioKey {
  readonly name: string;
  readonly rate?: NonNullable<NonNullable<TideoverConfig["server"]>["keys"]>[number]["rate"];
}

/** The time in which something is wrong, ms from the start. */
export interface Trouble {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A busy time as data: who answers how, who asks how, and under which configuration. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  /** Requests arrive until then, ms; the run goes on until the last of them has ended. */
  readonly durationMs: number;
  /** What recovery is measured from. */
  readonly trouble?: Trouble | undefined;
  readonly providers: Readonly<Record<string, ProviderPlan>>;
  readonly config: ScenarioConfig;
  readonly arrivals: ArrivalPlan;
  readonly callers: CallerPlan;
  /**
   * When the process that serves the callers is lost and a new one takes its place, ms: it knows nothing, no limit, no
   * breaker, no copy; and everybody who had a call asks again at once.
   */
  readonly restarts?: readonly number[] | undefined;
  /** Jobs that pile up and are worked on beside the callers; the route needs a ticket rung. For the engine only. */
  readonly backlog?: BacklogPlan | undefined;
  /** Those that are compared, where nothing else is asked for; absent: all. A long run has time for few. */
  readonly strategies?: readonly StrategyName[] | undefined;
}
