import { type Clock, type Failure, isFailure, sleep } from "tideover/engine";
import type { Jobs } from "tideover/jobs";
import type { ReviewedAnswer, ReviewedRequest, RouteReview } from "tideover/runtime";
import type { ReviewEntryDetail, ReviewProposal, ReviewState } from "../admin/review-types.ts";
import type { Log } from "../logging/index.ts";
import { MOST_RETRIED_TICKETS, REGENERATE_MS, TICKET_RETRY_MS } from "./defaults.ts";
import type { GatheringInbox } from "./review-inbox.ts";
import type { KeptEntry, ReviewStore } from "./review-store.ts";

/** What decisions are carried out with. */
export interface ReviewDeskParts {
  readonly store: ReviewStore;
  readonly inbox: Pick<GatheringInbox, "flush">;
  readonly clock: Clock;
  readonly log: Log;
  /** What can be done about answers of a route, as it is configured now. */
  findReview(route: string): RouteReview | undefined;
  /** Where tickets are completed; absent: none are given. */
  readonly jobs?: Pick<Jobs, "answerByHand"> | undefined;
}

/** What a person wants done. */
export type Decision =
  | { readonly action: "approve" | "dismiss"; readonly by: string }
  | { readonly action: "edit"; readonly by: string; readonly text: string }
  | { readonly action: "regenerate"; readonly by: string; readonly preview: boolean };

/** Why a decision was not carried out, for the person. */
export interface Refused {
  readonly type: "refused";
  readonly why: "missing" | "conflict" | "unfit" | "unavailable";
  readonly message: string;
}

const STATE_AFTER: Readonly<Record<Decision["action"], ReviewState>> = {
  approve: "approved",
  edit: "edited",
  regenerate: "regenerated",
  dismiss: "dismissed",
};

/** Carries out what people decide about degraded answers. */
export class ReviewDesk {
  readonly #parts: ReviewDeskParts;
  readonly #stop = new AbortController();
  readonly #retried = new Set<Promise<void>>();

  constructor(parts: ReviewDeskParts) {
    this.#parts = parts;
  }

  /**
   * Decides about one entry: what was decided is given to whoever asks the same from now on, and completes the tickets
   * that were opened beside the old answer.
   */
  async decide(
    id: string,
    decision: Decision,
    signal: AbortSignal,
  ): Promise<ReviewEntryDetail | ({ readonly type: "proposal" } & ReviewProposal) | Refused> {
    const { store, inbox } = this.#parts;
    // An entry's ticket may be a moment behind it.
    await inbox.flush();
    const kept = await store.find(id);
    if (kept === undefined) return missing(id);
    if (kept.entry.state === "superseded") return superseded();
    if (decision.action === "dismiss") return this.#write(kept, decision, undefined);
    const review = this.#parts.findReview(kept.entry.route);
    if (review === undefined) return routeGone(kept.entry.route);
    const reviewed = await this.#answer(review, kept, decision, signal);
    if (isFailure(reviewed)) return refusedBy(decision.action, reviewed);
    if (decision.action === "regenerate" && decision.preview) return proposalOf(reviewed);
    return this.#write(kept, decision, { review, reviewed });
  }

