/** Most readers that follow jobs in this process at once; more find out by asking the store. */
const MOST_FOLLOWERS = 10_000;

/** Where changes of jobs are called out within one process, so that who follows one need not poll for it. */
export class JobBoard {
  readonly #followers = new Map<string, Set<() => void>>();
  #count = 0;

  /** Something about a job has changed. */
  changed(id: string): void {
    for (const follower of this.#followers.get(id) ?? []) follower();
  }

  /** Calls back on each change until the returned function is called. */
  follow(id: string, callback: () => void): () => void {
    if (this.#count >= MOST_FOLLOWERS) return () => {};
    this.#count++;
    const followers = this.#followers.get(id) ?? new Set();
    followers.add(callback);
    this.#followers.set(id, followers);
    return () => {
      if (!followers.delete(callback)) return;
      this.#count--;
      if (followers.size === 0) this.#followers.delete(id);
    };
  }
}
