import { type Clock, type Random, sleep } from "tideover/engine";
import { FIRST_PAUSE_MS, LONGEST_PAUSE_MS, MOST_TRIES, RATE_WINDOW_MS } from "./defaults.ts";
import type { Prompt } from "./prompts-file.ts";
import type { WarmFailure, WarmResult, WarmTarget } from "./warm-target.ts";

/** What a run is made from. */
export interface WarmOptions {
  readonly prompts: AsyncIterable<Prompt>;
  /** How many there are. */
  readonly total: number;
  readonly concurrency: number;
  readonly target: WarmTarget;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends the run: what is under way is cancelled, and counts as not done. */
  readonly stop: AbortSignal;
  /** What an earlier, unfinished run has done already. */
  readonly isDone?: ((id: string) => boolean) | undefined;
  /** Told of each request that is done, failed or not. */
  readonly onDone?: ((prompt: Prompt, result: WarmResult) => void) | undefined;
  /** Resolves when work may be done; asked before each request. Absent: always. */
  readonly mayGoOn?: (() => Promise<void>) | undefined;
}

/** How far a run is. */
export interface WarmProgress {
  readonly total: number;
  /** Requests that are done, those of an earlier run included. */
  readonly done: number;
  readonly generated: number;
  /** Fresh already. */
  readonly present: number;
  /** Generated, but not kept by the gateway. */
  readonly notKept: number;
  readonly failed: number;
  /** Done by an earlier, unfinished run. */
  readonly resumed: number;
  readonly elapsedMs: number;
  /** Requests a second, lately. */
  readonly rate: number;
  /** Until all is done, at that rate; undefined while there is none. */
  readonly leftMs: number | undefined;
}

/** Sends the requests of a prompts file, a few at a time, until all are done or it is stopped. */
export class WarmRun {
  readonly #options: WarmOptions;
  readonly #counts = { generated: 0, present: 0, notKept: 0, failed: 0, resumed: 0 };
  readonly #startedAt: number;
  /** When requests were done, lately. */
  readonly #lately: number[] = [];

  constructor(options: WarmOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  get progress(): WarmProgress {
    const { clock, total } = this.#options;
    const { generated, present, notKept, failed, resumed } = this.#counts;
    const done = generated + present + notKept + failed + resumed;
    const now = clock.now();
    while (this.#lately[0] !== undefined && this.#lately[0] < now - RATE_WINDOW_MS) this.#lately.shift();
    const elapsedMs = now - this.#startedAt;
    const rate = elapsedMs === 0 ? 0 : (this.#lately.length * 1_000) / Math.min(elapsedMs, RATE_WINDOW_MS);
    const leftMs = rate === 0 ? undefined : ((total - done) * 1_000) / rate;
    return { total, done, ...this.#counts, elapsedMs, rate, leftMs };
  }

  /**
   * Runs to the end.
   * @returns what was done; fewer than all when it was stopped
   * @throws what the prompts throw
   */
  async run(): Promise<WarmProgress> {
    const prompts = this.#options.prompts[Symbol.asyncIterator]();
    const workers = Array.from({ length: this.#options.concurrency }, () => this.#work(prompts));
    const ended = await Promise.allSettled(workers);
    await prompts.return?.();
    for (const worker of ended) if (worker.status === "rejected") throw worker.reason;
    return this.progress;
  }

  async #work(prompts: AsyncIterator<Prompt>): Promise<void> {
    const { stop, isDone, onDone, mayGoOn } = this.#options;
    while (!stop.aborted) {
      const next = await prompts.next();
      if (next.done === true) return;
      const prompt = next.value;
      if (isDone?.(prompt.id) === true) {
        this.#counts.resumed++;
        continue;
      }
      await mayGoOn?.();
      const result = stop.aborted ? undefined : await this.#send(prompt);
      if (result === undefined) return;
      this.#count(result);
      onDone?.(prompt, result);
    }
  }

  /** @returns undefined when the run was stopped meanwhile */
  async #send(prompt: Prompt): Promise<WarmResult | undefined> {
    const { target, stop, clock } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const result = await target(prompt.body, stop);
      if (stop.aborted) return undefined;
      if (result.type !== "failed" || result.retryAfterMs === undefined || attempt === MOST_TRIES) return result;
      if (!(await sleep(clock, this.#pause(result, attempt), stop))) return undefined;
    }
  }

  #pause({ retryAfterMs = 0 }: WarmFailure, attempt: number): number {
    const most = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
    // At least half of it: whoever is busy is left alone.
    const drawn = most * (0.5 + 0.5 * this.#options.random.next());
    return Math.min(Math.max(drawn, retryAfterMs), LONGEST_PAUSE_MS);
  }

  #count(result: WarmResult): void {
    this.#lately.push(this.#options.clock.now());
    if (result.type === "generated") this.#counts[result.kept ? "generated" : "notKept"]++;
    else this.#counts[result.type]++;
  }
}
