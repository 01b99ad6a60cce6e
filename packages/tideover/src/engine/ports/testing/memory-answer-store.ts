import {
  type AnswerStore,
  type FoundVector,
  isSelected,
  type PurgeSelection,
  type QuestionVector,
  readStoredAnswer,
  requireSelection,
  type StoredAnswer,
} from "../answer-store.ts";

/** An {@link AnswerStore} in a map without bound, for tests and the simulator. */
export class MemoryAnswerStore implements AnswerStore {
  readonly #wallTime: () => number;
  readonly #answers = new Map<string, StoredAnswer>();
  readonly #vectors = new Map<string, QuestionVector>();

  /** @param wallTime wall-clock time in ms */
  constructor(wallTime: () => number) {
    this.#wallTime = wallTime;
  }

  get(key: string, _signal: AbortSignal): Promise<StoredAnswer | undefined> {
    const answer = readStoredAnswer(this.#answers.get(key));
    return Promise.resolve(answer !== undefined && answer.staleUntil > this.#wallTime() ? answer : undefined);
  }

  set(key: string, answer: StoredAnswer): Promise<void> {
    this.#answers.set(key, answer);
    return Promise.resolve();
  }

  setVector(key: string, vector: QuestionVector): Promise<void> {
    if (this.#answers.has(key)) this.#vectors.set(key, vector);
    return Promise.resolve();
  }

  async vectors(scope: string, sinceMs: number, most: number, signal: AbortSignal): Promise<readonly FoundVector[]> {
    const found: FoundVector[] = [];
    for (const [key, { storedAt, values, scope: of }] of this.#vectors) {
      if (of !== scope || storedAt < sinceMs || (await this.get(key, signal)) === undefined) continue;
      found.push({ key, storedAt, values });
    }
    return found.toSorted((a, b) => b.storedAt - a.storedAt).slice(0, most);
  }

  async purge(selection: PurgeSelection): Promise<number> {
    requireSelection(selection);
    let purged = 0;
    for (const [key, answer] of this.#answers) {
      if (!isSelected(key, answer, selection)) continue;
      this.#answers.delete(key);
      this.#vectors.delete(key);
      purged++;
    }
    return purged;
  }
}
