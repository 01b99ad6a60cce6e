import type { AccountState, Clock, EngineEvent, Quota, QuotaUse, SpentBudget } from "tideover/engine";
import { type Runtime, totalLimit } from "tideover/runtime";
import { GATHER_MS, MOST_GATHERED, PERMITS_MS } from "./defaults.ts";
import type { PermitBound, PermitReport } from "./permit-board.ts";

/** Something that one process has found out, or used, and that all others are to know. */
export type News =
  | {
      readonly type: "breaker";
      readonly provider: string;
      readonly account: string;
      readonly model: string;
      readonly told: { readonly state: "open"; readonly openForMs: number } | { readonly state: "closed" };
    }
  | { readonly type: "isolated"; readonly provider: string; readonly account: string; readonly forMs: number }
  | { readonly type: "used"; readonly quota: Quota; readonly used: QuotaUse }
  | { readonly type: "spent"; readonly budget: SpentBudget; readonly spent: number };

/** What knowledge is shared with. */
export interface KnowledgeParts {
  readonly clock: Clock;
  /** The runtime in force. */
  runtime(): Runtime;
  /** Tells the other processes. */
  tell(news: readonly News[]): void;
  /** Tells whoever divides the providers' limits; absent: this process takes no part. */
  report?(reports: readonly PermitReport[]): void;
}

/**
 * What one process shares with the others that serve the same port: open breakers and refused keys at once, what was
 * used of rates and budgets gathered over {@link GATHER_MS}, and its part of the providers' limits.
 *
 * Nothing here stands in a call's way: a process that hears late lets through a little too much, and what was let
 * through twice is waited for later.
 */
export class Knowledge {
  readonly #parts: KnowledgeParts;
  readonly #used = new Map<string, { readonly quota: Quota; requests: number; tokens: number }>();
  readonly #spent = new Map<string, { readonly budget: SpentBudget; spent: number }>();
  /** What is applied here was found out elsewhere: it is no news. */
  #isApplying = false;
  #gathers = false;
  #asks = false;
  #isClosed = false;
  /** The last bound that was told for each limit; limits that were not told of keep to the part they began with. */
  readonly #bounds = new Map<string, PermitBound>();
  /** What was last said of each. */
  #reported: ReadonlyMap<string, string> = new Map();

  constructor(parts: KnowledgeParts) {
    this.#parts = parts;
  }

  /** Begins to listen to what is used in this process. To be called once, when the first runtime is there. */
  start(): void {
    const { quotas, spending } = this.#parts.runtime();
    quotas.onUsed = (quota, used) => this.#onUsed(quota, used);
    spending.onSpent = (budget, spent) => this.#onSpent(budget, spent);
  }

  /** Hears of the engine's events. */
  readonly onEvent = (event: EngineEvent): void => {
    // Any event may mean that a call waits for a part of a limit: the wait itself makes no event.
    this.#askSoon();
    if (this.#isApplying) return;
    if (event.type === "breaker-changed") this.#onBreaker(event);
    if (event.type === "account-isolated") this.#onIsolated(event);
  };

  /** Takes over what others have found out. */
  apply(news: readonly News[]): void {
    this.#isApplying = true;
    try {
      for (const each of news) this.#applyOne(each);
    } finally {
      this.#isApplying = false;
    }
  }

  /** All that a process that begins now should know. */
  all(): News[] {
    const { providers, quotas, spending } = this.#parts.runtime();
    const now = this.#parts.clock.now();
    const news: News[] = [];
    for (const [provider, { accounts, breakers }] of providers) {
      for (const { state } of accounts) {
        const forMs = state.isolatedUntil - now;
        if (forMs > 0) news.push({ type: "isolated", provider, account: state.id, forMs });
      }
      for (const { account, model, thing } of breakers?.entries() ?? []) {
        const refusal = thing.refusal();
        if (refusal?.why !== "open") continue;
        const told = { state: "open", openForMs: refusal.retryAfterMs } as const;
        news.push({ type: "breaker", provider, account, model, told });
      }
    }
    for (const use of quotas.inUse()) news.push({ type: "used", ...use });
    for (const spent of spending.inUse()) news.push({ type: "spent", ...spent });
    return news;
  }

  /** Keeps to these bounds from now on, and confirms them. */
  bound(bounds: readonly PermitBound[]): void {
    for (const bound of bounds) this.#bounds.set(bound.key, bound);
    const keys = new Set(bounds.map(({ key }) => key));
    const confirmed = this.#reports().filter(({ key }) => keys.has(key));
    if (confirmed.length > 0) this.#parts.report?.(confirmed);
  }

  /** Tells what is gathered, and listens no more. */
  close(): void {
    this.#flush();
    this.#isClosed = true;
  }

  #onBreaker({ provider, account, model, state }: Extract<EngineEvent, { type: "breaker-changed" }>): void {
    if (state === "half-open") return;
    const refusal = this.#parts.runtime().providers.get(provider)?.breakers?.get(account, model).refusal();
    const openForMs = refusal?.retryAfterMs ?? 0;
    const told = state === "open" ? { state, openForMs } : { state };
    this.#parts.tell([{ type: "breaker", provider, account, model, told }]);
  }

