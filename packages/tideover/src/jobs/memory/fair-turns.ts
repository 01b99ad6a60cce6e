/**
 * Turns for jobs of many tenants, so that each tenant's jobs are served alternately whatever their number: start-time
 * fair queueing with equal shares (Goyal, Vin, Cheng 1996). A job's turn is fixed when it comes; serving in the order of
 * turns is fair. Bounded: a tenant that has nothing waiting is forgotten.
 */
export class FairTurns {
  /** The latest turn given to each tenant that may still have jobs waiting. */
  readonly #latest = new Map<string, number>();
  #served = 0;

  /** The turn of a tenant's next job. */
  next(tenant: string): number {
    const turn = Math.max(this.#served, this.#latest.get(tenant) ?? 0) + 1;
    this.#latest.set(tenant, turn);
    return turn;
  }

  /** A job with this turn has been taken. */
  serve(turn: number): void {
    if (turn <= this.#served) return;
    this.#served = turn;
    for (const [tenant, latest] of this.#latest) if (latest <= turn) this.#latest.delete(tenant);
  }

  /** Takes note of a turn that was given in an earlier life. */
  recall(tenant: string, turn: number): void {
    this.#latest.set(tenant, Math.max(turn, this.#latest.get(tenant) ?? 0));
  }
}

/** Turns for each urgency of its own. Bounded by the number of urgencies. */
export class UrgencyTurns {
  readonly #turns = new Map<number, FairTurns>();

  /** Those of one urgency. */
  of(priority: number): FairTurns {
    const known = this.#turns.get(priority);
    if (known !== undefined) return known;
    const turns = new FairTurns();
    this.#turns.set(priority, turns);
    return turns;
  }
}
