import type { Clock } from "../../clock.ts";
import { VectorIndex } from "../../kernels/vector-index.ts";
import type { AnswerCache } from "../../layers/cache/answer-cache.ts";
import {
  LATE_MS,
  LOOK_AGAIN_MS,
  MOST_QUESTIONS_PER_SCOPE,
  MOST_READ_QUESTIONS,
  MOST_READ_SCOPES,
  VECTOR_BYTES,
} from "./defaults.ts";

/**
 * The questions of all routes whose answers are stored, by their vectors; shared, so that they outlive a reload. Those of
 * other processes, and of before a restart, are read from the cache's second level when their scope is asked for.
 */
export class SimilarQuestions {
  #index = newIndex();
  /** Answered questions that are being embedded now. */
  embedding = 0;
  /** When each scope was read, on the engine's clock, and the newest that was found (wall-clock ms). */
  readonly #read = new Map<string, { readonly at: number; readonly newest: number }>();
  /** Scopes that are being read; each for as long as level two is given. */
  readonly #reading = new Map<string, Promise<void>>();

  get index(): VectorIndex {
    return this.#index;
  }

  /**
   * Forgets questions whose answers were purged.
   * @param keys of the answers; `all` where others may be meant as well: what is left of those is read again
   */
  forget(keys: readonly string[] | "all"): void {
    if (keys !== "all") {
      for (const key of keys) this.#index.delete(key);
      return;
    }
    this.#index = newIndex();
    this.#read.clear();
    this.#reading.clear();
  }

  /** Has what level two knows of a scope in the index, unless it was read lately. Never rejects. */
  readScope(scope: string, cache: AnswerCache, clock: Clock): Promise<void> {
    const last = this.#read.get(scope);
    if (last !== undefined && clock.now() - last.at < LOOK_AGAIN_MS) return Promise.resolve();
    const known = this.#reading.get(scope);
    if (known !== undefined) return known;
    const reading = this.#readOn(scope, last?.newest ?? 0, cache, clock).finally(() => {
      if (this.#reading.get(scope) === reading) this.#reading.delete(scope);
    });
    this.#reading.set(scope, reading);
    return reading;
  }

  async #readOn(scope: string, sinceMs: number, cache: AnswerCache, clock: Clock): Promise<void> {
    const index = this.#index;
    const found = await cache.vectors(scope, Math.max(0, sinceMs - LATE_MS), MOST_READ_QUESTIONS);
    // A store that did not say is asked again by the next who wants to know; it has a guard of its own.
    if (found === undefined || index !== this.#index) return;
    // The oldest first: that is the order in which they leave again.
    for (const { key, values } of found.toReversed()) if (!index.has(key)) index.add(scope, key, values);
    this.#read.delete(scope);
    this.#read.set(scope, { at: clock.now(), newest: Math.min(clock.wallTime(), found[0]?.storedAt ?? sinceMs) });
    if (this.#read.size <= MOST_READ_SCOPES) return;
    const oldest = this.#read.keys().next().value;
    if (oldest !== undefined) this.#read.delete(oldest);
  }
}

function newIndex(): VectorIndex {
  return new VectorIndex(VECTOR_BYTES, MOST_QUESTIONS_PER_SCOPE);
}
