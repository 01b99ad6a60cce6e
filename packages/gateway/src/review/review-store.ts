import type { Operation, RungName } from "tideover/engine";
import type { ReviewEntry, ReviewEntryDetail, ReviewEvent, ReviewState } from "../admin/review-types.ts";
import type { SqlRow } from "../stores/embedded/index.ts";

/** A degraded answer as it is put into the inbox. All times in ms since the Unix epoch. */
export interface NewEntry {
  /** The same for the same text given to the same request. */
  readonly id: string;
  readonly key: string;
  readonly tenant: string;
  readonly route: string;
  readonly model: string;
  readonly operation: Operation;
  readonly rung: RungName;
  readonly question: string;
  readonly text: string;
  readonly request: Uint8Array;
  /** How often it was given since it was last written. */
  readonly given: number;
  readonly firstGivenAt: number;
  readonly lastGivenAt: number;
}

/** A ticket that was opened beside an answer. */
export interface OpenedTicket {
  readonly key: string;
  readonly jobId: string;
}

/** One entry with what is needed to decide about it. */
export interface KeptEntry {
  readonly entry: ReviewEntry;
  readonly key: string;
  readonly operation: Operation;
  readonly original: string;
  readonly request: Uint8Array;
}

/** A decision as it is written. */
export interface Decided {
  readonly state: ReviewState;
  readonly at: number;
  readonly by: string;
  readonly action: ReviewEvent["action"];
  /** The text in force from now on; absent where it stays. */
  readonly text?: string | undefined;
}

const STATES = ["waiting", "approved", "edited", "regenerated", "dismissed", "superseded"] as const;

/**
 * Where answers wait for people, with what was decided about them. Every operation is atomic (`add` for each
 * entry) and rejects when the store cannot do it; no request waits for any. What every store must do: `review-inbox.test.ts`, which runs against each.
 */
export interface ReviewStore {
  /** Whether other gateways put entries into it, too. */
  readonly isShared: boolean;
  /**
   * Puts answers into the inbox; what waits too long or too numerously makes room.
   * @param dropped answers that never got here
   */
  add(entries: readonly NewEntry[], tickets: readonly OpenedTicket[], dropped: number, now: number): Promise<void>;
  /** The newest first. @param after goes on behind this one */
  list(state: ReviewState | undefined, after: string | undefined, limit: number): Promise<readonly ReviewEntry[]>;
  find(id: string): Promise<KeptEntry | undefined>;
  /** An entry with its request and audit trail. */
  detail(id: string): Promise<ReviewEntryDetail | undefined>;
  /** How many entries are in each state. */
  counts(): Promise<Record<ReviewState, number>>;
  /** Entries that made room before anybody decided. */
  dropped(): Promise<number>;
  /** The keys of waiting entries, at most `MOST_WAITING`. */
  waitingKeys(): Promise<readonly string[]>;
  /** Writes a decision with its line in the audit trail. False: the entry is gone, or was superseded meanwhile. */
  decide(id: string, decided: Decided): Promise<boolean>;
  /** Notes what the last decision led to. */
  noteEffect(id: string, effect: string): Promise<void>;
  /** Live answers to the same requests were stored: nobody needs to decide any more. */
  supersede(keys: readonly string[], now: number): Promise<void>;
  /** Forgets everything of a tenant. @returns how many entries there were */
  erase(tenant: string): Promise<number>;
  /** Lets go of what the store holds for itself; a data folder is closed by whoever opened it. */
  close(): Promise<void>;
}

/** The states, each with a number, from the rows of a count by state. */
export function countsFrom(rows: readonly SqlRow[]): Record<ReviewState, number> {
  const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<ReviewState, number>;
  for (const { state, count } of rows) {
    const known = STATES.find((name) => name === state);
    if (known !== undefined) counts[known] = Number(count);
  }
  return counts;
}

/** An entry with what is needed to decide about it, from its row. @param tickets of the row */
export function keptFrom(row: SqlRow, tickets: readonly string[]): KeptEntry {
  return {
    entry: entryFrom(row, tickets),
    key: String(row.key),
    operation: String(row.operation) as Operation,
    original: String(row.original),
    request: row.request instanceof Uint8Array ? row.request : new Uint8Array(),
  };
}

/** An entry with its audit trail, from the rows of both. */
export function detailFrom(kept: KeptEntry, events: readonly SqlRow[]): ReviewEntryDetail {
  return {
    ...kept.entry,
    original: kept.original,
    request: jsonOf(kept.request),
    events: events.map((row) => ({
      at: Number(row.at),
      by: String(row.actor),
      action: String(row.action) as ReviewEvent["action"],
      ...(row.text === null ? {} : { text: String(row.text) }),
      ...(row.effect === null ? {} : { effect: String(row.effect) }),
    })),
  };
}

/** An entry from its row. @param tickets of the row */
export function entryFrom(row: SqlRow, tickets: readonly string[]): ReviewEntry {
  return {
    id: String(row.id),
    state: STATES.find((name) => name === row.state) ?? "waiting",
    tenant: String(row.tenant),
    route: String(row.route),
    model: String(row.model),
    rung: String(row.rung),
    question: String(row.question),
    answer: String(row.answer),
    given: Number(row.given),
    firstGivenAt: Number(row.first_given_at),
    lastGivenAt: Number(row.last_given_at),
    tickets,
    ...(row.decided_at === null ? {} : { decidedAt: Number(row.decided_at) }),
    ...(row.decided_by === null ? {} : { decidedBy: String(row.decided_by) }),
  };
}

/** The request as it came; one that is no JSON, which the front lets nobody send, as text. */
function jsonOf(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
