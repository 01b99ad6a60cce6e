import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import type { Failure } from "../../failure.ts";
import type { QuantileWindow } from "../../kernels/quantile-window.ts";
import type { Service } from "../../service.ts";
import { FirstTokenTimes } from "../hedge/first-token-times.ts";
import {
  LEARNED_FACTOR,
  LEARNED_LEAST_MS,
  LEARNED_LEAST_SAMPLES,
  LEARNED_QUANTILE,
  LEARNED_REFRESH_MS,
} from "./defaults.ts";

/** A patience that was worked out a moment ago. */
interface Remembered {
  readonly at: number;
  /** In ms; undefined: too little was known. */
  readonly patienceMs: number | undefined;
}

/**
 * How long to wait for a first token of one provider, learned from its own, by model and prompt size: three times the
 * p95, between 5 s and what would be waited otherwise. Whoever is slower than that is not slow but stuck.
 *
 * What was given up counts as longer than it was waited for. So a provider that grows slow is not given up for ever:
 * the p95 rises to what was waited, and with it the patience.
 */
export class LearnedFirstToken {
  readonly #times = new FirstTokenTimes();
  readonly #remembered = new WeakMap<QuantileWindow, Remembered>();
  readonly #environment: EngineEnvironment;

  constructor(environment: EngineEnvironment) {
    this.#environment = environment;
  }

  /**
   * Longest wait for the first content event, in ms.
   * @param kind what first tokens are compared with each other: the model, and whether it thinks first
   * @param mostMs the wait while too little is known, and never exceeded
   */
  patienceMs(kind: string, call: Call, mostMs: number): number {
    const window = this.#times.window(kind, call.request.bytes.length);
    const now = this.#environment.clock.now();
    const known = this.#remembered.get(window);
    if (known !== undefined && now - known.at < LEARNED_REFRESH_MS) return Math.min(mostMs, known.patienceMs ?? mostMs);
    const patienceMs = learned(window, now);
    this.#remembered.set(window, { at: now, patienceMs });
    return Math.min(mostMs, patienceMs ?? mostMs);
  }

  /**
   * The service of one attempt, learned from.
   * @param kindOf see {@link patienceMs}; undefined for calls whose outcome does not show when the first token came
   */
  learnFrom(attempt: Service, kindOf: (call: Call) => string | undefined): Service {
    return async (call) => {
      const kind = kindOf(call);
      const sentAt = this.#environment.clock.now();
      const outcome = await attempt(call);
      if (kind === undefined || outcome.type === "accepted") return outcome;
      const window = this.#times.window(kind, call.request.bytes.length);
      const now = this.#environment.clock.now();
      if (outcome.type === "answer") window.add(now, now - sentAt);
      else if (wasWaitedFor(outcome)) window.addLonger(now, now - sentAt);
      return outcome;
    };
  }
}

function learned(window: QuantileWindow, nowMs: number): number | undefined {
  if (window.count(nowMs) < LEARNED_LEAST_SAMPLES) return undefined;
  const usual = window.quantile(nowMs, LEARNED_QUANTILE);
  return usual === undefined ? undefined : Math.max(LEARNED_LEAST_MS, LEARNED_FACTOR * usual);
}

/** Nothing had come when somebody stopped waiting. */
function wasWaitedFor({ kind, reason }: Failure): boolean {
  return kind === "cancelled" || kind === "deadline" || reason === "first-token-timeout";
}
