import { ANSWERS_KEPT_MS, MOST_ANSWERS, PATIENCE_MS } from "../defaults.ts";
import { type KeptEntry, type KeptStore, openKept } from "./kept-store.ts";

/** An answer to be shown, and what it is. */
export type ShownAnswer<Value> =
  | { readonly from: "live"; readonly value: Value }
  | {
      readonly from: "kept";
      readonly value: Value;
      /** How old it is, in seconds. Show it: nobody should take an old answer for a new one. */
      readonly ageSeconds: number;
      /** Why there is no live one: `offline`, `slow` (it may still come), or `failed` with the error. */
      readonly why: "offline" | "slow" | "failed";
      readonly error?: unknown;
    };

/** Bounds of {@link LastAnswers}. */
export interface LastAnswersOptions {
  /** How many answers are kept. Default 200. */
  readonly most?: number | undefined;
  /** How long one is kept, in ms. Default a week. */
  readonly keptMs?: number | undefined;
  /** Where they are kept. Default: IndexedDB, in a database of the kit's own. */
  readonly store?: KeptStore | undefined;
}

/** How one answer is asked for. */
export interface AskOptions<Value> {
  /** How long the live answer is waited for where a kept one is there, in ms. Default 8 s. */
  readonly patienceMs?: number | undefined;
  /** Given the live answer when it comes after a kept one was shown. */
  readonly onLater?: ((value: Value) => void) | undefined;
}

/** The last good answers, kept in the browser, for when the service or the network is gone. */
export class LastAnswers {
  readonly #store: KeptStore;
  readonly #most: number;
  readonly #keptMs: number;

  constructor({ most = MOST_ANSWERS, keptMs = ANSWERS_KEPT_MS, store }: LastAnswersOptions = {}) {
    if (!(most >= 1)) throw new RangeError(`most must be 1 or more; it is ${most}.`);
    if (!(keptMs > 0)) throw new RangeError(`keptMs must be above 0; it is ${keptMs}.`);
    this.#store = store ?? openKept("tideover-answers");
    this.#most = most;
    this.#keptMs = keptMs;
  }

  /** Keeps an answer in place of an older one under the same key. */
  async remember(key: string, value: unknown): Promise<void> {
    await this.#store.put({ key, at: Date.now(), value });
    const entries = await this.#store.all();
    const tooMany = entries.length - this.#most;
    const outdated = entries.filter((entry, index) => index < tooMany || !this.#isFresh(entry));
    await Promise.all(outdated.map((entry) => this.#store.remove(entry.key)));
  }

  /** The answer kept under a key, with its age; undefined where there is none. */
  async recall<Value>(key: string): Promise<{ readonly value: Value; readonly ageSeconds: number } | undefined> {
    const entry = await this.#store.get(key);
    if (entry === undefined || !this.#isFresh(entry)) return undefined;
    // Clocks of devices are set back now and then.
    const ageSeconds = Math.max(0, Math.round((Date.now() - entry.at) / 1_000));
    return { value: entry.value as Value, ageSeconds };
  }

  /** Forgets all of them: when somebody signs out, say. */
  clear(): Promise<void> {
    return this.#store.clear();
  }

  /**
   * The live answer where it comes in time, which is then kept; else the last good one.
   * @param live asks for it; what it gives is kept, so it throws for an answer that is none
   * @throws what `live` throws, where nothing is kept
   */
  async ask<Value>(
    key: string,
    live: () => Promise<Value>,
    options: AskOptions<Value> = {},
  ): Promise<ShownAnswer<Value>> {
    const kept = await this.recall<Value>(key).catch(() => undefined);
    if (kept !== undefined && !navigator.onLine) return { from: "kept", ...kept, why: "offline" };
    const asked = live().then(async (value) => {
      // An answer that cannot be kept is as good as any.
      await this.remember(key, value).catch(() => undefined);
      return value;
    });
    if (kept === undefined) return { from: "live", value: await asked };
    const won = await firstOf(asked, options.patienceMs ?? PATIENCE_MS);
    if (won.type === "value") return { from: "live", value: won.value };
    if (won.type === "failed") {
      const why = navigator.onLine ? "failed" : "offline";
      return { from: "kept", ...kept, why, error: won.error };
    }
    // It was answered for: what becomes of it later is told to whoever wants to know.
    asked.then(options.onLater, () => undefined);
    return { from: "kept", ...kept, why: "slow" };
  }

  #isFresh({ at }: KeptEntry): boolean {
    return Date.now() - at < this.#keptMs;
  }
}

type First<Value> =
  | { readonly type: "value"; readonly value: Value }
  | { readonly type: "failed"; readonly error: unknown }
  | { readonly type: "slow" };

function firstOf<Value>(asked: Promise<Value>, patienceMs: number): Promise<First<Value>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ type: "slow" }), patienceMs);
    const settle = (first: First<Value>) => {
      clearTimeout(timer);
      resolve(first);
    };
    asked.then(
      (value) => settle({ type: "value", value }),
      (error: unknown) => settle({ type: "failed", error }),
    );
  });
}
