import {
  type AnswerEvent,
  type AnswerReader,
  type AnswerStream,
  type Batch,
  type Ending,
  EndingWatchers,
  handSoon,
  readFrom,
  readInto,
  type Usage,
  WHOLE,
} from "../../answer-stream.ts";
import type { Clock, Timer } from "../../clock.ts";
import { type Failure, failure } from "../../failure.ts";
import { RingWindow } from "../../kernels/ring-window.ts";
import { attributed } from "./attributed.ts";
import { FINISH_GRACE_MS, RATE_WINDOW_MS } from "./defaults.ts";
import { thrownBy } from "./thrown-by.ts";

/** How long a running answer may be silent and last. Times in ms. */
export interface StreamTimers {
  /** Name of the provider, for failures. */
  readonly provider: string;
  /** Longest silence between content events. */
  readonly gapMs: number;
  /** Longest life, from the call's start. */
  readonly totalMs: number;
  /** Least content events per second over {@link RATE_WINDOW_MS}; undefined: any trickle will do. */
  readonly minRate?: number | undefined;
}

/**
 * A committed answer under the gap, total and rate timers.
 *
 * There is one timer per stream, not per event: when it fires it looks how much silence there really was and waits
 * for the rest. Silence counts only while somebody reads: a paused reader is not the provider's stall.
 */
export class WatchedStream implements AnswerStream, AnswerReader {
  readonly #inner: AnswerStream;
  readonly #timers: StreamTimers;
  readonly #clock: Clock;
  readonly #totalAt: number;
  readonly #settle: (ending: Ending) => void;
  readonly #rate: RingWindow | undefined;
  readonly #watchers = new EndingWatchers();
  readonly #committedAt: number;
  /** What the provider has reported of its tokens so far. */
  usage: Usage | undefined;
  /** The longest silence before a content event, or the end, in ms. */
  longestGapMs = 0;
  /** Content events that came. */
  contentEvents = 0;
  #first: Batch | undefined;
  #reader: AnswerReader | undefined;
  #ending: Ending | undefined;
  #timer: Timer | undefined;
  /** The timer watches the total only, because nobody reads. */
  #dozing = false;
  #finished = false;
  /** Since when a read has been waiting; undefined while nobody reads. */
  #waitingSince: number | undefined;
  /** Silence in earlier reads since the last content event, in ms. */
  #silentMs = 0;
  /** Time during which nobody read, which does not count against the rate, in ms. */
  #pausedMs = 0;
  #pausedSince: number;

