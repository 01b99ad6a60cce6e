import { hashText } from "../text/hash-text.ts";

/** Requests that are remembered; the oldest are forgotten, and their fault strikes once more. */
const CAPACITY = 10_000;

/** Remembers which requests a fault that strikes once has struck. */
export class OnceMemory {
  readonly #seen = new Set<string>();

  /** True the first time it is asked for this fault and question. */
  first(fault: string, question: string): boolean {
    const key = `${fault} ${hashText(question)} ${hashText(question, 1)}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    if (this.#seen.size > CAPACITY) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    }
    return true;
  }
}
