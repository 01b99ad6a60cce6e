import type { Call } from "../../call.ts";
import type { Clock } from "../../clock.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { estimateTokens } from "../../estimate-tokens.ts";
import { type Failure, failure } from "../../failure.ts";
import { Gcra } from "../../kernels/gcra.ts";
import type { Outcome } from "../../outcome.ts";
import { type Layer, withReady } from "../../service.ts";
import { AccountBook } from "./account-book.ts";
import { LEAST_RETRY_AFTER_MS } from "./defaults.ts";
import { isGenerated, withUsage } from "./real-usage.ts";

/** So many of something in so much time. */
export interface QuotaRate {
  readonly count: number;
  /** The time they may take, in ms. */
  readonly perMs: number;
}

/** What one key or tenant may use. */
export interface Quota {
  /** Whose it is, for the message: the name of a key or of a tenant. */
  readonly name: string;
  readonly requests?: QuotaRate | undefined;
  readonly tokens?: QuotaRate | undefined;
}

/** Where the layer finds the quotas. */
export interface TenantQuotaOptions {
  /** The quota of a call; undefined: it has none. */
  quotaOf(call: Call): Quota | undefined;
  /** What has been used so far; shared by all routes. */
  readonly quotas: TenantQuotas;
}

/** What was used of a quota; below 0 where an estimate was too high. */
export interface QuotaUse {
  readonly requests: number;
  readonly tokens: number;
}

interface QuotaAccount {
  readonly quota: Quota;
  readonly requests: Gcra | undefined;
  readonly tokens: Gcra | undefined;
}

/** What tenants have used so far. Made once and given to the layer of every route; it survives a reload. */
export class TenantQuotas {
  readonly #clock: Clock;
  readonly #accounts: AccountBook<QuotaAccount>;
  /** Told of what is used here, for other processes that keep the same quotas. It must be quick and must not throw. */
  onUsed: ((quota: Quota, used: QuotaUse) => void) | undefined;

  constructor({ clock }: EngineEnvironment, capacity?: number) {
    this.#clock = clock;
    this.#accounts = new AccountBook(({ requests, tokens }) => {
      const now = clock.now();
      return (requests?.full(now) ?? true) && (tokens?.full(now) ?? true);
    }, capacity);
  }

  /** How many tenants are remembered. */
  get size(): number {
    return this.#accounts.size;
  }

  account(quota: Quota): QuotaAccount {
    const { name, requests, tokens } = quota;
    // The rates are part of the key: a quota that was changed starts afresh.
    const key = `${name}\n${requests?.count}/${requests?.perMs}\n${tokens?.count}/${tokens?.perMs}`;
    return this.#accounts.get(key, () => ({ quota, requests: limiter(requests), tokens: limiter(tokens) }));
  }

  /** What has been used and has not flowed back yet, for a process that begins now. */
  *inUse(): Iterable<{ readonly quota: Quota; readonly used: QuotaUse }> {
    const now = this.#clock.now();
    for (const { quota, requests, tokens } of this.#accounts.values()) {
      const used = { requests: takenOf(requests, quota.requests, now), tokens: takenOf(tokens, quota.tokens, now) };
      if (used.requests > 0 || used.tokens > 0) yield { quota, used };
    }
  }

  /** Takes what another process has let through, whether or not it is there: what was used twice is waited for later. */
  charge(quota: Quota, { requests, tokens }: QuotaUse): void {
    const account = this.account(quota);
    const now = this.#clock.now();
    if (requests !== 0) account.requests?.settle(now, 0, requests);
    if (tokens !== 0) account.tokens?.settle(now, 0, tokens);
  }
}

/**
 * Keeps each tenant within its share of requests and tokens. Tokens are reserved by an estimate when the call comes
 * and settled with the real usage when its answer ends, so that a burst of long answers cannot pass unpaid.
 */
export function tenantQuota({ quotaOf, quotas }: TenantQuotaOptions, { clock }: EngineEnvironment): Layer {
  /** Takes a call's share. @returns the refusal, or what settles the share with the call's outcome */
  const admit = (call: Call, quota: Quota): Failure | ((outcome: Outcome) => Outcome) => {
    const { requests, tokens } = quotas.account(quota);
    const now = clock.now();
    const estimate = estimateTokens(call.request);

    const requestWaitMs = requests?.reserve(now, 1) ?? 0;
    if (requestWaitMs > 0) return refused(quota, "requests", requestWaitMs);
    const tokenWaitMs = tokens?.reserve(now, estimate) ?? 0;
    if (tokenWaitMs > 0) {
      requests?.settle(now, 1, 0);
      return refused(quota, "tokens", tokenWaitMs);
    }
    quotas.onUsed?.(quota, { requests: 1, tokens: estimate });

    return (outcome) => {
      if (tokens === undefined) return outcome;
      const settle = (used: number) => {
        tokens.settle(clock.now(), estimate, used);
        quotas.onUsed?.(quota, { requests: 0, tokens: used - estimate });
      };
      if (outcome.type !== "answer" || !isGenerated(outcome, call)) {
        settle(0);
        return outcome;
      }
      return withUsage(outcome, call, ({ promptTokens, completionTokens }) => settle(promptTokens + completionTokens));
    };
  };
  return (next) => {
    const { ready } = next;
    return withReady(
      async (call) => {
        const quota = quotaOf(call);
        if (quota === undefined) return next(call);
        const admitted = admit(call, quota);
        return typeof admitted === "function" ? admitted(await next(call)) : admitted;
      },
      ready === undefined
        ? undefined
        : (call) => {
            const give = ready(call);
            const quota = give === undefined ? undefined : quotaOf(call);
            if (give === undefined || quota === undefined) return give;
            return () => {
              const admitted = admit(call, quota);
              return typeof admitted === "function" ? admitted(give()) : admitted;
            };
          },
    );
  };
}

function takenOf(limit: Gcra | undefined, rate: QuotaRate | undefined, nowMs: number): number {
  return limit === undefined || rate === undefined ? 0 : burstOf(rate) - limit.available(nowMs);
}

/** A whole rate at once, then as it flows back: "600 a minute" lets 600 come together after a quiet minute. */
function limiter(rate: QuotaRate | undefined): Gcra | undefined {
  return rate === undefined ? undefined : new Gcra({ ...rate, burst: burstOf(rate) });
}

function burstOf({ count }: QuotaRate): number {
  return Math.max(1, count);
}

function refused({ name, ...rates }: Quota, what: "requests" | "tokens", waitMs: number): Failure {
  const rate = rates[what];
  const allowed = rate === undefined ? "" : ` (${rate.count} per ${rate.perMs / 1_000} s)`;
  return failure("rejected", `${what}-quota`, `The quota of ${what} of ${name} is used up${allowed}.`, {
    code: "rate_limited",
    retryAfterMs: Math.ceil(Math.max(LEAST_RETRY_AFTER_MS, waitMs)),
  });
}
