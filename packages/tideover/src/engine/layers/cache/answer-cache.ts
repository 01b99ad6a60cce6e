import type { AnswerEvent } from "../../answer-stream.ts";
import type { Operation } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { S3Fifo } from "../../kernels/s3-fifo.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import {
  type AnswerStore,
  type FoundVector,
  isSelected,
  type PurgeSelection,
  type QuestionVector,
  requireSelection,
  type StoredAnswer,
} from "../../ports/answer-store.ts";
import { MOST_REFRESHES, PARSED_BYTES_PER_UNIT, PARSED_SHARE } from "./defaults.ts";
import { eventTexts, type KeptAnswer, keptAnswer } from "./kept-answer.ts";
import { SecondLevel } from "./second-level.ts";
import type { StoreGuard } from "./store-guard.ts";

/** What an {@link AnswerCache} is made from. */
export interface AnswerCacheParts {
  /** The most that level one holds, in bytes. */
  readonly memoryBytes: number;
  readonly form: AnswerForm;
  /** Level two; absent: memory is all there is. */
  readonly store?: AnswerStore | undefined;
  /**
   * Told of every purge, of other processes too, for what is kept beside the answers.
   * @param keys those that were in memory; `all` where level two may have held others
   */
  readonly onPurge?: ((keys: readonly string[] | "all") => void) | undefined;
}

/** How full level one is. */
export interface CacheFigures {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * The answers of all routes: level one in memory, bounded by bytes, and behind it a store that may be slow or down.
 * Whoever asks gives the key and the tenant; an entry of another tenant is none, whatever its key.
 */
export class AnswerCache {
  readonly #environment: EngineEnvironment;
  readonly #form: AnswerForm;
  readonly #kept: S3Fifo<KeptAnswer>;
  /** The parsed events of what is asked for again and again, by key and form. */
  readonly #parsed: S3Fifo<{ readonly of: KeptAnswer; readonly events: readonly AnswerEvent[] }>;
  readonly #second: SecondLevel | undefined;
  readonly #refreshing = new Set<string>();
  readonly #forgetPurges: (() => void) | undefined;
  readonly #onPurge: AnswerCacheParts["onPurge"];
  #purges = 0;

  constructor({ memoryBytes, form, store, onPurge }: AnswerCacheParts, environment: EngineEnvironment) {
    this.#environment = environment;
    this.#form = form;
    this.#kept = new S3Fifo(memoryBytes * (1 - PARSED_SHARE));
    this.#parsed = new S3Fifo(memoryBytes * PARSED_SHARE);
    this.#onPurge = onPurge;
    this.#second = store === undefined ? undefined : new SecondLevel(store, environment);
    this.#forgetPurges = store?.onPurge?.((selection) => this.#purgeMemory(selection));
  }

  /** What stands before level two; undefined where there is none. */
  get storeGuard(): StoreGuard | undefined {
    return this.#second?.guard;
  }

  /** What memory holds. */
  get figures(): CacheFigures {
    return { entries: this.#kept.size, bytes: this.#kept.weight + this.#parsed.weight };
  }

  /** How many purges there were: what is made or read meanwhile may be of what is gone. */
  get purges(): number {
    return this.#purges;
  }

  /** The answer that memory holds under a key, fresh or stale. */
  peek(key: string, tenant: string): KeptAnswer | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.answer.tenant !== tenant) return undefined;
    return kept.answer.staleUntil > this.#environment.clock.wallTime() ? kept : undefined;
  }

