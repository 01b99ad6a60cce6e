import {
  type AnswerStore,
  isSelected,
  type PurgeSelection,
  readStoredAnswer,
  requireSelection,
  type StoredAnswer,
} from "../answer-store.ts";

/** An {@link AnswerStore} in a map without bound, for tests and the simulator. */
export class MemoryAnswerStore implements AnswerStore {
  readonly #wallTime: () => number;
  readonly #answers = new Map<string, StoredAnswer>();

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

  async purge(selection: PurgeSelection): Promise<number> {
    requireSelection(selection);
    let purged = 0;
    for (const [key, answer] of this.#answers) {
      if (isSelected(key, answer, selection) && this.#answers.delete(key)) purged++;
    }
    return purged;
  }
}
