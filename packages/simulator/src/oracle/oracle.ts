import { seededRandom } from "tideover/engine";
import type { Arrival } from "../arrivals/arrival.ts";
import { decideFault } from "../faults/decide-fault.ts";
import type { AnswerShape } from "../faults/fault-effect.ts";
import { chooseFault } from "../faults/fault-table.ts";
import { drawPacing } from "../model/pacing.ts";
import { share } from "../report/quantile.ts";
import { type ConditionInForce, conditionAt, profileOf, timelineOf } from "../scenario/provider-timeline.ts";
import type { ProviderPlan } from "../scenario/scenario.ts";
import { providerSeed } from "../scenario/simulated-providers.ts";
import { hashText } from "../text/hash-text.ts";
import { SlotBook } from "./slot-book.ts";

/**
 * What the oracle knows.
 * - `fate`: how every request would fare at every provider, before it is sent. No real engine can know that; its
 *   result is the most that one attempt by request and provider can give.
 * - `state`: each provider's profile, slots and queue at every moment, and so its odds, but no request's luck: a
 *   refusal leads to the next provider at once; who turns out slow is waited for.
 */
export type Knowledge = "fate" | "state";

/** What the oracle needs of a scenario. */
export interface OracleTask {
  readonly providers: Readonly<Record<string, ProviderPlan>>;
  readonly arrivals: Iterable<Arrival>;
  readonly seed: number;
  /** A first token later than this is no live answer, ms. */
  readonly liveMs: number;
}

/** How far the best possible choice of providers gets. Shares of all arrivals, 0 to 1. */
export interface OracleFigures {
  /** Answered live within `liveMs`. */
  readonly live: number;
  /** Everything else goes to a last-resort rung. */
  readonly degraded: number;
  readonly attemptsPerCall: number;
  /** Whether each arrival, in their order, was answered live. */
  readonly outcomes: readonly boolean[];
}

/** What one request would meet at one provider. */
interface Fate {
  /** It would be refused at once, and hold no slot. */
  readonly refused: boolean;
  /** From getting a slot to the first token, ms; Infinity: never. */
  readonly waitMs: number;
  /** From getting a slot to its release, when read to the end, ms. */
  readonly holdMs: number;
}

/**
 * A slot is too good for a request whose wait in the queue has cost it more than this share of its odds: whoever takes
 * such requests while others come has every slot busy with answers that come too late.
 */
const WORTH_A_SLOT = 0.9;

interface OracleProvider {
  readonly name: string;
  readonly seed: number;
  readonly timeline: readonly ConditionInForce[];
  readonly slots: SlotBook;
}

/**
 * The ceiling for any engine: a greedy choice for each arrival in turn, by perfect knowledge of the providers. A cut
 * after the first token costs it nothing, as if every answer were continued.
 */
export function runOracle(task: OracleTask, knowledge: Knowledge): OracleFigures {
  const providers = Object.entries(task.providers).map(([name, plan]): OracleProvider => {
    const timeline = timelineOf(plan);
    return { name, seed: providerSeed(name, task.seed), timeline, slots: new SlotBook(timeline) };
  });
  const outcomes: boolean[] = [];
  let attempts = 0;
  for (const arrival of task.arrivals) {
    const fates = providers.map((provider) => ({ provider, fate: fateOf(provider, arrival, outcomes.length) }));
    const tried = knowledge === "fate" ? tryKnowing(fates, arrival, task) : tryByOdds(fates, arrival, task);
    attempts += tried.attempts;
    outcomes.push(tried.live);
  }
  const total = outcomes.length;
  const live = outcomes.filter(Boolean).length;
  return {
    live: share(live, total),
    degraded: share(total - live, total),
    attemptsPerCall: share(attempts, total),
    outcomes,
  };
}

interface Candidate {
  readonly provider: OracleProvider;
  readonly fate: Fate;
}

interface Tried {
  readonly live: boolean;
  readonly attempts: number;
}

/** Sends a request only where it is known to be answered in time, and there where it takes the slot for the shortest. */
function tryKnowing(candidates: readonly Candidate[], { atMs }: Arrival, { liveMs }: OracleTask): Tried {
  const good = candidates.filter(({ provider, fate }) => {
    const start = provider.slots.startAt(atMs);
    return !fate.refused && start !== undefined && start - atMs + fate.waitMs <= liveMs;
  });
  const [best] = good.toSorted((a, b) => scarcity(a, atMs) - scarcity(b, atMs));
  if (best === undefined) return { live: false, attempts: 0 };
  const start = best.provider.slots.startAt(atMs) ?? atMs;
  best.provider.slots.take(start + best.fate.holdMs);
  return { live: true, attempts: 1 };
}

