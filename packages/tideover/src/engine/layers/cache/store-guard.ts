import type { Clock } from "../../clock.ts";
import { STALL_MS, STORE_FAILURES, STORE_PAUSE_MS } from "./defaults.ts";

/** What became of an operation on a store. */
export type Guarded<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false };

const NOTHING = { ok: false } as const;

/**
 * Stands before a store that may be slow or down, so that it never costs a request more than a bound: an operation
 * that takes longer, or rejects, is as if the store held nothing. After some in a row the store is left alone for a
 * while; then one operation at a time tries again, and the first that succeeds brings it back.
 */
export class StoreGuard {
  readonly #clock: Clock;
  readonly #onChange: (available: boolean, reason: string) => void;
  #failures = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #trying = false;
  #available = true;

  /** @param onChange told when the store is left alone, and when it is back */
  constructor(clock: Clock, onChange: (available: boolean, reason: string) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Whether an operation would be let through now. */
  get isOpen(): boolean {
    return this.#available || (!this.#trying && this.#clock.now() >= this.#pausedUntil);
  }

  /**
   * Runs an operation within a bound. Never rejects.
   * @param operation given a signal that aborts when nobody waits for its result any more
   * @param signal whoever waits; when it aborts, nothing is counted
   */
  async run<Value>(
    operation: (signal: AbortSignal) => Promise<Value>,
    boundMs: number,
    signal?: AbortSignal,
  ): Promise<Guarded<Value>> {
    if (!this.isOpen || signal?.aborted === true) return NOTHING;
    const isTrial = !this.#available;
    if (isTrial) this.#trying = true;
    const scope = new AbortController();
    const result = Promise.withResolvers<Guarded<Value>>();
    const give = (guarded: Guarded<Value>) => result.resolve(guarded);
    const startedAt = this.#clock.now();
    let timer = this.#clock.schedule(boundMs, () => {
      const lateMs = this.#clock.now() - startedAt - boundMs;
      if (lateMs < STALL_MS) giveUp();
      // It was this process that stood still, and the answer may lie in its sockets unread: that is given its turn.
      else timer = this.#clock.schedule(boundMs, giveUp);
    });
    const giveUp = () => {
      this.#failed(`no answer within ${boundMs} ms`);
      give(NOTHING);
    };
    const onAbort = () => give(NOTHING);
    signal?.addEventListener("abort", onAbort, { once: true });
    let settled = false;
    started(operation, scope.signal).then(
      (value) => {
        if (settled) return;
        this.#succeeded();
        give({ ok: true, value });
      },
      (error: unknown) => {
        if (settled) return;
        this.#failed(error instanceof Error ? error.message : String(error));
        give(NOTHING);
      },
    );
    const guarded = await result.promise;
    settled = true;
    timer.cancel();
    signal?.removeEventListener("abort", onAbort);
    if (isTrial) this.#trying = false;
    if (!guarded.ok) scope.abort();
    return guarded;
  }

  #succeeded(): void {
    this.#failures = 0;
    if (this.#available) return;
    this.#available = true;
    this.#onChange(true, "it answers again");
  }

  #failed(reason: string): void {
    this.#failures++;
    if (this.#failures < STORE_FAILURES) return;
    this.#pausedUntil = this.#clock.now() + STORE_PAUSE_MS;
    if (!this.#available) return;
    this.#available = false;
    this.#onChange(false, reason);
  }
}

/** Starts an operation; what it throws becomes a rejection. */
async function started<Value>(operation: (signal: AbortSignal) => Promise<Value>, signal: AbortSignal): Promise<Value> {
  return operation(signal);
}
