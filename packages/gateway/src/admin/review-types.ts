/**
 * What `/admin/api/review` takes and answers. Pure types: the dashboard imports them.
 *
 * | request | answer |
 * |---|---|
 * | `GET /admin/api/review?state=waiting&limit=50&after=ID` | {@link ReviewList}, newest first |
 * | `GET /admin/api/review/{id}` | {@link ReviewEntryDetail} |
 * | `POST /admin/api/review/{id}/approve` with {@link ReviewDecision} | {@link ReviewEntryDetail} |
 * | `POST /admin/api/review/{id}/edit` with {@link ReviewEdit} | {@link ReviewEntryDetail} |
 * | `POST /admin/api/review/{id}/regenerate` with {@link ReviewRegeneration} | {@link ReviewEntryDetail}, or {@link ReviewProposal} with `preview` |
 * | `POST /admin/api/review/{id}/dismiss` with {@link ReviewDecision} | {@link ReviewEntryDetail} |
 *
 * Errors: 404 for an entry that is not there, 409 for a decision that cannot be taken any more or now, 502 when no live
 * provider answered a regeneration; all in the envelope of every other endpoint.
 */

/**
 * Where an entry stands. `waiting`: nobody has decided. `superseded`: a live answer to the same request came meanwhile.
 * The others are decisions of people; a decided entry may be decided again (edited after it was approved), but not
 * one that is `superseded`.
 */
export type ReviewState = "waiting" | "approved" | "edited" | "regenerated" | "dismissed" | "superseded";

/** One degraded answer in the inbox. All times in ms since the Unix epoch. */
export interface ReviewEntry {
  readonly id: string;
  readonly state: ReviewState;
  readonly tenant: string;
  readonly route: string;
  /** As the caller named it. */
  readonly model: string;
  /** The rung that gave the answer, such as `template`. */
  readonly rung: string;
  /** The beginning of what was asked, for lists: the last user message, at most 200 characters. */
  readonly question: string;
  /** The text in force now: what was given, or what was decided in its place. */
  readonly answer: string;
  /** How often it was given to callers. */
  readonly given: number;
  readonly firstGivenAt: number;
  readonly lastGivenAt: number;
  /** Tickets that its decision completes. */
  readonly tickets: readonly string[];
  /** When it was decided, and by whom; absent while it waits. */
  readonly decidedAt?: number;
  readonly decidedBy?: string;
}

/** One line of the audit trail. */
export interface ReviewEvent {
  /** In ms since the Unix epoch. */
  readonly at: number;
  /** Who: the name that was given with the decision, or how access was had (`admin key`, `this machine`). */
  readonly by: string;
  readonly action: "received" | "approve" | "edit" | "regenerate" | "dismiss" | "supersede";
  /** The text that was put in force; absent where none was. */
  readonly text?: string;
  /** What it led to: stored copies, tickets. For people, in English. */
  readonly effect?: string;
}

/** One entry with all that is known of it. */
export interface ReviewEntryDetail extends ReviewEntry {
  /** The text that callers were given. */
  readonly original: string;
  /** The request as it came. */
  readonly request: unknown;
  /** Oldest first. */
  readonly events: readonly ReviewEvent[];
}

/** A page of the inbox. */
export interface ReviewList {
  readonly entries: readonly ReviewEntry[];
  /** Give it as `after` for the next page; absent on the last. */
  readonly next?: string;
  /** How many entries are in each state. */
  readonly counts: Readonly<Record<ReviewState, number>>;
  /** Entries that made room for newer ones before anybody decided, since the store was made. */
  readonly dropped: number;
}

/** The body of `approve` and `dismiss`. */
export interface ReviewDecision {
  /** Who decides, for the audit trail; at most 100 characters. */
  readonly by?: string;
}

/** The body of `edit`. */
export interface ReviewEdit extends ReviewDecision {
  /** What is to be answered from now on; not empty, at most 256 KiB. */
  readonly text: string;
}

/** The body of `regenerate`. */
export interface ReviewRegeneration extends ReviewDecision {
  /** Only show what a live provider answers now, and change nothing. Default: false. */
  readonly preview?: boolean;
}

/** The answer to a regeneration that was only to be shown. */
export interface ReviewProposal {
  readonly text: string;
  readonly provider?: string;
  readonly model?: string;
}