  constructor(
    inner: AnswerStream,
    first: Batch,
    totalAt: number,
    timers: StreamTimers,
    clock: Clock,
    settle: (ending: Ending) => void,
  ) {
    this.#inner = inner;
    this.#first = first;
    this.#timers = timers;
    this.#clock = clock;
    this.#totalAt = totalAt;
    this.#settle = settle;
    this.#committedAt = clock.now();
    this.#pausedSince = this.#committedAt;
    this.#rate = timers.minRate === undefined ? undefined : new RingWindow(1, 30, RATE_WINDOW_MS / 30);
    this.#note(first.events);
    // An answer that is finished already has its timer from there.
    if (this.#timer === undefined) this.#watch();
  }

  watch(settle: (ending: Ending) => void): void {
    this.#watchers.add(settle);
  }

  read(): Promise<Batch | Ending> {
    return readFrom(this);
  }

  readInto(reader: AnswerReader): void {
    const atHand = this.#ending ?? this.#first;
    if (atHand !== undefined) {
      this.#first = undefined;
      handSoon(reader, atHand);
      return;
    }
    this.#reader = reader;
    const since = this.#clock.now();
    this.#pausedMs += since - this.#pausedSince;
    this.#waitingSince = since;
    if (this.#dozing) this.#rearm();
    readInto(this.#inner, this);
  }

  cancel(reason: Failure): void {
    if (this.#ending !== undefined) return;
    this.#first = undefined;
    this.#end({ type: "ending", failure: reason });
    this.#inner.cancel(reason);
  }

  take(next: Batch | Ending): void {
    const reader = this.#reader;
    this.#reader = undefined;
    const now = this.#clock.now();
    this.#silentMs += now - (this.#waitingSince ?? now);
    this.#pausedSince = now;
    this.#waitingSince = undefined;
    if (next.type === "batch") this.#note(next.events);
    reader?.take(next.type === "ending" ? this.#end(next) : next);
  }

  broken(error: unknown): void {
    const thrown = thrownBy(error);
    this.take({ type: "ending", failure: thrown });
    this.#inner.cancel(thrown);
  }

  #note(events: readonly AnswerEvent[]): void {
    let content = 0;
    for (const event of events) {
      // Only leading white space is none, and that has gone out with the first batch or was held back.
      if (event.substance !== "none") content++;
      if (event.finishReason !== undefined) this.#finished = true;
      if (event.usage !== undefined) this.usage = event.usage;
    }
    this.contentEvents += content;
    if (content === 0 && !this.#finished) return;
    if (this.#silentMs > this.longestGapMs) this.longestGapMs = this.#silentMs;
    this.#silentMs = 0;
    this.#rate?.add(this.#clock.now(), 0, content);
    // After the finish the patience is short, so the timer must look sooner than the gap would have it.
    if (this.#finished) this.#rearm();
  }

  #end(ending: Ending): Ending {
    if (this.#ending !== undefined) return this.#ending;
    const broken = ending.failure;
    this.#ending =
      broken === undefined
        ? WHOLE
        : { type: "ending", failure: { ...attributed(broken, this.#timers.provider), committed: true } };
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#finished) this.longestGapMs = Math.max(this.longestGapMs, this.#silence(this.#clock.now()));
    this.#settle(this.#ending);
    this.#watchers.tell(this.#ending);
    return this.#ending;
  }

  /** Arms the one timer for the soonest thing that could go wrong. */
  #watch(): void {
    this.#dozing = false;
    const now = this.#clock.now();
    const patience = this.#finished ? FINISH_GRACE_MS : this.#timers.gapMs;
    const waits = [this.#totalAt - now, patience - this.#silence(now)];
    if (this.#rate !== undefined) waits.push(Math.max(this.#committedAt + RATE_WINDOW_MS - now, RATE_WINDOW_MS / 30));
    this.#timer = this.#clock.schedule(Math.max(1, Math.min(...waits)), () => {
      this.#timer = undefined;
      this.#look();
    });
  }

  #rearm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#ending === undefined) this.#watch();
  }

  #look(): void {
    const now = this.#clock.now();
    const { gapMs, totalMs, minRate } = this.#timers;
    const silence = this.#silence(now);
    if (now >= this.#totalAt) this.#cut("total-timeout", `The answer took longer than ${totalMs} ms.`);
    else if (this.#finished) {
      // Its end alone is awaited: a look that comes a hair too early, by the rounding of times, only looks again.
      if (silence >= FINISH_GRACE_MS) this.#completeWithoutEnd();
      else if (this.#waitingSince !== undefined) this.#watch();
      else this.#doze(now);
    } else if (silence >= gapMs) this.#cut("stalled", `No content for ${gapMs} ms.`);
    else if (this.#trickles(now)) this.#cut("trickle", `Fewer than ${minRate} content events per second.`);
    else if (this.#waitingSince !== undefined) this.#watch();
    else this.#doze(now);
  }

  /** While nobody reads only the total can run out; the next read looks at the rest again. */
  #doze(now: number): void {
    this.#dozing = true;
    this.#timer = this.#clock.schedule(this.#totalAt - now, () => {
      this.#timer = undefined;
      this.#look();
    });
  }

  #silence(now: number): number {
    return this.#silentMs + (this.#waitingSince === undefined ? 0 : now - this.#waitingSince);
  }

  #trickles(now: number): boolean {
    if (this.#rate === undefined || this.#waitingSince === undefined) return false;
    if (now - this.#committedAt - this.#pausedMs < RATE_WINDOW_MS) return false;
    return this.#rate.total(now, 0) / (RATE_WINDOW_MS / 1_000) < (this.#timers.minRate ?? 0);
  }

  /** The finish came but neither `[DONE]` nor an end of the connection: nothing is missing. */
  #completeWithoutEnd(): void {
    const ending = this.#end(WHOLE);
    this.#inner.cancel(ending.failure ?? failure("cancelled", "finished", "The answer was complete."));
  }

  #cut(reason: string, message: string): void {
    // Cancelling settles a pending read with this failure; without one, the next read finds the ending.
    const broken = failure("fault", reason, message, { committed: true });
    const reading = this.#waitingSince !== undefined;
    this.#inner.cancel(broken);
    if (!reading) this.#end({ type: "ending", failure: broken });
  }
}
