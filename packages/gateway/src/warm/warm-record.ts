import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";

/**
 * What an unfinished run has done: the ids of its requests, one on each line, appended as they are done. A process that
 * is killed loses at most the line it was writing, and a torn line only has its request done again.
 */
export class WarmRecord {
  readonly path: string;
  readonly #done: Set<string>;

  /**
   * Reads what an earlier run left.
   * @param anew forgets it instead
   * @throws Error when the file is there and cannot be read
   */
  constructor(path: string, anew: boolean) {
    this.path = path;
    if (anew) rmSync(path, { force: true });
    this.#done = new Set(existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : []);
  }

  /** How many requests are done. */
  get size(): number {
    return this.#done.size;
  }

  has(id: string): boolean {
    return this.#done.has(id);
  }

  /** @throws Error when the file cannot be written */
  add(id: string): void {
    this.#done.add(id);
    appendFileSync(this.path, `${id}\n`, { mode: 0o600 });
  }

  /** The run is finished; the next one begins anew. */
  finish(): void {
    rmSync(this.path, { force: true });
  }
}
