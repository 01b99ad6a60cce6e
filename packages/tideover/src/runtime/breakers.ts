import type { ResolvedBreaker } from "../config/resolved-config.ts";
import { BREAKER_DEFAULTS, type BreakerOptions, CircuitBreaker, type EngineEnvironment } from "../engine/index.ts";
import { MAX_BREAKERS } from "../engine/layers/circuit-breaker/defaults.ts";

/**
 * The breakers of one provider, one per account and upstream model, made when first needed.
 *
 * Model names come from callers, so their number is bounded: at the cap an idle breaker makes room, and when none is
 * idle the newcomers share one.
 */
export class Breakers {
  readonly #provider: string;
  readonly #options: BreakerOptions;
  readonly #environment: EngineEnvironment;
  readonly #breakers = new Map<string, CircuitBreaker>();
  readonly #shared: CircuitBreaker;

  constructor(provider: string, options: BreakerOptions, environment: EngineEnvironment) {
    this.#provider = provider;
    this.#options = options;
    this.#environment = environment;
    this.#shared = this.#make("*", "*");
  }

  /** The failure kinds that count. */
  get counts(): BreakerOptions["counts"] {
    return this.#options.counts;
  }

  /** The breaker of an account and a model. */
  get(account: string, model: string): CircuitBreaker {
    const key = `${account}\n${model}`;
    const known = this.#breakers.get(key);
    if (known !== undefined) return known;
    if (this.#breakers.size >= MAX_BREAKERS && !this.#makeRoom()) return this.#shared;
    const breaker = this.#make(account, model);
    this.#breakers.set(key, breaker);
    return breaker;
  }

  /** All breakers that were needed so far, for status pages. */
  *entries(): Iterable<{ account: string; model: string; breaker: CircuitBreaker }> {
    for (const [key, breaker] of this.#breakers) {
      const [account = "", model = ""] = key.split("\n");
      yield { account, model, breaker };
    }
  }

  #make(account: string, model: string): CircuitBreaker {
    const { clock, emit } = this.#environment;
    const provider = this.#provider;
    return new CircuitBreaker(this.#options, clock, (state, reason) =>
      emit?.({ type: "breaker-changed", provider, account, model, state, reason }),
    );
  }

  #makeRoom(): boolean {
    for (const [key, breaker] of this.#breakers) {
      if (breaker.idle) return this.#breakers.delete(key);
    }
    return false;
  }
}

/** The engine's options for what a configuration says; undefined when the breaker is off. */
export function breakerOptions(resolved: ResolvedBreaker | "off"): BreakerOptions | undefined {
  if (resolved === "off") return undefined;
  return {
    ...BREAKER_DEFAULTS,
    consecutive: resolved.consecutive === "off" ? Number.POSITIVE_INFINITY : resolved.consecutive,
    ratio: resolved.ratio === "off" ? 1 : resolved.ratio,
    minimum: resolved.ratio === "off" ? Number.POSITIVE_INFINITY : resolved.minimum,
    windowMs: resolved.window,
    openMs: resolved.open,
    maxOpenMs: Math.max(resolved.open, resolved.maxOpen),
    probes: resolved.probes,
    counts: resolved.counts,
  };
}
