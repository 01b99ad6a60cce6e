import { parseDuration } from "tideover/config";
import { attemptsOf, type CallRecord } from "../scenario/call-record.ts";
import { timelineOf } from "../scenario/provider-timeline.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { ScenarioResult } from "../scenario/scenario-result.ts";
import type { Invariant, Violation } from "./invariant.ts";

/** Attempts by request and provider that are allowed on average in steady state (architecture, promise 3). */
const MOST_ATTEMPTS = 1.1;
/** Fewest requests for an average to mean anything. */
const LEAST_REQUESTS = 100;
/** How long after its first token is overdue a dead provider may still be taken for alive, ms (promise 3). */
const NOTICE_MS = 10_000;
/** A breaker's round of probes, and how soon the next may follow, ms: the engine's defaults. */
const PROBES_PER_ROUND = 3;
const SHORTEST_ROUND_MS = 10_000;
/** The engine's default, ms. */
const USUAL_FIRST_TOKEN_MS = 20_000;

/** 3: few attempts in steady state, and probes only at a provider that is known to be dead. */
export const boundedAttempts: Invariant = {
  promise: 3,
  title: "Attempts per request and provider stay below 1.1 in steady state; a dead provider gets probes only.",
  check(result) {
    return [...inSteadyState(result), ...atDeadProviders(result)];
  },
};

function inSteadyState({ scenario, calls }: ScenarioResult): Violation[] {
  const { trouble } = scenario;
  const steady = calls.filter(
    ({ arrivedAt }) => trouble === undefined || arrivedAt < trouble.fromMs || arrivedAt >= trouble.toMs + NOTICE_MS,
  );
  return Object.keys(scenario.providers).flatMap((provider) => {
    const counts = steady.map((call) => attemptsAt(call, provider)).filter((count) => count > 0);
    const average = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    if (counts.length < LEAST_REQUESTS || average <= MOST_ATTEMPTS) return [];
    const message = `${provider} was asked ${average.toFixed(3)} times per request in steady state; at most ${MOST_ATTEMPTS}.`;
    return [{ promise: 3, message }];
  });
}

/** Attempts of the engine's making: what the caller repeats is the caller's. */
function attemptsAt(call: CallRecord, provider: string): number {
  const attempts = attemptsOf(call).filter((attempt) => attempt.provider === provider).length;
  return attempts === 0 ? 0 : attempts / call.tries.length;
}

function atDeadProviders({ scenario, calls }: ScenarioResult): Violation[] {
  const violations: Violation[] = [];
  for (const [provider, plan] of Object.entries(scenario.providers)) {
    const timeline = timelineOf(plan);
    for (const [index, { dead, fromMs }] of timeline.entries()) {
      if (dead !== true) continue;
      const knownFrom = fromMs + firstTokenMs(scenario) + NOTICE_MS;
      const to = timeline[index + 1]?.fromMs ?? scenario.durationMs;
      const allowed = PROBES_PER_ROUND * (1 + Math.max(0, to - knownFrom) / SHORTEST_ROUND_MS);
      const sent = calls
        .flatMap(attemptsOf)
        .filter(({ provider: asked, startedAt }) => asked === provider && startedAt >= knownFrom && startedAt < to);
      if (sent.length <= allowed) continue;
      const message = `${provider} was dead from ${fromMs} ms on and known to be from ${knownFrom} ms on, yet got ${sent.length} attempts until ${to} ms; probes allow ${Math.floor(allowed)}.`;
      violations.push({ promise: 3, message });
    }
  }
  return violations;
}

function firstTokenMs({ config }: Scenario): number {
  const written = config.routes.map(({ firstToken }) => {
    const parsed = parseDuration(firstToken ?? "");
    return "value" in parsed ? parsed.value : USUAL_FIRST_TOKEN_MS;
  });
  return Math.max(...written);
}
