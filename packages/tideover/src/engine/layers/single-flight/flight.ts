import { type AnswerEvent, type AnswerStream, type Batch, type Ending, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { type Failure, failure } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import type { Service } from "../../service.ts";
import { MOST_LOG_EVENTS, MOST_LOG_LENGTH } from "./defaults.ts";
import { ToldEvents } from "./told-events.ts";

/** One caller who waits for the answer, or reads it. */
export interface Member {
  readonly call: Call;
  /** Place in the answer up to which it has read. */
  index: number;
  /** Set while it waits for more. */
  wake: ((next: Batch | Ending) => void) | undefined;
  /** Set when it is told to go: it was too slow. */
  ending: Ending | undefined;
}

/**
 * One answer that is being made for several callers at once. It belongs to none of them: it goes on as long as one
 * remains, is read at the pace of the quickest, and is given up when the last one leaves.
 */
export class Flight {
  /** What became of the call: an answer's stream is read through {@link take} and {@link wait}. Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** RFC 9218 urgency of the call that is under way. */
  readonly priority: number;
  /** The call whose own mode and account the flight has. */
  readonly leader: Call;
  readonly #members = new Set<Member>();
  readonly #scope = new AbortController();
  readonly #form: Pick<AnswerForm, "read">;
  readonly #onClosed: () => void;
  /** What all members have read, for those who join later; undefined once nobody can. */
  #told: ToldEvents | undefined = new ToldEvents();
  /** What was read of the answer from `#first` on: what a member has still to read. */
  #events: AnswerEvent[] = [];
  #first = 0;
  /** Of both. */
  #length = 0;
  #source: AnswerStream | undefined;
  #ending: Ending | undefined;
  #reading = false;
  #closed = false;

  /**
   * @param form reads for those who join late what is held as text
   * @param onClosed called once, when nobody can join any more
   */
  constructor(leader: Call, service: Service, form: Pick<AnswerForm, "read">, onClosed: () => void) {
    this.leader = leader;
    this.priority = leader.priority;
    this.#form = form;
    this.#onClosed = onClosed;
    const longest = () => this.#longestDeadline();
    const call: Call = {
      ...leader,
      signal: this.#scope.signal,
      get deadline() {
        return longest();
      },
    };
    this.outcome = service(call).then((outcome) => this.#begin(outcome));
  }

  /** The answer has begun. */
  get hasBegun(): boolean {
    return this.#source !== undefined;
  }

  /** Takes a caller in. Only while the flight is not closed. */
  join(call: Call): Member {
    const member: Member = { call, index: 0, wake: undefined, ending: undefined };
    this.#members.add(member);
    return member;
  }

  /** A caller wants no more. When nobody is left, the answer is given up. */
  leave(member: Member, reason: Failure): void {
    if (!this.#members.delete(member)) return;
    const ending: Ending = { type: "ending", failure: reason };
    member.ending = ending;
    wake(member, ending);
    if (this.#members.size > 0 || this.#ending !== undefined) return;
    this.#close();
    this.#ending = ending;
    this.#scope.abort(reason);
    this.#source?.cancel(reason);
  }

  /** What there is for a member now; undefined when it must wait. */
  take(member: Member): Batch | Ending | undefined {
    if (member.ending !== undefined) return member.ending;
    const from = member.index - this.#first;
    if (from < this.#events.length) {
      const told = from < 0 ? this.#told?.events(this.#form) : [];
      if (told === undefined) return this.#sendAway(member, unreadable());
      const events = [...told, ...(from > 0 ? this.#events.slice(from) : this.#events)];
      member.index = this.#first + this.#events.length;
      return { type: "batch", events };
    }
    if (this.#ending !== undefined) this.#members.delete(member);
    return this.#ending;
  }

  /** What comes next for a member who has read all that is there. */
  wait(member: Member): Promise<Batch | Ending> {
    return new Promise((resolve) => {
      member.wake = resolve;
      this.#readOn();
    });
  }

  #begin(outcome: Outcome): Outcome {
    if (outcome.type !== "answer") {
      this.#close();
      this.#ending = WHOLE;
      return outcome;
    }
    this.#source = outcome.stream;
    // Everybody left while it came.
    if (this.#ending?.failure !== undefined) outcome.stream.cancel(this.#ending.failure);
    return outcome;
  }

  #readOn(): void {
    if (this.#reading || this.#ending !== undefined || this.#source === undefined) return;
    this.#reading = true;
    void this.#source.read().then((next) => {
      this.#reading = false;
      if (this.#ending !== undefined) return;
      if (next.type === "batch") this.#add(next.events);
      else {
        this.#ending = next;
        this.#close();
      }
      this.#tellWaiting();
      this.#putBehind();
    });
  }

  #tellWaiting(): void {
    for (const member of [...this.#members]) {
      if (member.wake === undefined) continue;
      const next = this.take(member);
      if (next !== undefined) wake(member, next);
    }
  }

  #add(events: readonly AnswerEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      this.#length += lengthOf(event);
    }
    if (!this.#isFull()) return;
    // From here on nobody can be shown the beginning, and only what somebody still has to read is held.
    this.#close();
    this.#forgetRead();
    if (this.#isFull()) this.#sendAwaySlowest();
  }

  #isFull(): boolean {
    const count = this.#events.length + (this.#told?.count ?? 0);
    return this.#length > MOST_LOG_LENGTH || count > MOST_LOG_EVENTS;
  }

  /** Of what all members have read, less is held. */
  #putBehind(): void {
    const read = this.#slowestIndex() - this.#first;
    if (!(read > 0)) return;
    const behind = read < this.#events.length ? this.#events.splice(0, read) : this.#events;
    if (behind === this.#events) this.#events = [];
    this.#first += behind.length;
    for (const event of behind) {
      if (this.#told === undefined) this.#length -= lengthOf(event);
      else this.#told.add(event);
    }
  }

  #forgetRead(): void {
    // Who has joined and not read yet needs it from the beginning.
    if (this.#told !== undefined && this.#slowestIndex() >= this.#first) {
      this.#told = undefined;
      this.#length = this.#events.reduce((sum, event) => sum + lengthOf(event), 0);
    }
    this.#putBehind();
  }

  /** Who is a whole log behind must not hold up the others, nor fill the memory. */
  #sendAwaySlowest(): void {
    const slowest = this.#slowestIndex();
    for (const member of [...this.#members]) {
      if (member.index > slowest || member.wake !== undefined) continue;
      this.#sendAway(member, fellBehind());
    }
    this.#forgetRead();
  }

  #sendAway(member: Member, reason: Failure): Ending {
    this.#members.delete(member);
    member.ending = { type: "ending", failure: reason };
    return member.ending;
  }

  #slowestIndex(): number {
    let slowest = Number.POSITIVE_INFINITY;
    for (const { index } of this.#members) if (index < slowest) slowest = index;
    return slowest;
  }

  #longestDeadline(): number {
    let longest = Number.NEGATIVE_INFINITY;
    for (const { call } of this.#members) longest = Math.max(longest, call.deadline);
    return Number.isFinite(longest) ? longest : this.leader.deadline;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClosed();
  }
}

function wake(member: Member, next: Batch | Ending): void {
  const resolve = member.wake;
  member.wake = undefined;
  resolve?.(next);
}

function lengthOf({ frame, data }: AnswerEvent): number {
  return frame?.length ?? data.length;
}

function fellBehind(): Failure {
  return failure("fault", "fell-behind", "The answer was read too slowly to be held any longer.", { committed: true });
}

function unreadable(): Failure {
  return failure("fault", "unreadable", "What was held of the answer could not be read again.", { committed: true });
}
