import { type AnswerStream, type Batch, type Ending, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { sleep } from "../../clock.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { FlightEnding } from "../../ports/flight-ledger.ts";
import type { Origin } from "../../provenance.ts";
import type { Service } from "../../service.ts";
import { type AcrossProcessesOptions, lead, publishedStream } from "./across-processes.ts";
import { LEASE_MS, LEDGER_BOUND_MS, MOST_FAILED_READS, READ_AGAIN_MS, READ_WAIT_MS } from "./defaults.ts";
import { readEvents, readFailure, readOrigin } from "./log-entries.ts";
import { PublishedLog } from "./published-log.ts";

/** What a {@link FollowedAnswer} is made from. */
export interface FollowedAnswerParts extends AcrossProcessesOptions, EngineEnvironment {
  readonly key: string;
  readonly call: Call;
  readonly next: Service;
}

/** The leader's seat, taken over from one who is gone. */
interface Seat {
  readonly token: number;
  readonly entries: readonly string[];
}

/** What the log says next. */
type News =
  | { readonly type: "entries"; readonly entries: readonly string[] }
  | { readonly type: "ended"; readonly ending: Exclude<FlightEnding, { type: "unshared" }> }
  | { readonly type: "seat"; readonly seat: Seat }
  /** The log, the ledger or the patience has come to its end: this process is on its own. */
  | { readonly type: "alone" };

/**
 * An answer that another process makes, read from its log. When that process is gone, this one takes its seat; when
 * the log is gone, it goes on alone. Either way it continues what was shown, and begins anew only while nothing was.
 */
export class FollowedAnswer implements AnswerStream {
  readonly #parts: FollowedAnswerParts;
  /** Ends what runs for this answer once it has begun; before, the call's own signal does. */
  readonly #scope = new AbortController();
  /** Everything that was read of the log: the origin, then events. */
  readonly #entries: string[] = [];
  #origin: Origin | undefined;
  /** The flight that they belong to; another one of the same key is another answer. */
  #flight: number | undefined;
  /** How many entries have been given to the reader; the origin counts as one. */
  #given = 1;
  /** The rest, once this process makes it itself. */
  #rest: AnswerStream | undefined;
  #ending: Ending | undefined;

  constructor(parts: FollowedAnswerParts) {
    this.#parts = parts;
  }

  /**
   * What becomes of the call.
   * @param seat given when this process leads a log that another one left
   */
  async outcome(seat?: Seat): Promise<Outcome> {
    const { call, next, emit } = this.#parts;
    const abort = () => this.#scope.abort(failureOf(call.signal));
    call.signal.addEventListener("abort", abort, { once: true });
    try {
      let news: News = seat === undefined ? await this.#news() : { type: "seat", seat };
      while (news.type === "entries") {
        if (!this.#note(news.entries)) return await next(call);
        if (this.#origin !== undefined && this.#entries.length > 1) {
          emit?.({ type: "flight-joined", call, where: "elsewhere" });
          if (call.trace.cache !== undefined) call.trace.cache.collapsed = true;
          return { type: "answer", origin: this.#origin, stream: this };
        }
        news = await this.#news();
      }
      if (call.signal.aborted) return failureOf(call.signal);
      return await this.#withoutBeginning(news);
    } finally {
      call.signal.removeEventListener("abort", abort);
    }
  }

  async read(): Promise<Batch | Ending> {
    for (;;) {
      if (this.#ending !== undefined) return this.#ending;
      if (this.#rest !== undefined) return this.#readRest(this.#rest);
      const batch = this.#batch();
      if (batch !== undefined) return batch;
      const news = await this.#news();
      if (this.#ending !== undefined) return this.#ending;
      await this.#take(news);
    }
  }

  cancel(reason: Failure): void {
    if (this.#ending !== undefined) return;
    this.#ending = { type: "ending", failure: reason };
    this.#scope.abort(reason);
    this.#rest?.cancel(reason);
  }

  /** The log told nothing that could be shown: the answer is made here, or has failed. */
  async #withoutBeginning(news: Exclude<News, { type: "entries" }>): Promise<Outcome> {
    const { call, next } = this.#parts;
    if (news.type === "ended") {
      return news.ending.type === "failed" ? { ...readFailure(news.ending.failure), committed: false } : next(call);
    }
    if (news.type === "alone") return next(call);
    const { seat } = news;
    if (seat.entries.length === 0) return lead(next, call, new PublishedLog({ ...this.#parts, ...seat, written: [] }));
    if (!this.#note(seat.entries) || this.#origin === undefined) return next(call);
    await this.#goOn(seat);
    return { type: "answer", origin: this.#origin, stream: this };
  }

  async #take(news: News): Promise<void> {
    if (news.type === "entries") {
      if (!this.#note(news.entries)) await this.#goOn(undefined);
    } else if (news.type === "ended") {
      const { ending } = news;
      this.#ending =
        ending.type === "whole" ? WHOLE : { type: "ending", failure: committed(readFailure(ending.failure)) };
    } else await this.#goOn(news.type === "seat" ? news.seat : undefined);
  }

  /** Makes the rest here; with the seat, others go on following. */
  async #goOn(seat: Seat | undefined): Promise<void> {
    const { call, next, form } = this.#parts;
    if (seat !== undefined) this.#note(seat.entries.slice(this.#entries.length));
    const origin = this.#origin;
    const events = readEvents(this.#entries.slice(1), form);
    if (origin === undefined || events === undefined) return;
    const log = seat === undefined ? undefined : new PublishedLog({ ...this.#parts, ...seat, written: this.#entries });
    if (events.some(({ finishReason }) => finishReason !== undefined)) {
      // Only the word that this was all is missing.
      log?.end({ type: "whole" });
      this.#rest = endedStream(this.#batch(), WHOLE);
      return;
    }
    const outcome = await next({ ...call, signal: this.#scope.signal, begun: { origin, events } });
    if (outcome.type !== "answer") {
      const failed = committed(outcome.type === "failure" ? outcome : failure("fault", "cut", "The answer broke off."));
      log?.fail(failed);
      this.#rest = endedStream(this.#batch(), { type: "ending", failure: failed });
      return;
    }
    const { stream } = outcome;
    if (this.#ending?.failure !== undefined) stream.cancel(this.#ending.failure);
    const fresh = log === undefined ? stream : publishedStream(skipping(stream, events.length), log);
    const shown = this.#given - 1;
    this.#rest = log === undefined ? skipping(stream, shown) : behind(this.#batch(), fresh);
  }

  async #readRest(rest: AnswerStream): Promise<Batch | Ending> {
    const next = await rest.read();
    if (this.#ending !== undefined) return this.#ending;
    if (next.type === "ending") this.#ending = next;
    return next;
  }

  /** What was read of the log and not given yet. */
  #batch(): Batch | undefined {
    const events = readEvents(this.#entries.slice(this.#given), this.#parts.form);
    if (events === undefined || events.length === 0) return undefined;
    this.#given = this.#entries.length;
    return { type: "batch", events };
  }

  /** Takes entries in. @returns false when they cannot be read; nothing of them is taken then. */
  #note(entries: readonly string[]): boolean {
    const isFirst = this.#entries.length === 0;
    const [head] = entries;
    if (isFirst && head !== undefined) {
      this.#origin = readOrigin(head);
      if (this.#origin === undefined) return false;
    }
    if (readEvents(isFirst ? entries.slice(1) : entries, this.#parts.form) === undefined) return false;
    this.#entries.push(...entries);
    return true;
  }

  /** The seat of a leader who is gone, or the end of following; undefined when another process took it. */
  async #seatIfFree(): Promise<News | undefined> {
    const { ledger, guard, key } = this.#parts;
    const joined = await guard.run(() => ledger.join(key, LEASE_MS), LEDGER_BOUND_MS, this.#scope.signal);
    if (!joined.ok) return { type: "alone" };
    return joined.value.role === "leader" ? { type: "seat", seat: joined.value } : undefined;
  }

  /** Waits for what the log says next. */
  async #news(): Promise<News> {
    const { ledger, guard, key, call, clock, patience } = this.#parts;
    const { firstMs, gapMs } = patience(call);
    const { signal } = this.#scope;
    for (let failed = 0; failed < MOST_FAILED_READS; ) {
      if (signal.aborted) return { type: "alone" };
      const from = this.#entries.length;
      const read = await guard.run(
        (bound) => ledger.read(key, from, READ_WAIT_MS, bound),
        READ_WAIT_MS + LEDGER_BOUND_MS,
        signal,
      );
      if (!read.ok) {
        failed++;
        await sleep(clock, READ_AGAIN_MS, signal);
        continue;
      }
      if (read.value === undefined) return { type: "alone" };
      const { entries, ending, led, flight, progressAgeMs } = read.value;
      this.#flight ??= flight;
      if (flight !== this.#flight) return { type: "alone" };
      if (entries.length > 0) return { type: "entries", entries };
      if (ending !== undefined) return ending.type === "unshared" ? { type: "alone" } : { type: "ended", ending };
      const seat = led ? undefined : await this.#seatIfFree();
      if (seat !== undefined) return seat;
      if (progressAgeMs > (from > 1 ? gapMs : firstMs)) return { type: "alone" };
    }
    return { type: "alone" };
  }
}

function committed(failed: Failure): Failure {
  return { ...failed, committed: true, code: "stream_interrupted" };
}

/** A batch, where there is one, and then an ending. */
function endedStream(batch: Batch | undefined, ending: Ending): AnswerStream {
  return behind(batch, { read: () => Promise.resolve(ending), cancel: () => {} });
}

/** A batch, where there is one, and then a stream. */
function behind(batch: Batch | undefined, stream: AnswerStream): AnswerStream {
  let first = batch;
  return {
    read() {
      const given = first;
      first = undefined;
      return given === undefined ? stream.read() : Promise.resolve(given);
    },
    cancel: (reason) => stream.cancel(reason),
  };
}

/** A stream without its first so many events. */
function skipping(stream: AnswerStream, count: number): AnswerStream {
  let left = count;
  return {
    async read() {
      for (;;) {
        const next = await stream.read();
        if (next.type === "ending" || left === 0) return next;
        const events = next.events.slice(left);
        left = Math.max(0, left - next.events.length);
        if (events.length > 0) return { type: "batch", events };
      }
    },
    cancel: (reason) => stream.cancel(reason),
  };
}
