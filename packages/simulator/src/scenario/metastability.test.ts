import { type AnswerStore, type Clock, sleep } from "tideover/engine";
import { MemoryAnswerStore } from "tideover/testing";
import { describe, expect, test } from "vitest";
import { checkInvariants } from "../invariants/check-invariants.ts";
import { figuresOf, isLiveInTime } from "../report/figures.ts";
import { mean, share } from "../report/quantile.ts";
import { attemptsOf, type CallRecord } from "./call-record.ts";
import { type RunOptions, runScenario } from "./run-scenario.ts";
import type { Scenario, Trouble } from "./scenario.ts";
import type { ScenarioResult } from "./scenario-result.ts";
import { listScenarios } from "./shipped/index.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./shipped/small-town.ts";

// A metastable failure goes on after what caused it is gone, because the system keeps itself busy (Bronson et al., HotOS
// 2021). Each of these starts one, in every way that is known of services like this one, and looks whether it ends.
// "Recovered" is a live share of 95% of what it was before, within twice the deadline.

/** What twelve slots serve at calm, per second: a generation holds its slot for about five seconds. */
const CAPACITY = 2.4;
const DEADLINE_MS = 60_000;
const WELL = { ...SMALL_PROVIDER, faults: [] };

interface Town {
  readonly load: number;
  readonly durationMs: number;
  readonly trouble?: Trouble;
  readonly change?: Partial<Scenario>;
}

/** One provider of twelve slots at a share of its capacity. */
function town(name: string, { load, durationMs, trouble, change }: Town): Scenario {
  return {
    name,
    description: "",
    seed: 1,
    durationMs,
    trouble,
    providers: { deepseek: { start: WELL, schedule: [] } },
    config: ladderOf(["deepseek"]),
    arrivals: { ...SMALL_ARRIVALS, rate: load * CAPACITY },
    callers: PATIENT_CALLERS,
    ...change,
  };
}

async function run(scenario: Scenario, options: RunOptions = {}): Promise<ScenarioResult> {
  const result = await runScenario(scenario, options);
  expect(checkInvariants(result)).toEqual([]);
  expect(figuresOf(result).wrong).toBe(0);
  return result;
}

const liveShare = (calls: readonly CallRecord[]) => share(calls.filter(isLiveInTime).length, calls.length);
const arrivedIn = ({ calls }: ScenarioResult, fromMs: number, toMs: number) =>
  calls.filter(({ arrivedAt }) => arrivedAt >= fromMs && arrivedAt < toMs);

function expectRecovery(result: ScenarioResult): void {
  const { trouble, durationMs } = result.scenario;
  expect(figuresOf(result).recoveryMs).toBeLessThanOrEqual(2 * DEADLINE_MS);
  const before = liveShare(arrivedIn(result, 0, trouble?.fromMs ?? 0));
  const late = liveShare(arrivedIn(result, (trouble?.toMs ?? 0) + 2 * DEADLINE_MS, durationMs));
  expect(late).toBeGreaterThanOrEqual(0.95 * before);
}

/** Fewer calls in ten seconds have the budget's reserve, which is there so that quiet callers can retry at all. */
const LEAST_CALLS = 20;

/** Attempts by call that has any, in any ten seconds with enough calls. */
function mostAttempts({ calls, endedAt }: ScenarioResult): number {
  let most = 0;
  for (let from = 0; from < endedAt; from += 10_000) {
    const counts = calls
      .filter(({ arrivedAt }) => arrivedAt >= from && arrivedAt < from + 10_000)
      .map((call) => attemptsOf(call).length)
      .filter((count) => count > 0);
    if (counts.length >= LEAST_CALLS) most = Math.max(most, mean(counts));
  }
  return most;
}

