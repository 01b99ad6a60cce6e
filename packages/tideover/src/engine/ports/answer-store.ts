/** The form of {@link StoredAnswer} that this version writes and reads; an entry of any other is ignored. */
export const STORED_ANSWER_VERSION = 1;

/** One whole answer as a cache keeps it: its event log with what decides whether and to whom it may be given again. */
export interface StoredAnswer {
  /** {@link STORED_ANSWER_VERSION} of the writer. */
  readonly version: number;
  /** Whose answer it is; it is given to no other tenant. */
  readonly tenant: string;
  /** Name of the route that made it. */
  readonly route: string;
  /** The model as the caller named it. */
  readonly model: string;
  /** Names that callers and operators gave it, to purge it by. */
  readonly tags: readonly string[];
  /** When the answer was made (wall-clock ms). Its age counts from here. */
  readonly storedAt: number;
  /** Until when it may be given in place of a live answer (wall-clock ms), jitter included. */
  readonly freshUntil: number;
  /** Until when it may be given as a stale copy (wall-clock ms); after that a store may forget it. */
  readonly staleUntil: number;
  /** How long its generation took, in ms: what an early refresh saves a caller. */
  readonly generationMs: number;
  /** Who made it. */
  readonly origin: { readonly provider?: string | undefined; readonly model?: string | undefined };
  /** The events are chunks of a stream; false: one whole document. */
  readonly streamed: boolean;
  /** The JSON texts of its events, in order, as the provider sent them (usage included). Never empty. */
  readonly events: readonly string[];
}

/** The embedding of a question whose answer is stored. */
export interface QuestionVector {
  /** What it can be compared within: a digest over tenant, route, embedding model and everything of the request but its question. */
  readonly scope: string;
  /** When it was stored (wall-clock ms). */
  readonly storedAt: number;
  readonly values: Float32Array;
}

/** A kept vector, and where the answer to its question is. */
export interface FoundVector {
  readonly key: string;
  /** When it was stored (wall-clock ms). */
  readonly storedAt: number;
  readonly values: Float32Array;
}

/**
 * Which answers to remove: those that match every member that is given. A selection without members would remove
 * everything by mistake; stores refuse it with a TypeError.
 */
export interface PurgeSelection {
  readonly key?: string | undefined;
  readonly route?: string | undefined;
  readonly tag?: string | undefined;
  readonly tenant?: string | undefined;
  readonly model?: string | undefined;
}

/**
 * The second level of the cache, behind memory: SQLite, Redis, anything that keeps answers by key.
 *
 * Every method may reject when the store cannot be reached; whoever calls takes that as a miss, counts it, and leaves a
 * store that keeps failing alone for a while. No method may reject, or throw, for an entry that it cannot read (another
 * version, damaged): that entry is as if it were not there. Implementations must be safe to call at any time, also
 * while the server behind them has never been reached.
 */
export interface AnswerStore {
  /**
   * The answer under a key. Answers past `staleUntil`, and of another {@link STORED_ANSWER_VERSION}, are not given.
   * @param key 64 hexadecimal digits, or any short text
   * @param signal aborts when nobody waits any more; the result is then of no interest, a rejection neither
   */
  get(key: string, signal: AbortSignal): Promise<StoredAnswer | undefined>;
  /** Keeps an answer under a key, in place of what was there; resolves when it has been taken. */
  set(key: string, answer: StoredAnswer): Promise<void>;
  /**
   * Removes answers.
   * @returns how many there were
   * @throws TypeError (as a rejection) for a selection without members
   */
  purge(selection: PurgeSelection): Promise<number>;
  /**
   * Keeps the vector of the question whose answer is stored under a key, in place of what was there, for as long as that
   * answer is kept: it goes with it. Where no answer is stored under the key, nothing is kept.
   *
   * Absent, as {@link vectors} is then: similar questions are known only to the process that answered them.
   */
  setVector?(key: string, vector: QuestionVector): Promise<void>;
  /**
   * The vectors of a scope, the newest first; damaged ones, and those of a form that is not known, are left out.
   * @param sinceMs only those that were stored then or later (wall-clock ms)
   * @param most how many are given at most
   * @param signal as for {@link get}
   */
  vectors?(scope: string, sinceMs: number, most: number, signal: AbortSignal): Promise<readonly FoundVector[]>;
  /**
   * Tells of purges that other processes made, so that level one can follow.
   * @returns what ends the telling
   */
  onPurge?(listener: (selection: PurgeSelection) => void): () => void;
  /** Writes what is still to be written and lets go of everything. */
  close?(): Promise<void>;
}

/** Whether an answer under a key is one that a selection removes. */
export function isSelected(
  key: string,
  answer: Pick<StoredAnswer, "tenant" | "route" | "model" | "tags">,
  selection: PurgeSelection,
): boolean {
  return (
    (selection.key === undefined || selection.key === key) &&
    (selection.route === undefined || selection.route === answer.route) &&
    (selection.tag === undefined || answer.tags.includes(selection.tag)) &&
    (selection.tenant === undefined || selection.tenant === answer.tenant) &&
    (selection.model === undefined || selection.model === answer.model)
  );
}

/** @throws TypeError for a selection without members: it would remove everything */
export function requireSelection({ key, route, tag, tenant, model }: PurgeSelection): void {
  if ([key, route, tag, tenant, model].some((member) => member !== undefined)) return;
  throw new TypeError("A purge needs at least one of key, route, tag, tenant and model.");
}

/**
 * Reads what a store kept back into an answer.
 * @param value what `JSON.parse` made of the kept text
 * @returns undefined for an entry of another version or form: it is as if it were not there
 */
export function readStoredAnswer(value: unknown): StoredAnswer | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const entry = value as Partial<Record<keyof StoredAnswer, unknown>>;
  const isReadable =
    entry.version === STORED_ANSWER_VERSION &&
    [entry.tenant, entry.route, entry.model].every((member) => typeof member === "string") &&
    [entry.storedAt, entry.freshUntil, entry.staleUntil, entry.generationMs].every(Number.isFinite) &&
    isTexts(entry.tags) &&
    isTexts(entry.events) &&
    entry.events.length > 0 &&
    typeof entry.streamed === "boolean" &&
    typeof entry.origin === "object" &&
    entry.origin !== null;
  return isReadable ? (value as StoredAnswer) : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
