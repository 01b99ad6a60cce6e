import { hash } from "node:crypto";
import { getEventListeners } from "node:events";
import { type AnswerStore, type Clock, type EngineEnvironment, seededRandom, type Timer } from "tideover/engine";
import { ALL_FEATURES, type CompileCondition, createRuntime, type Runtime } from "tideover/runtime";
import { VirtualClock } from "tideover/testing";
import type { Arrival } from "../arrivals/arrival.ts";
import { drawArrivals, firstArrivals, MOST_ARRIVALS } from "../arrivals/generate-arrivals.ts";
import { type CallerSurroundings, runCaller } from "../callers/caller.ts";
import type { Client } from "../callers/client.ts";
import { closedCrowd, openCrowd } from "../callers/crowd.ts";
import { directClient } from "../callers/direct-client.ts";
import { engineClient } from "../callers/engine-client.ts";
import { ProcessLosses } from "../callers/process-losses.ts";
import { Backlog } from "./backlog.ts";
import type { CallRecord } from "./call-record.ts";
import { promiseTurns } from "./promise-turns.ts";
import { Recorder } from "./recorder.ts";
import { ResultHash } from "./result-hash.ts";
import type { Scenario } from "./scenario.ts";
import type { Leftovers, LoadSample, ScenarioResult } from "./scenario-result.ts";
import { Settling } from "./settling.ts";
import { type SimulatedProviders, startProviders } from "./simulated-providers.ts";
import { engineConfig, SDK_RETRIES, type StrategyName } from "./strategy.ts";

/** How often the providers' load is looked at, ms. */
const SAMPLE_MS = 10_000;
/** How long a run may go on after its last arrival, ms: the longest life of a stream, and then some. */
const LONGEST_TAIL_MS = 2 * 3_600_000;
/** Callers' signals that are searched for forgotten listeners. */
const SIGNALS_SEARCHED = 1_000;
/** Memory for copies of answers, bytes; more than a scenario fills. */
const CACHE_BYTES = 64 * 1024 * 1024;
/** Used where a route has no deadline that could be found, ms: the engine's default. */
const USUAL_DEADLINE_MS = 120_000;

/** What a run may be told beside its scenario. */
export interface RunOptions {
  /** Default: the scenario's. */
  readonly seed?: number | undefined;
  /** Default: `tideover`. */
  readonly strategy?: StrategyName | undefined;
  /** Replaces the scenario's generator, as a trace does. Those after the scenario's duration are left out. */
  readonly arrivals?: readonly Arrival[] | undefined;
  /** Stops after so many arrivals. */
  readonly mostCalls?: number | undefined;
  /** Told of every call when nothing about it changes any more, in the order of their ends. */
  readonly onCall?: ((call: CallRecord) => void) | undefined;
  /**
   * Whether the result holds the records of all calls. A run of millions must do without: its records are judged as
   * they come (`onCall`). Default: true.
   */
  readonly keepCalls?: boolean | undefined;
  /** Makes the second level of the cache, which outlives a restart; absent: there is none. */
  readonly answerStore?: ((clock: Clock) => AnswerStore) | undefined;
  /** Binds the expressions of `rules`; without it a scenario's rules must be functions. */
  readonly compileCondition?: CompileCondition | undefined;
}

/**
 * Runs a scenario in virtual time: the real engine, wire and provider adapters against modelled providers, in one
 * process. The same scenario, seed and strategy give the same result.
 * @throws ConfigError for a configuration that cannot be used, RangeError for an unknown profile
 */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<ScenarioResult> {
  return new Run(scenario, options).run();
}

/** The arrivals that a run of this scenario has. */
export function arrivalsOf(scenario: Scenario, options: RunOptions = {}): readonly Arrival[] {
  return [...arrivalsIn(scenario, options)];
}

/** The same one by one: those of a long run are drawn when their time comes. */
export function arrivalsIn(
  scenario: Scenario,
  { arrivals, seed, mostCalls = MOST_ARRIVALS }: RunOptions,
): Iterable<Arrival> {
  const { durationMs } = scenario;
  const all =
    arrivals === undefined
      ? drawArrivals(scenario.arrivals, durationMs, seed ?? scenario.seed)
      : arrivals.filter(({ atMs }) => atMs < durationMs);
  return firstArrivals(all, mostCalls);
}

