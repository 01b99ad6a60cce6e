import { subtractSnapshots, type TotalsSnapshot } from "../metrics/snapshot.ts";
import { BASE_EVERY_MS, OVERVIEW_PERIOD_MS } from "./defaults.ts";

/** Snapshots of the last minute, so that what came since one of them can be told. */
export class SnapshotBases {
  /** The oldest first; the first one is at least a period old once there has been that long. */
  readonly #bases: TotalsSnapshot[] = [];

  /** Remembers a snapshot where the last one is old enough. */
  offer(snapshot: TotalsSnapshot): void {
    const last = this.#bases.at(-1);
    if (last !== undefined && snapshot.at - last.at < BASE_EVERY_MS) return;
    this.#bases.push(snapshot);
    const second = () => this.#bases[1];
    for (let next = second(); next !== undefined && snapshot.at - next.at >= OVERVIEW_PERIOD_MS; next = second()) {
      this.#bases.shift();
    }
  }

  /** What happened in the last minute before a snapshot, or since the start where that is later. */
  lastMinute(snapshot: TotalsSnapshot): TotalsSnapshot {
    const base = this.#bases.findLast(({ at }) => snapshot.at - at >= OVERVIEW_PERIOD_MS) ?? this.#bases[0];
    return base === undefined || base === snapshot ? snapshot : subtractSnapshots(snapshot, base);
  }
}
