import { parseDuration } from "tideover/config";
import { type AttemptEntry, attemptsOf, type CallRecord } from "../scenario/call-record.ts";
import { timelineOf } from "../scenario/provider-timeline.ts";
import type { Scenario } from "../scenario/scenario.ts";
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
  begin(scenario) {
    const steady = new SteadyState(scenario);
    const dead = deadTimes(scenario);
    return {
      add(call) {
        steady.add(call);
        for (const { attempts } of call.tries) {
          for (const attempt of attempts) for (const time of dead) countAttempt(time, attempt);
        }
        // No call breaks this by itself.
        return false;
      },
      end: () => [...steady.violations(), ...dead.flatMap(tooManyProbes)],
    };
  },
};

/** Attempts per request and provider outside of the trouble. */
class SteadyState {
  readonly #trouble: Scenario["trouble"];
  readonly #counts: ReadonlyMap<string, { requests: number; attempts: number }>;

  constructor({ trouble, providers }: Scenario) {
    this.#trouble = trouble;
    this.#counts = new Map(Object.keys(providers).map((name) => [name, { requests: 0, attempts: 0 }]));
  }

  add(call: CallRecord): void {
    const trouble = this.#trouble;
    const { arrivedAt } = call;
    if (trouble !== undefined && arrivedAt >= trouble.fromMs && arrivedAt < trouble.toMs + NOTICE_MS) return;
    for (const [provider, counts] of this.#counts) {
      const attempts = attemptsAt(call, provider);
      if (attempts === 0) continue;
      counts.requests++;
      counts.attempts += attempts;
    }
  }

  violations(): Violation[] {
    return [...this.#counts].flatMap(([provider, { requests, attempts }]) => {
      const average = attempts / requests;
      if (requests < LEAST_REQUESTS || average <= MOST_ATTEMPTS) return [];
      const message = `${provider} was asked ${average.toFixed(3)} times per request in steady state; at most ${MOST_ATTEMPTS}.`;
      return [{ promise: 3, message }];
    });
  }
}

/** Attempts of the engine's making: what the caller repeats is the caller's. */
function attemptsAt(call: CallRecord, provider: string): number {
  const attempts = attemptsOf(call).filter((attempt) => attempt.provider === provider).length;
  return attempts === 0 ? 0 : attempts / call.tries.length;
}

/** A time in which a provider is dead, and can be known to be. */
interface DeadTime {
  readonly provider: string;
  readonly fromMs: number;
  readonly knownFrom: number;
  readonly to: number;
  sent: number;
}

function deadTimes(scenario: Scenario): DeadTime[] {
  return Object.entries(scenario.providers).flatMap(([provider, plan]) => {
    const timeline = timelineOf(plan);
    return timeline.flatMap(({ dead, fromMs }, index) => {
      if (dead !== true) return [];
      const knownFrom = fromMs + firstTokenMs(scenario) + NOTICE_MS;
      return [{ provider, fromMs, knownFrom, to: timeline[index + 1]?.fromMs ?? scenario.durationMs, sent: 0 }];
    });
  });
}

function countAttempt(time: DeadTime, { provider, startedAt }: AttemptEntry): void {
  if (provider === time.provider && startedAt >= time.knownFrom && startedAt < time.to) time.sent++;
}

function tooManyProbes({ provider, fromMs, knownFrom, to, sent }: DeadTime): Violation[] {
  const allowed = PROBES_PER_ROUND * (1 + Math.max(0, to - knownFrom) / SHORTEST_ROUND_MS);
  if (sent <= allowed) return [];
  const message = `${provider} was dead from ${fromMs} ms on and known to be from ${knownFrom} ms on, yet got ${sent} attempts until ${to} ms; probes allow ${Math.floor(allowed)}.`;
  return [{ promise: 3, message }];
}

function firstTokenMs({ config }: Scenario): number {
  const written = config.routes.map(({ firstToken }) => {
    const parsed = parseDuration(firstToken ?? "");
    return "value" in parsed ? parsed.value : USUAL_FIRST_TOKEN_MS;
  });
  return Math.max(...written);
}