/** The share of a provider's slots that is taken: the emptier one is asked first. */
function scarcity({ provider }: Candidate, atMs: number): number {
  return provider.slots.load(atMs);
}

/** Asks the providers in the order of their odds until one takes the request; luck decides the rest. */
function tryByOdds(candidates: readonly Candidate[], { atMs }: Arrival, { liveMs }: OracleTask): Tried {
  const order = candidates
    .flatMap(({ provider, fate }) => {
      const start = provider.slots.startAt(atMs);
      if (start === undefined || start - atMs > liveMs) return [];
      return [{ provider, fate, start, odds: oddsAt(provider, atMs, liveMs - (start - atMs)) }];
    })
    .filter(({ provider, odds }) => odds > 0 && odds >= WORTH_A_SLOT * oddsAt(provider, atMs, liveMs))
    .toSorted((a, b) => b.odds - a.odds);
  let attempts = 0;
  for (const { provider, fate, start } of order) {
    attempts++;
    if (fate.refused) continue;
    const isLive = start - atMs + fate.waitMs <= liveMs;
    // What has shown nothing in time is given up, and its slot is free again.
    provider.slots.take(isLive ? start + fate.holdMs : atMs + liveMs);
    return { live: isLive, attempts };
  }
  return { live: false, attempts };
}

/** What this request would meet here: the same distributions as the model's, one draw by request and provider. */
function fateOf({ seed, timeline }: OracleProvider, arrival: Arrival, index: number): Fate {
  const condition = conditionAt(timeline, arrival.atMs);
  const profile = profileOf(condition);
  const random = seededRandom(hashText(`oracle ${index}`, seed));
  const decided = decideFault(undefined, undefined, profile, random);
  const effect = decided.type === "fault" ? decided.fault.effect : undefined;
  const { ttftMs, tokensPerSecond } = condition;
  const overrides = {
    ...(ttftMs === undefined ? {} : { ttftMs }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
  };
  const pacing = drawPacing(profile, overrides, 1, random);
  const shape: AnswerShape = effect?.kind === "shape" ? effect.shape : {};
  const reading = (arrival.promptTokens / pacing.promptTokensPerSecond) * 1_000;
  const waitMs = isBarren(shape) ? Number.POSITIVE_INFINITY : (shape.waitMs ?? pacing.waitMs + reading);
  const refused = effect?.kind === "respond" || (effect?.kind === "connection" && effect.how !== "silence");
  const silent = effect?.kind === "connection" && effect.how === "silence";
  return {
    refused,
    waitMs: silent ? Number.POSITIVE_INFINITY : waitMs,
    holdMs: waitMs + pacing.tokensMs(arrival.outputTokens),
  };
}

/** The answer never shows any content. */
function isBarren(shape: AnswerShape): boolean {
  if (shape.blankLines !== undefined || shape.text === "none" || typeof shape.text === "object") return true;
  if (shape.finish !== undefined && shape.finish.afterTokens === 0) return true;
  return shape.interruption !== undefined && shape.interruption.afterTokens === 0;
}

/** How likely a request that gets a slot now has its first token within `leftMs`. */
function oddsAt({ timeline }: OracleProvider, atMs: number, leftMs: number): number {
  const condition = conditionAt(timeline, atMs);
  const profile = profileOf(condition);
  const bad = profile.faults.reduce((sum, { fault, share: part }) => (showsContent(fault) ? sum : sum + part), 0);
  const { medianMs, p95Ms } = profile.wait;
  const inTime =
    condition.ttftMs === undefined
      ? normalBelow((Math.log(leftMs / medianMs) / Math.log(p95Ms / medianMs)) * 1.6449)
      : Number(condition.ttftMs <= leftMs);
  return Math.max(0, 1 - bad) * inTime;
}

function showsContent(fault: string): boolean {
  const effect = chooseFault(fault)?.effect;
  return effect?.kind === "shape" && !isBarren(effect.shape) && effect.shape.waitMs === undefined;
}

/** The standard normal distribution function (Abramowitz and Stegun 26.2.17, error below 1e-7). */
function normalBelow(z: number): number {
  if (z < 0) return 1 - normalBelow(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