describe("no metastable state:", () => {
  test("1: five minutes at 1.5 times the capacity, then 0.7", async () => {
    const trouble = { fromMs: 90_000, toMs: 390_000 };
    const arrivals = { ...SMALL_ARRIVALS, rate: 0.7 * CAPACITY, spikes: [{ ...trouble, times: 1.5 / 0.7 }] };
    const result = await run(town("overload", { load: 0.7, durationMs: 570_000, trouble, change: { arrivals } }));
    expectRecovery(result);
    // While it lasts nearly all that can be served is: two thirds of what is asked.
    expect(liveShare(arrivedIn(result, 120_000, 390_000))).toBeGreaterThan(0.55);
  });

  test("2: three quarters of the slots are gone for two minutes, and come back", async () => {
    const trouble = { fromMs: 90_000, toMs: 210_000 };
    const schedule = [
      { atMs: trouble.fromMs, slots: 3 },
      { atMs: trouble.toMs, slots: 12 },
    ];
    const providers = { deepseek: { start: WELL, schedule } };
    const result = await run(town("brownout", { load: 0.7, durationMs: 390_000, trouble, change: { providers } }));
    expectRecovery(result);
  });

  test("3: attempts by call are at most 1.1 in steady state and 1.3 in any ten seconds, whatever the scenario", async () => {
    const big = { slots: 40, queue: 100, profile: "calm", faults: [] };
    const arrivals = { ...SMALL_ARRIVALS, rate: 6.4 };
    const trouble = { fromMs: 50_000, toMs: 100_000 };
    const schedule = [
      { atMs: trouble.fromMs, faults: [{ fault: "503", share: 0.35 }] },
      { atMs: trouble.toMs, faults: [] },
    ];
    const providers = { deepseek: { start: big, schedule } };
    const steady = { providers: { deepseek: { start: { ...big, faults: undefined }, schedule: [] } }, arrivals };
    const calm = await run(town("steady", { load: 0.8, durationMs: 100_000, change: steady }));
    expect(figuresOf(calm).attemptsPerProvider.deepseek).toBeLessThanOrEqual(1.1);
    expect(mostAttempts(calm)).toBeLessThanOrEqual(1.3);
    const change = { providers, arrivals, config: ladderOf(["deepseek"]) };
    const failing = await run(town("failing", { load: 0.8, durationMs: 150_000, trouble, change }));
    expect(failing.calls.some((call) => attemptsOf(call).length > 1)).toBe(true);
    expect(mostAttempts(failing)).toBeLessThanOrEqual(1.3);
  });

  test("4: a restart with an empty cache and an empty memory at 0.8 of the capacity", async () => {
    const trouble = { fromMs: 120_000, toMs: 121_000 };
    const config = ladderOf(["deepseek"], { cache: { fresh: "1h", when: "always" } });
    const callers = { ...PATIENT_CALLERS, questions: 1_000 };
    const change = { config, callers, restarts: [120_000] };
    const result = await run(town("cold", { load: 0.8, durationMs: 300_000, trouble, change }));
    expectRecovery(result);
    expect(result.calls.some(({ tries }) => tries.at(-1)?.rung === "cache")).toBe(true);
  });

  test("5: the cache's second level and the provider fail together, and memory is cold", async () => {
    const trouble = { fromMs: 120_000, toMs: 180_000 };
    const schedule = [
      { atMs: trouble.fromMs, profile: "outage", dead: true },
      { atMs: trouble.toMs, profile: "calm", dead: false, faults: [] },
    ];
    const change = {
      providers: { deepseek: { start: WELL, schedule } },
      config: ladderOf(["deepseek"], { cache: { fresh: "1h", when: "always" } }),
      callers: { ...PATIENT_CALLERS, questions: 1_000 },
      restarts: [trouble.fromMs],
    };
    const scenario = town("both down", { load: 0.7, durationMs: 330_000, trouble, change });
    const stores: FailingStore[] = [];
    const answerStore = (clock: Clock) => {
      const store = new FailingStore(clock, trouble);
      stores.push(store);
      return store;
    };
    const result = await run(scenario, { answerStore });
    expectRecovery(result);
    expect(stores[0]?.failed).toBeGreaterThan(0);
    // Back, the second level still knows what was asked before the restart.
    const after = arrivedIn(result, trouble.toMs + 30_000, scenario.durationMs);
    expect(after.some(({ tries }) => tries.at(-1)?.rung === "cache")).toBe(true);
  });

  test("6: background work at twice the capacity yields to live traffic", async () => {
    const trouble = { fromMs: 60_000, toMs: 180_000 };
    const arrivals = { ...SMALL_ARRIVALS, rate: 0.5 * CAPACITY, spikes: [{ ...trouble, times: 5 }] };
    // A fifth of the calls is live: half of the capacity throughout. The rest is work that can wait.
    const callers = { ...PATIENT_CALLERS, streamed: 1, priorities: [{ urgency: 7, share: 0.8 }] };
    const result = await run(town("drain", { load: 0.5, durationMs: 300_000, trouble, change: { arrivals, callers } }));
    const live = arrivedIn(result, trouble.fromMs, trouble.toMs).filter(({ urgency }) => urgency === 3);
    expect(live.length).toBeGreaterThan(80);
    expect(liveShare(live)).toBeGreaterThan(0.97);
  });

  test("7: a shipped scenario has every class, so that its runs would show an inversion", () => {
    // Promise 7 is held over many seeds with the other scenarios.
    const found = listScenarios().find(({ name }) => name === "priority-inversion");
    expect(found?.callers.priorities.map(({ urgency }) => urgency)).toEqual([0, 5, 7]);
  });

  test("8: every call settles once and nothing is left, also where callers leave and the process dies", async () => {
    const callers = { ...PATIENT_CALLERS, patienceMs: 4_000, retries: 1 };
    const change = { callers, restarts: [70_000, 100_000], arrivals: { ...SMALL_ARRIVALS, rate: 1.5 * CAPACITY } };
    const result = await run(town("leavers", { load: 1.5, durationMs: 150_000, change }));
    expect(result.calls.some(({ tries }) => tries.at(-1)?.verdict === "left")).toBe(true);
    expect(Object.values(result.leftovers)).toEqual(Object.values(result.leftovers).map(() => 0));
  });

  test("9: all clients connect again at once", async () => {
    const trouble = { fromMs: 120_000, toMs: 121_000 };
    const callers = { ...PATIENT_CALLERS, population: { users: 40, thinkMs: 15_000 } };
    const change = { callers, restarts: [120_000], arrivals: { ...SMALL_ARRIVALS, rate: 5 } };
    const result = await run(town("reconnect", { load: 0.8, durationMs: 330_000, trouble, change }));
    expect(result.calls.filter(({ tries }) => tries.length > 1).length).toBeGreaterThan(5);
    expectRecovery(result);
  });

  test("10: the same load is served as well on the way down as on the way up", async () => {
    const stepMs = 60_000;
    const loads = [0.6, 1, 1.6, 2.2, 1.6, 1, 0.6];
    const spikes = loads.map((load, step) => ({ fromMs: step * stepMs, toMs: (step + 1) * stepMs, times: load }));
    const arrivals = { ...SMALL_ARRIVALS, rate: CAPACITY, spikes };
    const shares = loads.map((): number[] => []);
    for (const seed of [1, 2]) {
      const sweep = town("sweep", { load: 1, durationMs: loads.length * stepMs, change: { arrivals, seed } });
      const result = await run(sweep);
      // The first third of a step still answers to the one before.
      shares.forEach((of, step) => {
        of.push(liveShare(arrivedIn(result, (step + 1 / 3) * stepMs, (step + 1) * stepMs)));
      });
    }
    const [low = 0, full = 0, over = 0, , overAgain = 0, fullAgain = 0, lowAgain = 0] = shares.map(mean);
    expect(lowAgain).toBeGreaterThan(low - 0.05);
    expect(fullAgain).toBeGreaterThan(full - 0.1);
    expect(overAgain).toBeGreaterThan(over - 0.1);
  }, 60_000);
});

