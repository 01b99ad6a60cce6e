/** So many a second, and so many at once after a quiet time. */
export class Allowance {
  readonly #perMs: number;
  readonly #most: number;
  #left: number;
  #at: number | undefined;

  constructor(perSecond: number, atOnce: number) {
    this.#perMs = perSecond / 1_000;
    this.#most = atOnce;
    this.#left = atOnce;
  }

  /** Takes one, if there is one. @param nowMs a time that lies before the last one gains nothing */
  take(nowMs: number): boolean {
    const gained = this.#at === undefined ? 0 : Math.max(0, nowMs - this.#at) * this.#perMs;
    this.#at = Math.max(nowMs, this.#at ?? nowMs);
    this.#left = Math.min(this.#most, this.#left + gained);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
