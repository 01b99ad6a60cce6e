import type { AttemptRecord, Call, Clock, EngineEvent } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";
import { Allowance } from "./allowance.ts";
import type { RequestDetail, RequestSummary } from "./api-types.ts";
import { MOST_OPEN_DRAFTS, MOST_PROMPT_BYTES, MOST_SPANS, NOTED_AT_ONCE, NOTED_PER_SECOND } from "./defaults.ts";
import { matches, type RequestFilter } from "./request-filter.ts";
import { type Cost, requestDetail, requestSummary } from "./request-views.ts";

/** What happened within a request, as it is noted; `start` and `end` from its arrival, in ms. */
export interface NotedSpan {
  readonly kind: "rung" | "wait" | "attempt" | "backoff" | "hedge" | "seam" | "cache" | "outcome";
  readonly name: string;
  readonly start: number;
  end?: number | undefined;
  outcome?: string | undefined;
  reason?: string | undefined;
  readonly account?: string | undefined;
  /** Of an attempt: how it went. */
  readonly record?: Readonly<AttemptRecord> | undefined;
}

/** A request that ended, as it is kept; what is shown of it is made when somebody looks. */
export interface KeptRequest {
  readonly record: ExchangeRecord;
  readonly spans: readonly NotedSpan[];
  readonly prompt: { readonly text: string; readonly cut: boolean } | undefined;
}

/** The end of an exchange with what was noted of it, where it was: what a process tells the one that lists requests. */
export interface NotedExchange extends ExchangeRecord {
  readonly noted?: Pick<KeptRequest, "spans" | "prompt"> | undefined;
}

/** What the ring of recent requests is made from. */
export interface RecentRequestsParts {
  readonly clock: Pick<Clock, "now">;
  /** Requests that are kept at most, and whether with their prompts; asked anew for each request. */
  settings(): { readonly requests: number; readonly prompts: boolean };
  costOf?: Cost | undefined;
}

interface Draft {
  readonly spans: NotedSpan[];
  readonly prompt: KeptRequest["prompt"];
}

/**
 * The requests that ended last, each with what happened within it; of many a second a sample, in which those that went
 * wrong have places of their own. It is fed on the requests' path: notes are small,
 * and are put into words only when somebody looks.
 */
export class RecentRequests {
  readonly #parts: RecentRequestsParts;
  /** Of requests under way, by id. */
  readonly #drafts = new Map<string, Draft>();
  /** A ring: `#next` is where the next one goes. */
  #kept: (KeptRequest | undefined)[] = [];
  #next = 0;
  #total = 0;
  readonly #noted = new Allowance(NOTED_PER_SECOND, NOTED_AT_ONCE);
  readonly #unusual = new Allowance(NOTED_PER_SECOND, NOTED_AT_ONCE);

  constructor(parts: RecentRequestsParts) {
    this.#parts = parts;
  }

  /** How many requests were kept since the start; those that were overwritten count too. */
  get total(): number {
    return this.#total;
  }

  /** Something happened in the engine. */
  readonly engineEvent = (event: EngineEvent): void => {
    if (event.type === "call-started") {
      this.#begin(event.call);
      return;
    }
    // In a flood most requests are not noted, and nothing more is asked about their events.
    if (this.#drafts.size === 0 || !("call" in event)) return;
    const draft = this.#drafts.get(event.call.id);
    if (draft !== undefined) this.#noteEvent(event, event.call, draft);
  };

  #noteEvent(event: EngineEvent, call: Call, draft: Draft): void {
    const now = this.#parts.clock.now() - call.startedAt;
    switch (event.type) {
      case "call-answered": {
        const failed = event.outcome.type === "failure" ? event.outcome : undefined;
        const outcome = failed?.kind ?? (event.outcome.type === "answer" ? "answered" : "accepted");
        closeRung(draft.spans, event.ms, outcome, failed?.reason);
        note(draft, { kind: "outcome", name: "", start: event.ms, end: event.ms, outcome, reason: failed?.reason });
        return;
      }
      case "rung-entered":
        note(draft, { kind: "rung", name: event.rung, start: now });
        return;
      case "rung-failed":
        closeRung(draft.spans, now, event.failure.kind, event.failure.reason);
        return;
      case "attempt-started": {
        const record = call.trace.attempts.at(-1);
        note(draft, { kind: "attempt", name: event.provider, account: event.account, start: now, record });
        return;
      }
      case "attempt-committed":
        if (call.request.continuation !== undefined) note(draft, moment("seam", event.record.provider, now));
        return;
      case "attempt-ended": {
        const span = draft.spans.findLast(({ record }) => record === event.record);
        if (span !== undefined) span.end = span.start + event.totalMs;
        return;
      }
      case "retry-scheduled":
        note(draft, { kind: "backoff", name: event.provider, start: now, end: now + event.delayMs });
        return;
      case "hedge-started":
        note(draft, moment("hedge", event.to, now));
        return;
      case "cache-hit":
        note(draft, moment("cache", event.fresh ? "fresh" : "stale", now));
        return;
      case "permit-granted":
        // Nearly all are granted at once; a bar of no length says nothing.
        if (event.waitedMs >= 1) note(draft, waited(event, now, "granted"));
        return;
      case "permit-refused":
        note(draft, waited(event, now, "refused", event.reason));
        return;
      default:
        return;
    }
  }