/** A store that cannot be reached in a time of trouble: half of its requests fail at once, half hang. */
class FailingStore implements AnswerStore {
  readonly #clock: Clock;
  readonly #trouble: Trouble;
  readonly #kept: MemoryAnswerStore;
  failed = 0;

  constructor(clock: Clock, trouble: Trouble) {
    this.#clock = clock;
    this.#trouble = trouble;
    this.#kept = new MemoryAnswerStore(() => clock.wallTime());
  }

  async get(...given: Parameters<AnswerStore["get"]>): ReturnType<AnswerStore["get"]> {
    await this.#reach(given[1]);
    return this.#kept.get(...given);
  }

  async set(...given: Parameters<AnswerStore["set"]>): Promise<void> {
    await this.#reach();
    return this.#kept.set(...given);
  }

  async purge(...given: Parameters<AnswerStore["purge"]>): Promise<number> {
    await this.#reach();
    return this.#kept.purge(...given);
  }

  async #reach(signal = new AbortController().signal): Promise<void> {
    const now = this.#clock.now();
    if (now < this.#trouble.fromMs || now >= this.#trouble.toMs) return;
    this.failed++;
    if (this.failed % 2 === 0) await sleep(this.#clock, this.#trouble.toMs - now, signal);
    throw new Error("The store cannot be reached.");
  }
}
