/** A place at the provider: running, waiting, or given back. */
export interface Place {
  readonly state: "running" | "waiting" | "gone";
  /** Gives the place back; the longest waiting one runs next. Idempotent. */
  leave(): void;
}

class HeldPlace implements Place {
  state: Place["state"];
  readonly granted: () => void;
  readonly #leave: (place: HeldPlace) => void;

  constructor(state: Place["state"], granted: () => void, leave: (place: HeldPlace) => void) {
    this.state = state;
    this.granted = granted;
    this.#leave = leave;
  }

  leave(): void {
    this.#leave(this);
  }
}

/** Slots with a bounded first-in-first-out queue before them. */
export class Admission {
  #slots: number;
  #bound: number;
  #running = 0;
  readonly #waiting = new Set<HeldPlace>();

  constructor(slots: number, bound: number) {
    this.#slots = slots;
    this.#bound = bound;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Changes both bounds: what runs or waits stays, freed or new slots are given out at once. */
  resize(slots: number, bound: number): void {
    this.#slots = slots;
    this.#bound = bound;
    this.#grant();
  }

  /**
   * Takes a slot, or a place in the queue; `granted` is then called once, later, when the slot comes.
   * @returns undefined when the queue is full.
   */
  enter(granted: () => void): Place | undefined {
    const free = this.#running < this.#slots;
    if (!free && this.#waiting.size >= this.#bound) return undefined;
    const place = new HeldPlace(free ? "running" : "waiting", granted, (leaving) => this.#leave(leaving));
    if (free) this.#running++;
    else this.#waiting.add(place);
    return place;
  }

  #leave(place: HeldPlace): void {
    if (place.state === "running") this.#running--;
    else if (place.state === "waiting") this.#waiting.delete(place);
    place.state = "gone";
    this.#grant();
  }

  #grant(): void {
    for (const place of this.#waiting) {
      if (this.#running >= this.#slots) return;
      this.#waiting.delete(place);
      this.#running++;
      place.state = "running";
      place.granted();
    }
  }
}