  /** The end of an exchange. */
  readonly exchangeEnded = (record: ExchangeRecord): void => {
    const draft = this.#drafts.size > 0 ? this.#drafts.get(record.requestId) : undefined;
    if (draft !== undefined) this.#drafts.delete(record.requestId);
    // Probes, lists and status pages are no requests to look at.
    if (record.operation === undefined && (record.method !== "POST" || record.result !== "refused")) return;
    // One whose beginning was not noted is kept where something went wrong.
    if (draft === undefined && !(isUnusual(record) && this.#unusual.take(this.#parts.clock.now()))) return;
    this.#keep({ record, spans: draft?.spans ?? [], prompt: draft?.prompt });
  };

  /** The same record with what was noted of it, right after its end; without, where it was not kept. */
  withNotes(record: ExchangeRecord): NotedExchange {
    const last = this.#kept[this.#next - 1];
    return last?.record === record ? { ...record, noted: { spans: last.spans, prompt: last.prompt } } : record;
  }

  /** Keeps an exchange that ended, and was noted, in another process. */
  readonly endedElsewhere = ({ noted, ...record }: NotedExchange): void => {
    if (noted !== undefined) this.#keep({ record, spans: noted.spans, prompt: noted.prompt });
  };

  #keep(kept: KeptRequest): void {
    const { requests } = this.#parts.settings();
    if (requests === 0) return;
    if (this.#kept.length > requests) this.#shrinkTo(requests);
    if (this.#next >= requests) this.#next = 0;
    this.#kept[this.#next] = kept;
    this.#next++;
    this.#total++;
  }

  /** The newest first. */
  list(filter: RequestFilter): { readonly requests: readonly RequestSummary[]; readonly hasMore: boolean } {
    const requests: RequestSummary[] = [];
    let skipping = filter.before !== undefined;
    for (const kept of this.#newestFirst()) {
      if (skipping) {
        skipping = kept.record.requestId !== filter.before;
        continue;
      }
      if (!matches(kept, filter)) continue;
      if (requests.length >= filter.limit) return { requests, hasMore: true };
      requests.push(requestSummary(kept, this.#parts.costOf));
    }
    return { requests, hasMore: false };
  }

  /** One request in full; undefined where it is not kept any more. */
  find(id: string): RequestDetail | undefined {
    for (const kept of this.#newestFirst()) {
      if (kept.record.requestId === id) return requestDetail(kept, this.#parts.costOf);
    }
    return undefined;
  }

  /** The last of those that ended after so many had, the newest last. */
  since(total: number, most: number): readonly RequestSummary[] {
    const wanted = Math.min(most, this.#total - total);
    const requests: RequestSummary[] = [];
    for (const kept of this.#newestFirst()) {
      if (requests.length >= wanted) break;
      requests.unshift(requestSummary(kept, this.#parts.costOf));
    }
    return requests;
  }

  /** Forgets the requests of a tenant that have ended. @returns how many */
  forgetTenant(tenant: string): number {
    let forgotten = 0;
    for (const [place, kept] of this.#kept.entries()) {
      if (kept?.record.tenant !== tenant) continue;
      this.#kept[place] = undefined;
      forgotten++;
    }
    return forgotten;
  }

  *#newestFirst(): Iterable<KeptRequest> {
    const { length } = this.#kept;
    for (let back = 1; back <= length; back++) {
      const kept = this.#kept[(this.#next - back + length) % length];
      if (kept !== undefined) yield kept;
    }
  }

  /** A reload made the ring smaller: the newest stay. */
  #shrinkTo(requests: number): void {
    const newest = [...this.#newestFirst()].slice(0, requests).reverse();
    this.#kept = newest;
    this.#next = newest.length;
  }

  #begin(call: Call): void {
    if (call.ticketed === true || this.#drafts.size >= MOST_OPEN_DRAFTS || !this.#noted.take(call.startedAt)) return;
    const { requests, prompts } = this.#parts.settings();
    if (requests === 0 || this.#drafts.has(call.id)) return;
    this.#drafts.set(call.id, { spans: [], prompt: prompts ? promptOf(call) : undefined });
  }
}

/** Something that took no time. */
function moment(kind: NotedSpan["kind"], name: string, at: number): NotedSpan {
  return { kind, name, start: at, end: at };
}

/** A wait for a permit that has just ended. */
function waited(
  { provider, waitedMs }: { readonly provider: string; readonly waitedMs: number },
  end: number,
  outcome: string,
  reason?: string,
): NotedSpan {
  return { kind: "wait", name: provider, start: end - waitedMs, end, outcome, reason };
}

function isUnusual({ result, origin, trace }: ExchangeRecord): boolean {
  return result !== "answered" || origin?.degraded === true || trace.attempts.length > 1 || trace.seams.length > 0;
}

function note({ spans }: Draft, span: NotedSpan): void {
  if (spans.length < MOST_SPANS) spans.push(span);
}

/** Ends the rung that has its turn. */
function closeRung(spans: readonly NotedSpan[], end: number, outcome: string, reason: string | undefined): void {
  const rung = spans.findLast((span) => span.kind === "rung" && span.end === undefined);
  if (rung === undefined) return;
  rung.end = end;
  rung.outcome = outcome;
  rung.reason = reason;
}

const decoder = new TextDecoder();

function promptOf({ request }: Call): KeptRequest["prompt"] {
  const cut = request.bytes.length > MOST_PROMPT_BYTES;
  return { text: decoder.decode(request.bytes.subarray(0, MOST_PROMPT_BYTES)), cut };
}