  /** The answer under a key, fresh or stale, of either level. Never rejects, and waits for level two only so long. */
  async find(key: string, tenant: string): Promise<KeptAnswer | undefined> {
    const known = this.peek(key, tenant);
    if (known !== undefined || this.#second === undefined) return known;
    const purges = this.#purges;
    const stored = await this.#second.get(key);
    if (stored === undefined || stored.tenant !== tenant || purges !== this.#purges) return undefined;
    if (stored.staleUntil <= this.#environment.clock.wallTime()) return undefined;
    // Others may have asked for the same meanwhile, or a newer one may have come.
    return this.peek(key, tenant) ?? this.#keep(key, stored);
  }

  /** Keeps an answer in memory now, and has it written to level two. */
  set(key: string, answer: StoredAnswer): void {
    this.#keep(key, answer);
    this.#second?.set(key, answer);
  }

  /**
   * The events of an answer, in the form that is asked for.
   * @param whole as one document
   * @returns empty when its texts cannot be read
   */
  events(key: string, kept: KeptAnswer, operation: Operation, whole: boolean): readonly AnswerEvent[] {
    const name = whole ? wholeName(key) : key;
    const known = this.#parsed.get(name);
    if (known?.of === kept) return known.events;
    const events = this.#read(kept, operation, whole);
    // What is asked for once is not worth it.
    if (kept.hits > 0) this.#parsed.set(name, { of: kept, events }, PARSED_BYTES_PER_UNIT * lengthOf(events));
    return events;
  }

  /** Has the vector of an answered question kept beside the answer in level two, where that keeps any. Never rejects. */
  async setVector(key: string, vector: QuestionVector): Promise<void> {
    await this.#second?.setVector(key, vector);
  }

  /** The vectors of a scope in level two, the newest first; undefined when it does not say in time, or keeps none. */
  vectors(scope: string, sinceMs: number, most: number): Promise<readonly FoundVector[] | undefined> {
    return this.#second?.vectors(scope, sinceMs, most) ?? Promise.resolve(undefined);
  }

  /** Whether whoever asks may refresh the answer under a key: one at a time, and not too many at once. */
  beginRefresh(key: string): boolean {
    if (this.#refreshing.has(key) || this.#refreshing.size >= MOST_REFRESHES) return false;
    this.#refreshing.add(key);
    return true;
  }

  /** To be called once after each {@link beginRefresh} that said yes. */
  endRefresh(key: string): void {
    this.#refreshing.delete(key);
  }

  /**
   * Removes answers from both levels.
   * @returns how many level two had, or memory where there is no level two
   * @throws TypeError for a selection without members; what the store throws
   */
  async purge(selection: PurgeSelection): Promise<number> {
    requireSelection(selection);
    const purged = this.#purgeMemory(selection);
    const stored = await this.#second?.purge(selection);
    return Math.max(purged, stored ?? 0);
  }

  /** Has what is left written, and lets go of the store, which is closed by whoever opened it. */
  async close(): Promise<void> {
    this.#forgetPurges?.();
    await this.#second?.flush();
  }

  #keep(key: string, answer: StoredAnswer): KeptAnswer {
    const kept = keptAnswer(answer);
    this.#kept.set(key, kept, kept.bytes);
    return kept;
  }

  #read(kept: KeptAnswer, operation: Operation, whole: boolean): readonly AnswerEvent[] {
    const events: AnswerEvent[] = [];
    for (const text of eventTexts(kept)) {
      const event = this.#form.read(text);
      if (event === undefined) return [];
      events.push(event);
    }
    const isWhole = events.length === 1 && events[0]?.whole === true;
    return whole && !isWhole && events.length > 0 ? [this.#form.fold(events, operation)] : events;
  }

  #purgeMemory(selection: PurgeSelection): number {
    this.#purges++;
    const purged: string[] = [];
    for (const [key, { answer }] of this.#kept.entries()) if (isSelected(key, answer, selection)) purged.push(key);
    for (const key of purged) {
      this.#kept.delete(key);
      this.#parsed.delete(key);
      this.#parsed.delete(wholeName(key));
    }
    this.#onPurge?.(this.#second === undefined ? purged : "all");
    return purged.length;
  }
}

/** Under what the parsed document of an answer is kept. */
function wholeName(key: string): string {
  return `${key} whole`;
}

function lengthOf(events: readonly AnswerEvent[]): number {
  return events.reduce((sum, { data }) => sum + data.length, 0);
}
