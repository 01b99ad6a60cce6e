import type { CallBeginning } from "./failure-row.ts";

/** One call that the breaker let through. Its results count only while the state that let it through lasts. */
export interface BreakerPermit {
  succeeded(): void;
  /** @param retryAfterMs how long the provider asked to wait, in ms */
  failed(reason: string, retryAfterMs?: number): void;
  /** Gives the place back; must be called exactly once, when the call's stream has ended. */
  release(): void;
}

/** Who is told of the calls that hold a place. */
export interface PlaceKeeper {
  succeeded(place: Place): void;
  failed(place: Place, reason: string, retryAfterMs: number | undefined): void;
  released(place: Place): void;
}

/** The place of one call. It lives as long as an answer, so it is one object, and not several closures. */
export class Place implements BreakerPermit, CallBeginning {
  /** Of the state that gave it. */
  readonly generation: number;
  readonly at: number;
  readonly undecidedBefore: number;
  readonly #keeper: PlaceKeeper;
  #released = false;
  /** Its call has told a result. */
  judged = false;

  constructor(generation: number, at: number, undecidedBefore: number, keeper: PlaceKeeper) {
    this.generation = generation;
    this.at = at;
    this.undecidedBefore = undecidedBefore;
    this.#keeper = keeper;
  }

  succeeded(): void {
    this.#keeper.succeeded(this);
  }

  failed(reason: string, retryAfterMs?: number): void {
    this.#keeper.failed(this, reason, retryAfterMs);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#keeper.released(this);
  }
}
