import type { EngineEnvironment } from "../../environment.ts";
import {
  type AnswerStore,
  type FoundVector,
  isSelected,
  type PurgeSelection,
  type QuestionVector,
  type StoredAnswer,
} from "../../ports/answer-store.ts";
import { MOST_WAITING_LENGTH, MOST_WAITING_WRITES, STORE_READ_MS, STORE_WRITE_MS, WRITES_AT_ONCE } from "./defaults.ts";
import { StoreGuard } from "./store-guard.ts";

/**
 * The store behind level one, kept at arm's length: reads have a bound, writes wait off the request's path in a bounded
 * queue, and a store that is slow or down is a miss.
 */
export class SecondLevel {
  readonly #store: AnswerStore;
  /** What stands before the store; for whatever else lives on the same server, too. */
  readonly guard: StoreGuard;
  /** The last answer to be written of each key, oldest first. */
  readonly #waiting = new Map<string, StoredAnswer>();
  #waitingLength = 0;
  /** Reads under way; each ends within {@link STORE_READ_MS}, so that there are no more than calls. */
  readonly #reading = new Map<string, Promise<StoredAnswer | undefined>>();
  /** Who waits for the answer under a key to be written; of those that wait or are being written only. */
  readonly #unwritten = new Map<string, PromiseWithResolvers<void>>();
  #writing = 0;
  #idle: (() => void)[] = [];

  constructor(store: AnswerStore, { clock, emit }: EngineEnvironment) {
    this.#store = store;
    this.guard = new StoreGuard(clock, (available, reason) =>
      emit?.({ type: "store-changed", store: "cache", available, reason }),
    );
  }

  /**
   * The answer under a key; undefined when there is none, and when the store does not say in time. Who asks for the same
   * at the same time is told by the same read: a stampede is one here, too.
   */
  get(key: string): Promise<StoredAnswer | undefined> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return Promise.resolve(waiting);
    const known = this.#reading.get(key);
    if (known !== undefined) return known;
    // No signal of one caller governs it: it takes STORE_READ_MS at most, and others may wait for it.
    const reading = this.guard
      .run((bound) => this.#store.get(key, bound), STORE_READ_MS)
      .then((found) => {
        this.#reading.delete(key);
        return found.ok ? found.value : undefined;
      });
    this.#reading.set(key, reading);
    return reading;
  }

  /** Has an answer written in its turn. When too much waits, or the store is left alone, it is not. */
  set(key: string, answer: StoredAnswer): void {
    const length = lengthOf(answer);
    const before = this.#waiting.get(key);
    const full = this.#waiting.size >= MOST_WAITING_WRITES || this.#waitingLength + length > MOST_WAITING_LENGTH;
    if (before === undefined && full) return;
    if (before !== undefined) this.#waitingLength -= lengthOf(before);
    this.#waiting.set(key, answer);
    this.#waitingLength += length;
    if (!this.#unwritten.has(key)) this.#unwritten.set(key, Promise.withResolvers());
    this.#writeOn();
  }

  /**
   * Keeps the vector of the question whose answer is stored under a key: after that answer, without which a store keeps
   * none. A store that is slow or down keeps none either, and nothing is said.
   */
  async setVector(key: string, vector: QuestionVector): Promise<void> {
    const store = this.#store;
    if (store.setVector === undefined) return;
    await this.#unwritten.get(key)?.promise;
    await this.guard.run(async () => store.setVector?.(key, vector), STORE_WRITE_MS);
  }

  /** The vectors of a scope, the newest first; undefined when the store does not say in time, or keeps none. */
  async vectors(scope: string, sinceMs: number, most: number): Promise<readonly FoundVector[] | undefined> {
    const store = this.#store;
    if (store.vectors === undefined) return undefined;
    const found = await this.guard.run(async (bound) => store.vectors?.(scope, sinceMs, most, bound), STORE_READ_MS);
    return found.ok ? found.value : undefined;
  }

  /**
   * Removes answers from the store, and those that wait to be written.
   * @throws what the store throws: whoever purges must know whether it was done
   */
  purge(selection: PurgeSelection): Promise<number> {
    for (const [key, answer] of this.#waiting) {
      if (!isSelected(key, answer, selection)) continue;
      this.#take(key);
      this.#written(key);
    }
    return this.#store.purge(selection);
  }

  /** Waits until nothing is left to be written; each write is bounded. */
  async flush(): Promise<void> {
    if (this.#writing > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #writeOn(): void {
    while (this.#writing < WRITES_AT_ONCE) {
      const next = this.#waiting.entries().next().value;
      if (next === undefined) return;
      const [key, answer] = next;
      this.#take(key);
      this.#writing++;
      void this.guard
        .run(() => this.#store.set(key, answer), STORE_WRITE_MS)
        .then(() => {
          this.#writing--;
          if (!this.#waiting.has(key)) this.#written(key);
          this.#writeOn();
          if (this.#writing === 0) for (const resolve of this.#idle.splice(0)) resolve();
        });
    }
  }

  #written(key: string): void {
    this.#unwritten.get(key)?.resolve();
    this.#unwritten.delete(key);
  }

  #take(key: string): void {
    const answer = this.#waiting.get(key);
    if (answer === undefined) return;
    this.#waiting.delete(key);
    this.#waitingLength -= lengthOf(answer);
  }
}

function lengthOf({ events }: StoredAnswer): number {
  return events.reduce((sum, event) => sum + event.length, 0);
}