  /** Gives up on tickets that wait for their workers; they keep what those bring. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#retried);
  }

  #answer(
    review: RouteReview,
    kept: KeptEntry,
    decision: Decision,
    signal: AbortSignal,
  ): Promise<ReviewedAnswer | Failure> {
    const request = requestOf(kept);
    if (decision.action === "regenerate") {
      return review.regenerate(
        request,
        AbortSignal.any([signal, this.#stop.signal, AbortSignal.timeout(REGENERATE_MS)]),
      );
    }
    return review.write(request, decision.action === "edit" ? decision.text : kept.original);
  }

  async #write(
    kept: KeptEntry,
    { action, by }: Decision,
    result: { readonly review: RouteReview; readonly reviewed: ReviewedAnswer } | undefined,
  ): Promise<ReviewEntryDetail | Refused> {
    const { store, clock } = this.#parts;
    const { id } = kept.entry;
    const text = result?.reviewed.text;
    const at = Math.floor(clock.wallTime());
    // First the record: what follows can be done again by deciding again.
    if (!(await store.decide(id, { state: STATE_AFTER[action], at, by, action, text }))) return superseded();
    if (result !== undefined) {
      const stored = await result.review.store(requestOf(kept), result.reviewed);
      const tickets = await Promise.all(
        kept.entry.tickets.map((job) => this.#complete(job, kept, action, result.reviewed)),
      );
      await store.noteEffect(id, effectOf(stored, tickets));
    }
    return (await store.detail(id)) ?? missing(id);
  }

  async #complete(
    jobId: string,
    { entry }: KeptEntry,
    action: Decision["action"],
    { document, provenance }: ReviewedAnswer,
  ): Promise<string> {
    const { jobs, log } = this.#parts;
    if (jobs === undefined) return `ticket ${jobId}: this process keeps no jobs`;
    const result = {
      status: 200,
      body: document,
      provenance: { ...provenance, reviewed: STATE_AFTER[action] },
    };
    try {
      const ended = await jobs.answerByHand(jobId, entry.tenant, result);
      if (ended !== "busy") return `ticket ${jobId}: ${ended === "answered" ? "completed" : ended}`;
      if (this.#retried.size >= MOST_RETRIED_TICKETS) return `ticket ${jobId}: a worker is asking for it`;
      const retried = this.#retry(jobId, entry.tenant, result).finally(() => this.#retried.delete(retried));
      this.#retried.add(retried);
      return `ticket ${jobId}: a worker is asking for it; completed as soon as it gives up`;
    } catch (error) {
      log.error({ event: "review-ticket-failed", job: jobId, error }, "A reviewed answer did not reach its ticket.");
      return `ticket ${jobId}: the job store did not answer`;
    }
  }

  async #retry(...[id, tenant, result]: Parameters<Jobs["answerByHand"]>): Promise<void> {
    const { jobs, clock, log } = this.#parts;
    for (const waitMs of TICKET_RETRY_MS) {
      if (!(await sleep(clock, waitMs, this.#stop.signal))) return;
      try {
        if ((await jobs?.answerByHand(id, tenant, result)) !== "busy") return;
      } catch (error) {
        log.warn({ event: "review-ticket-failed", job: id, error }, "A reviewed answer did not reach its ticket yet.");
      }
    }
  }
}

function requestOf({ entry, operation, request }: KeptEntry): ReviewedRequest {
  return { id: entry.id, tenant: entry.tenant, model: entry.model, operation, request };
}

function proposalOf({ text, answer }: ReviewedAnswer) {
  const { provider, model } = answer.origin;
  const from = { ...(provider === undefined ? {} : { provider }), ...(model === undefined ? {} : { model }) };
  return { type: "proposal", text, ...from } as const;
}

function effectOf(stored: boolean, tickets: readonly string[]): string {
  return [stored ? "stored for whoever asks the same" : "not stored", ...tickets].join("; ");
}

function refusedBy(action: Decision["action"], { message }: Failure): Refused {
  return action === "regenerate"
    ? { type: "refused", why: "unavailable", message: `No live provider answered: ${message}` }
    : { type: "refused", why: "unfit", message };
}

function missing(id: string): Refused {
  return { type: "refused", why: "missing", message: `There is no entry ${id} in the review inbox.` };
}

function superseded(): Refused {
  const message = "A live answer to the same request came meanwhile; there is nothing left to decide.";
  return { type: "refused", why: "conflict", message };
}

function routeGone(route: string): Refused {
  const message = `The route ${route} is not configured any more, or has no rung with review: true.`;
  return { type: "refused", why: "conflict", message };
}