class Run {
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #seed: number;
  readonly #strategy: StrategyName;
  readonly #clock = new VirtualClock(promiseTurns());
  readonly #recorder = new Recorder(this.#clock);
  readonly #providers: SimulatedProviders;
  readonly #losses = new ProcessLosses();
  readonly #store: AnswerStore | undefined;
  /** All that were ever started: a restart leaves the one before behind. */
  readonly #runtimes: Runtime[] = [];
  #runtime: Runtime | undefined;
  readonly #calls: CallRecord[] = [];
  readonly #hash = new ResultHash();
  readonly #settling = new Settling((call) => this.#settled(call));
  readonly #load: LoadSample[] = [];
  readonly #signals: AbortSignal[] = [];
  #backlog: Backlog | undefined;
  #sampling: Timer | undefined;
  #restarts: readonly Timer[] = [];

  constructor(scenario: Scenario, options: RunOptions) {
    this.#scenario = scenario;
    this.#options = options;
    this.#seed = options.seed ?? scenario.seed;
    this.#strategy = options.strategy ?? "tideover";
    this.#providers = startProviders(scenario.providers, this.#clock, this.#seed);
    this.#store = options.answerStore?.(this.#clock);
    const { backlog, callers } = scenario;
    if (backlog !== undefined && (this.#strategy === "tideover" || this.#strategy === "classic")) {
      this.#backlog = new Backlog(backlog, callers.model, this.#seed, this.#clock, () => this.#runtime);
    }
    this.#runtime = this.#startRuntime();
  }

  async run(): Promise<ScenarioResult> {
    const clock = this.#clock;
    this.#sample();
    this.#restarts = (this.#scenario.restarts ?? []).map((at) => clock.schedule(at, () => this.#restart()));
    const crowd = this.#startCrowd();
    this.#backlog?.start();
    const ended = Promise.all([crowd.done, this.#backlog?.drained]).then(() => undefined);
    const hung = await clock.run(ended, this.#scenario.durationMs + LONGEST_TAIL_MS).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const endedAt = clock.now();
    crowd.stop();
    const backlog = await this.#backlog?.result();
    if (this.#backlog !== undefined) await clock.run(this.#backlog.stop());
    this.#sampling?.cancel();
    for (const restart of this.#restarts) restart.cancel();
    this.#providers.stop();
    await clock.advance(0);
    this.#settling.passOn(endedAt);
    const leftovers = this.#leftovers();
    const providers = Object.fromEntries(this.#providers.all.map(({ name, model }) => [name, model.counters]));
    for (const { model } of this.#providers.all) model.close();
    const { breakers } = this.#recorder;
    for (const change of breakers) this.#hash.add(change);
    return {
      scenario: this.#scenario,
      strategy: this.#strategy,
      seed: this.#seed,
      calls: this.#calls.sort((a, b) => a.index - b.index),
      breakers,
      limits: this.#recorder.limits.changes,
      load: this.#load,
      providers,
      leftovers,
      ...(backlog === undefined ? {} : { backlog }),
      hung,
      endedAt,
      hash: this.#hash.digits,
    };
  }

  #startRuntime(): Runtime | undefined {
    if (this.#strategy === "sdk" || this.#strategy === "none") return undefined;
    const environment: EngineEnvironment = {
      clock: this.#clock,
      random: seededRandom(this.#seed ^ 0x456e67),
      emit: (event) => {
        // What a job does is no caller's call.
        if (event.type === "attempt-started" && Backlog.owns(event.call.id)) this.#backlog?.noteAttempt(event.provider);
        else this.#recorder.emit(event);
      },
    };
    const config = engineConfig(this.#scenario, this.#strategy, this.#providers.all);
    const { transport } = this.#providers;
    const isCached = this.#scenario.callers.questions !== undefined;
    const runtime = createRuntime(config, {
      environment,
      transport,
      features: ALL_FEATURES,
      desk: this.#backlog?.desk,
      compileCondition: this.#options.compileCondition ?? noConditions,
      caching: isCached ? { hash: digest, memoryBytes: CACHE_BYTES, store: this.#store } : undefined,
    });
    this.#runtimes.push(runtime);
    return runtime;
  }

  /** The process is gone, with its memory and every connection; another one takes its place. */
  #restart(): void {
    if (this.#runtime === undefined) return;
    this.#runtime = this.#startRuntime();
    this.#losses.strike();
  }

  #client(): Client {
    const runtime = this.#runtime;
    if (runtime !== undefined) return engineClient(() => this.#runtime ?? runtime, this.#clock);
    const [first] = this.#providers.all;
    if (first === undefined) throw new RangeError(`Scenario ${this.#scenario.name} has no provider.`);
    return directClient({ provider: first.name, baseUrl: first.baseUrl }, this.#providers.transport, this.#clock);
  }

  #startCrowd() {
    const { callers, durationMs } = this.#scenario;
    const random = seededRandom(this.#seed ^ 0x43616c6c);
    const around: CallerSurroundings = {
      clock: this.#clock,
      random,
      client: this.#client(),
      plan: callers,
      retries: this.#strategy === "sdk" ? Math.max(SDK_RETRIES, callers.retries) : callers.retries,
      deadlineMs: this.#deadlineMs(),
      losses: this.#scenario.restarts === undefined ? undefined : this.#losses,
      lengthsOf: firstLengths(),
      opened: (id, record, signal) => {
        this.#recorder.open(id, record);
        if (this.#signals.length < SIGNALS_SEARCHED) this.#signals.push(signal);
      },
      closed: (id) => this.#recorder.close(id),
    };
    const arrivals = arrivalsIn(this.#scenario, { ...this.#options, seed: this.#seed });
    const ask = async (index: number, arrival: Arrival) => {
      this.#settling.add(await runCaller(index, arrival, around), this.#clock.now());
    };
    const { population } = callers;
    if (population === undefined) return openCrowd(arrivals, this.#clock, ask);
    return closedCrowd(arrivals, population, durationMs, this.#clock, random, ask);
  }

  #settled(call: CallRecord): void {
    this.#hash.add(call);
    if (this.#options.keepCalls ?? true) this.#calls.push(call);
    this.#options.onCall?.(call);
  }

  #deadlineMs(): number {
    const { callers } = this.#scenario;
    const asked = callers.deadlineMs ?? Number.POSITIVE_INFINITY;
    const runtime = this.#runtime;
    if (runtime !== undefined) {
      return Math.min(asked, runtime.findRoute(callers.model)?.route.deadline ?? USUAL_DEADLINE_MS);
    }
    return Math.min(asked, routeDeadlineMs(this.#scenario, this.#providers));
  }

  #sample(): void {
    const providers = Object.fromEntries(
      this.#providers.all.map(({ name, model }) => {
        const { running, queued } = model.counters;
        return [name, { running, queued }];
      }),
    );
    this.#load.push({ at: this.#clock.now(), providers });
    this.#sampling = this.#clock.schedule(SAMPLE_MS, () => this.#sample());
  }

  #leftovers(): Leftovers {
    const accounts = this.#runtimes.flatMap(({ providers }) => [...providers.values()]);
    return {
      timers: this.#clock.pendingTimers,
      exchanges: sum(this.#providers.all.map(({ model }) => model.counters.inFlight)),
      inFlight: sum(accounts.flatMap((provider) => provider.accounts.map(({ state }) => state.inFlight))),
      breakerPermits: sum(
        accounts.flatMap(({ breakers }) =>
          [...(breakers?.entries() ?? [])].map(({ thing: breaker }) => breaker.inFlight),
        ),
      ),
      listeners: sum(this.#signals.map((signal) => getEventListeners(signal, "abort").length)),
      lateAttempts: this.#recorder.lateAttempts,
    };
  }
}

/** The deadline that the scenario's route would set, for the strategies that have no routes. */
function routeDeadlineMs(scenario: Scenario, providers: SimulatedProviders): number {
  const config = engineConfig(scenario, "tideover", providers.all);
  return config.routes[0]?.deadline ?? USUAL_DEADLINE_MS;
}

/** A question has the lengths of the first who asked it. */
function firstLengths(): (question: number, arrival: Arrival) => Arrival {
  const known = new Map<number, Arrival>();
  return (question, arrival) => {
    const first = known.get(question) ?? arrival;
    known.set(question, first);
    return first;
  };
}

const noConditions: CompileCondition = (expression) => {
  throw new RangeError(`The rule "${expression}" needs an expression language; give runScenario a compileCondition.`);
};

const digest = (data: string | Uint8Array): string => hash("sha256", data);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}
