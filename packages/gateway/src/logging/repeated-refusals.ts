import type { Clock, Timer } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";

/** Between two lines about refusals of one kind, in ms. */
const REFUSALS_EVERY_MS = 1_000;
/** Kinds that are told apart; what would be one more is told with all other such. */
export const MOST_REFUSAL_KINDS = 64;

/** Where lines go. */
export interface RepeatedRefusalsParts {
  readonly clock: Pick<Clock, "schedule">;
  /** The line of one refusal. */
  write(record: ExchangeRecord): void;
  /** The line of several of one kind: the last of them, how many, and in how long (ms). */
  sum(last: ExchangeRecord, count: number, ms: number): void;
}

/** Refusals of one kind that came since its last line. */
interface Held {
  count: number;
  last: ExchangeRecord | undefined;
}

/**
 * Keeps a storm of refusals from becoming a storm of lines. The first of a kind has its line at once; what comes within
 * the next second is counted, and told in one line when that is over (a single one in its own words), and so on until a
 * second passes without any. None is lost, and a refusal that is counted costs a look into a map: one timer serves all
 * kinds, and runs only while there are any.
 *
 * A kind is the error's code and the caller's key: neither is what a caller can invent.
 */
export class RepeatedRefusals {
  readonly #parts: RepeatedRefusalsParts;
  readonly #kinds = new Map<string, Held>();
  #timer: Timer | undefined;

  constructor(parts: RepeatedRefusalsParts) {
    this.#parts = parts;
  }

  /** One was refused. */
  add(record: ExchangeRecord): void {
    const held = this.#kinds.get(this.#kindOf(record));
    if (held !== undefined) {
      held.count++;
      held.last = record;
      return;
    }
    this.#kinds.set(this.#kindOf(record), { count: 0, last: undefined });
    this.#parts.write(record);
    this.#timer ??= this.#parts.clock.schedule(REFUSALS_EVERY_MS, () => this.#tell());
  }

  /** Tells what was counted, and begins anew. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const held of this.#kinds.values()) this.#tellOf(held);
    this.#kinds.clear();
  }

  #kindOf({ code, keyName }: ExchangeRecord): string {
    const kind = `${code ?? ""}\n${keyName ?? ""}`;
    return this.#kinds.size < MOST_REFUSAL_KINDS || this.#kinds.has(kind) ? kind : "";
  }

  #tell(): void {
    this.#timer = undefined;
    for (const [kind, held] of this.#kinds) {
      if (held.count === 0) this.#kinds.delete(kind);
      else this.#tellOf(held);
    }
    if (this.#kinds.size > 0) this.#timer = this.#parts.clock.schedule(REFUSALS_EVERY_MS, () => this.#tell());
  }

  #tellOf(held: Held): void {
    const { count, last } = held;
    held.count = 0;
    held.last = undefined;
    if (last === undefined) return;
    if (count === 1) this.#parts.write(last);
    else this.#parts.sum(last, count, REFUSALS_EVERY_MS);
  }
}
