import type { LimitChange } from "./scenario-result.ts";

/** Of what a limit learns within a slot of this length, ms, two values are kept. */
const SLOT_MS = 10_000;

interface Slot {
  readonly index: number;
  lowest: LimitChange;
  last: LimitChange;
}

/** What limits have learned: the lowest and the last value of every slot, because a limit may learn from every call. */
export class LimitHistory {
  readonly #over: LimitChange[] = [];
  /** The slots that are on, by provider. */
  readonly #slots = new Map<string, Slot>();

  /** Takes the next change; they come in the order of time. */
  add(change: LimitChange): void {
    const index = Math.floor(change.at / SLOT_MS);
    const slot = this.#slots.get(change.provider);
    if (slot?.index === index) {
      if (change.limit < slot.lowest.limit) slot.lowest = change;
      slot.last = change;
      return;
    }
    if (slot !== undefined) this.#over.push(...kept(slot));
    this.#slots.set(change.provider, { index, lowest: change, last: change });
  }

  /** What is kept, by provider in the order of time. */
  get changes(): readonly LimitChange[] {
    return [...this.#over, ...[...this.#slots.values()].flatMap(kept)];
  }
}

function kept({ lowest, last }: Slot): LimitChange[] {
  return lowest === last ? [last] : [lowest, last];
}
