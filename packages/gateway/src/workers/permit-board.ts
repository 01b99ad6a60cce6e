/** What a worker says of one limit: its calls in flight and waiting, and the bound that it keeps to. */
export interface PermitReport {
  /** Names the limit: provider, account, model, and its total, which a reload may change. */
  readonly key: string;
  readonly total: number;
  readonly inFlight: number;
  /** Calls in flight and calls that wait. */
  readonly demand: number;
  /** The {@link PermitBound.version} that it keeps to; 0 is the part it began with. */
  readonly version: number;
}

/** The bound that a worker is to keep to. */
export interface PermitBound {
  readonly key: string;
  readonly bound: number;
  /** Greater than that of every bound before it, so that a late report confirms nothing that it does not know. */
  readonly version: number;
}

interface Part {
  /** What the worker was last told, or began with. */
  told: number;
  /** The most that it may have in flight, as far as is known here. */
  held: number;
  demand: number;
  version: number;
}

interface Shared {
  readonly total: number;
  readonly parts: Part[];
}

/** Limits that are divided up; of more than these each worker keeps the part that it began with. */
const MOST_KEYS = 4_096;

/** The part of a limit that a worker begins with, by its place (from 0): all together are the whole. */
export function firstPart(total: number, workers: number, slot: number): number {
  return Math.floor(total / workers) + (slot < total % workers ? 1 : 0);
}

/**
 * Divides providers' known limits among workers by what they need: all together never more than the limit. A part grows
 * only when the others are known to have given back as much, so that a limit of one is one across all processes.
 *
 * Nothing moves while nobody lacks anything: parts change only for a worker whose calls wait or that has filled its own.
 */
export class PermitBoard {
  readonly #workers: number;
  readonly #tell: (slot: number, bounds: readonly PermitBound[]) => void;
  readonly #shared = new Map<string, Shared>();

  constructor(workers: number, tell: (slot: number, bounds: readonly PermitBound[]) => void) {
    this.#workers = workers;
    this.#tell = tell;
  }

  /** Takes what a worker says, and moves parts where somebody lacks some. */
  report(slot: number, reports: readonly PermitReport[]): void {
    for (const report of reports) {
      const shared = this.#sharedFor(report);
      const part = shared?.parts[slot];
      if (shared === undefined || part === undefined) continue;
      part.demand = report.demand;
      const isConfirmed = report.version === part.version;
      part.held = Math.max(isConfirmed ? part.told : part.held, report.inFlight);
      this.#move(report.key, shared);
    }
  }

  /** A worker is gone, and another takes its place with its first part: the rest go back to theirs. */
  gone(slot: number): void {
    for (const [key, { total, parts }] of this.#shared) {
      for (const [index, part] of parts.entries()) {
        const first = firstPart(total, this.#workers, index);
        if (index === slot) Object.assign(part, { told: first, held: first, demand: 0, version: 0 });
        else if (part.told !== first) this.#say(key, index, part, first);
      }
    }
  }

  #sharedFor({ key, total }: PermitReport): Shared | undefined {
    const known = this.#shared.get(key);
    if (known !== undefined || this.#shared.size >= MOST_KEYS) return known;
    const parts = Array.from({ length: this.#workers }, (_, slot): Part => {
      const first = firstPart(total, this.#workers, slot);
      return { told: first, held: first, demand: 0, version: 0 };
    });
    const made = { total, parts };
    this.#shared.set(key, made);
    return made;
  }

  #move(key: string, { total, parts }: Shared): void {
    if (!parts.some(({ demand, told }) => demand > told)) return;
    const wanted = divide(
      total,
      parts.map(({ demand }) => demand),
    );
    for (const [slot, part] of parts.entries()) {
      const share = wanted[slot] ?? 0;
      if (share < part.told) this.#say(key, slot, part, share);
    }
    let free = total - parts.reduce((sum, { held }) => sum + held, 0);
    for (const [slot, part] of parts.entries()) {
      const more = Math.min(free, (wanted[slot] ?? 0) - part.told);
      if (more <= 0) continue;
      free -= more;
      this.#say(key, slot, part, part.told + more);
    }
  }

  #say(key: string, slot: number, part: Part, bound: number): void {
    part.told = bound;
    part.held = Math.max(part.held, bound);
    part.version++;
    this.#tell(slot, [{ key, bound, version: part.version }]);
  }
}

/** Divides a total by demand, in whole numbers: to each what it needs and an equal part of the rest, or in proportion. */
export function divide(total: number, demands: readonly number[]): number[] {
  const sum = demands.reduce((all, demand) => all + demand, 0);
  const exact =
    sum <= total
      ? demands.map((demand) => demand + (total - sum) / demands.length)
      : demands.map((demand) => (demand * total) / sum);
  const parts = exact.map(Math.floor);
  const byRest = exact
    .map((share, slot) => ({ slot, rest: share - Math.floor(share), demand: demands[slot] ?? 0 }))
    // The smallest first among equals: one who has nothing lacks it most.
    .sort((a, b) => b.rest - a.rest || a.demand - b.demand || a.slot - b.slot);
  let left = total - parts.reduce((all, part) => all + part, 0);
  for (const { slot } of byRest) {
    if (left <= 0) break;
    parts[slot] = (parts[slot] ?? 0) + 1;
    left--;
  }
  return parts;
}