  #onIsolated({ provider, account }: Extract<EngineEvent, { type: "account-isolated" }>): void {
    const state = this.#account(provider, account);
    if (state === undefined) return;
    const forMs = state.isolatedUntil - this.#parts.clock.now();
    this.#parts.tell([{ type: "isolated", provider, account, forMs }]);
  }

  #onUsed(quota: Quota, { requests, tokens }: QuotaUse): void {
    const key = JSON.stringify(quota);
    const known = this.#used.get(key) ?? { quota, requests: 0, tokens: 0 };
    known.requests += requests;
    known.tokens += tokens;
    this.#used.set(key, known);
    this.#flushSoon();
  }

  #onSpent(budget: SpentBudget, spent: number): void {
    const key = `${budget.name}\n${budget.windowMs}`;
    const known = this.#spent.get(key) ?? { budget, spent: 0 };
    known.spent += spent;
    this.#spent.set(key, known);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#used.size + this.#spent.size >= MOST_GATHERED) this.#flush();
    if (this.#gathers || this.#isClosed) return;
    this.#gathers = true;
    this.#parts.clock.schedule(GATHER_MS, () => {
      this.#gathers = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#used.size + this.#spent.size === 0) return;
    const used = [...this.#used.values()].map(({ quota, ...use }) => ({ type: "used" as const, quota, used: use }));
    const spent = [...this.#spent.values()].map((each) => ({ type: "spent" as const, ...each }));
    this.#used.clear();
    this.#spent.clear();
    this.#parts.tell([...used, ...spent]);
  }

  #applyOne(news: News): void {
    const { providers, quotas, spending } = this.#parts.runtime();
    switch (news.type) {
      case "breaker":
        providers.get(news.provider)?.breakers?.get(news.account, news.model).follow(news.told);
        return;
      case "isolated": {
        const state = this.#account(news.provider, news.account);
        if (state !== undefined) {
          state.isolatedUntil = Math.max(state.isolatedUntil, this.#parts.clock.now() + news.forMs);
        }
        return;
      }
      case "used":
        quotas.charge(news.quota, news.used);
        return;
      case "spent":
        spending.charge(news.budget, news.spent);
    }
  }

  #account(provider: string, account: string): AccountState | undefined {
    const accounts = this.#parts.runtime().providers.get(provider)?.accounts ?? [];
    return accounts.find(({ state }) => state.id === account)?.state;
  }

  /** Says what is needed of the limits, again and again while anything is in flight. */
  #askSoon(): void {
    const { report, clock } = this.#parts;
    if (this.#asks || this.#isClosed || report === undefined) return;
    this.#asks = true;
    clock.schedule(PERMITS_MS, () => {
      this.#asks = false;
      const reports = this.#reports();
      const changed = reports.filter((now) => JSON.stringify(now) !== this.#reported.get(now.key));
      this.#reported = new Map(reports.map((now) => [now.key, JSON.stringify(now)]));
      if (changed.length > 0) report.call(this.#parts, changed);
      if (reports.some(({ demand }) => demand > 0)) this.#askSoon();
    });
  }

  /** How the limits stand whose whole is known. Each keeps to the last bound that was told for it. */
  #reports(): PermitReport[] {
    const { config, providers } = this.#parts.runtime();
    const reports: PermitReport[] = [];
    for (const [name, { limits }] of providers) {
      const total = totalLimit(config.providers[name]?.limit ?? "off");
      if (limits === undefined || total === undefined) continue;
      for (const { account, model, thing } of limits.entries()) {
        const key = [name, account, model, total].join("\n");
        const told = this.#bounds.get(key);
        if (told !== undefined) thing.bound(told.bound);
        const { inFlight, waiting } = thing.snapshot();
        const demand = Object.values(waiting).reduce((sum, count) => sum + count, inFlight);
        reports.push({ key, total, inFlight, demand, version: told?.version ?? 0 });
      }
    }
    return reports;
  }
}
