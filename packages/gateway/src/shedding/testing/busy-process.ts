import { type Clock, seededRandom } from "tideover/engine";
import type { Admission, Admitted } from "tideover/front";
import type { WatchLoop } from "../watch-loop.ts";

/** What a process has to do, and who asks it. Times in ms. */
export interface BusyProcessShape {
  /** CPU time of one chunk of a stream. A further chunk of the same stream that is read with it costs half of that. */
  readonly chunkMs: number;
  /** How long a stream goes on, from its first chunk. */
  readonly streamMs: number;
  /** From the acceptance of a call to its first chunk. Default 1,000. */
  readonly firstTokenMs?: number;
  /** Callers who ask again and again, each when its stream has ended, or so long after a refusal as that says. */
  readonly callers?: readonly Crowd[];
  /** What happens at such a moment. */
  readonly events?: readonly LoopEvent[];
  /** Refused callers come after so long, whatever they are told. */
  readonly againMs?: number;
}

/** So many callers who begin evenly between two moments, and leave for good, after their last stream, at a third. */
export interface Crowd {
  readonly count: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly leaveMs?: number;
}

/** The loop stands still for so long: by its own doing (a collection of garbage), or since others have the core. */
export interface LoopEvent {
  readonly atMs: number;
  readonly forMs: number;
  readonly by: "itself" | "others";
}

/** What was seen of a stretch of time. */
export interface Stretch {
  /** How late the 99th of a hundred chunks was written, in ms. */
  readonly p99Ms: number;
  /** The mean number of streams that were open. */
  readonly open: number;
  readonly leastOpen: number;
  readonly mostOpen: number;
  readonly refusedPerSecond: number;
  /** Share of the time in which the loop was busy. */
  readonly busyShare: number;
}

const PRIORITY = 3;
const UNCOUNTED: Admitted = { waits: () => undefined, begins: () => undefined, ends: () => undefined };
/** Between two chunks of a stream: 20 a second. */
const CHUNK_EVERY_MS = 50;
/** CPU time of taking a call, of refusing one (as measured), of a look at the loop and of a turn of it. */
const ACCEPT_MS = 0.3;
const REFUSE_MS = 0.06;
const LOOK_MS = 0.05;
const TURN_MS = 0.02;
const FURTHER_CHUNK_SHARE = 0.5;
/** Delays are counted by ms up to this. */
const LONGEST_DELAY_MS = 5_000;

/** Streams that one core bears beside so many refusals a second: where all its time is spent on them. */
export function streamsThatFit({ chunkMs, streamMs }: BusyProcessShape, refusalsPerSecond = 0): number {
  const each = (1_000 / CHUNK_EVERY_MS) * chunkMs + ACCEPT_MS / (streamMs / 1_000);
  return (1_000 - refusalsPerSecond * REFUSE_MS) / each;
}

/**
 * A process with one event loop, in virtual time: each turn takes all that has come, works on it, and writes at its end,
 * as the gateway's does. What comes during a turn waits for the next. Everything is counted by the millisecond in
 * which it came, so that minutes of thousands of streams take milliseconds.
 */
export class BusyProcess {
  readonly #shape: BusyProcessShape;
  readonly #firstTokenMs: number;
  readonly #random = seededRandom(1);
  #now = 0;
  /** The next ms whose arrivals have not been taken. */
  #next = 0;
  /** Streams that have a chunk in a ms, by that ms in the interval between two chunks. */
  readonly #chunksAt = new Float64Array(CHUNK_EVERY_MS);
  readonly #asksAt = new Map<number, number>();
  readonly #beginAt = new Map<number, number>();
  readonly #endAt = new Map<number, number>();
  /** How many callers leave rather than ask again. */
  #leaving = 0;
  readonly #leavesAt = new Map<number, number>();
  readonly #events: LoopEvent[];
  #open = 0;
  /** The calls that wait for their first chunk, and those that have it: one is as good as the other. */
  readonly #waiting: Admitted[] = [];
  readonly #flowing: Admitted[] = [];
  #idleMs = 0;
  #look:
    | { readonly everyMs: number; dueMs: number; at: number; idleMs: number; readonly tell: Parameters<WatchLoop>[1] }
    | undefined;
  admit: (priority: number) => Admission = () => UNCOUNTED;

  // What is measured of the present stretch.
  readonly #delays = new Float64Array(LONGEST_DELAY_MS + 1);
  #openMs = 0;
  #openSince = 0;
  #leastOpen = 0;
  #mostOpen = 0;
  #refused = 0;
  #began = 0;
  #idleAtBegin = 0;

  constructor(shape: BusyProcessShape) {
    this.#shape = shape;
    this.#firstTokenMs = shape.firstTokenMs ?? 1_000;
    this.#events = [...(shape.events ?? [])].sort((one, other) => one.atMs - other.atMs);
    for (const { count, fromMs, untilMs, leaveMs } of shape.callers ?? []) {
      for (let caller = 0; caller < count; caller++) {
        add(this.#asksAt, Math.floor(fromMs + ((untilMs - fromMs) * caller) / count), 1);
      }
      if (leaveMs !== undefined) add(this.#leavesAt, leaveMs, count);
    }
  }

  /** Time as this process has it; nothing is scheduled by it. */
  readonly clock: Clock = {
    now: () => this.#now,
    wallTime: () => this.#now,
    schedule: () => {
      throw new Error("This process has no timers but the look at its loop.");
    },
  };

  get open(): number {
    return this.#open;
  }

  /** Looks at this loop as `watchLoop` looks at the real one. */
  readonly watch: WatchLoop = (everyMs, tell) => {
    this.#look = { everyMs, dueMs: this.#now + everyMs, at: this.#now, idleMs: this.#idleMs, tell };
    return () => undefined;
  };

  /** Goes on for so long, and says what was seen meanwhile. */
  run(forMs: number): Stretch {
    const until = this.#now + forMs;
    this.#begin();
    while (this.#now < until) this.#turn();
    this.#noteOpen(0);
    const elapsed = this.#now - this.#began;
    return {
      p99Ms: this.#percentile(0.99),
      open: this.#openMs / elapsed,
      leastOpen: this.#leastOpen,
      mostOpen: this.#mostOpen,
      refusedPerSecond: this.#refused / (elapsed / 1_000),
      busyShare: 1 - (this.#idleMs - this.#idleAtBegin) / elapsed,
    };
  }

  #turn(): void {
    let work = this.#lookIfDue();
    const arrived: [ms: number, chunks: number][] = [];
    while (this.#next <= this.#now) {
      const ms = this.#next++;
      this.#move(ms);
      const chunks = this.#chunksAt[ms % CHUNK_EVERY_MS] ?? 0;
      if (chunks > 0) {
        work += chunks * this.#shape.chunkMs * (arrived.length >= CHUNK_EVERY_MS ? FURTHER_CHUNK_SHARE : 1);
        arrived.push([ms, chunks]);
      }
      work += this.#ask(take(this.#asksAt, ms));
    }
    const event = this.#events[0];
    const stands = event !== undefined && event.atMs <= this.#now ? event.forMs : 0;
    if (stands > 0) this.#events.shift();
    if (work === 0 && stands === 0) {
      this.#idle();
      return;
    }
    if (work === 0 && event?.by === "others") this.#idleMs += stands;
    this.#now += stands + (work === 0 ? 0 : TURN_MS + work);
    for (const [ms, chunks] of arrived) {
      const late = Math.min(LONGEST_DELAY_MS, Math.floor(this.#now - ms));
      this.#delays[late] = (this.#delays[late] ?? 0) + chunks;
    }
  }

  /** Streams begin and end, and their callers ask again or leave. */
  #move(ms: number): void {
    this.#leaving += take(this.#leavesAt, ms);
    const phase = ms % CHUNK_EVERY_MS;
    const begun = take(this.#beginAt, ms);
    if (begun > 0) {
      this.#chunksAt[phase] = (this.#chunksAt[phase] ?? 0) + begun;
      for (const admitted of this.#waiting.splice(-begun)) {
        admitted.begins();
        this.#flowing.push(admitted);
      }
      add(this.#endAt, ms + Math.round(this.#shape.streamMs / CHUNK_EVERY_MS) * CHUNK_EVERY_MS, begun);
    }
    const ended = take(this.#endAt, ms);
    if (ended === 0) return;
    this.#chunksAt[phase] = (this.#chunksAt[phase] ?? 0) - ended;
    this.#noteOpen(-ended);
    for (let count = 0; count < ended; count++) this.#flowing.pop()?.ends(false);
    this.#comeBack(ended, 1);
  }

  #comeBack(callers: number, afterMs: number): void {
    const left = Math.min(this.#leaving, callers);
    this.#leaving -= left;
    if (callers > left) add(this.#asksAt, this.#next + afterMs, callers - left);
  }

  /** @returns the work that this was */
  #ask(calls: number): number {
    let work = 0;
    for (let call = 0; call < calls; call++) {
      const admission = this.admit(PRIORITY);
      if (typeof admission !== "number") {
        admission.waits();
        this.#waiting.push(admission);
        work += ACCEPT_MS;
        this.#noteOpen(1);
        // Providers take their time, each its own: else streams that came together would speak together for ever.
        add(this.#beginAt, this.#next + Math.ceil(this.#firstTokenMs * (0.5 + this.#random.next())), 1);
      } else {
        work += REFUSE_MS;
        this.#refused++;
        this.#comeBack(1, Math.ceil((this.#shape.againMs ?? admission) * (0.9 + 0.2 * this.#random.next())));
      }
    }
    return work;
  }

  #lookIfDue(): number {
    const look = this.#look;
    if (look === undefined || this.#now < look.dueMs) return 0;
    const elapsed = this.#now - look.at;
    const busyShare = 1 - (this.#idleMs - look.idleMs) / elapsed;
    const delayMs = this.#now - look.dueMs;
    look.at = this.#now;
    look.idleMs = this.#idleMs;
    look.dueMs = this.#now + look.everyMs;
    look.tell({ delayMs, busyShare });
    return LOOK_MS;
  }

  /** To the next ms, or to when the loop is looked at. */
  #idle(): void {
    const to = Math.min(this.#next, Math.max(this.#look?.dueMs ?? this.#next, this.#now));
    this.#idleMs += to - this.#now;
    this.#now = to;
  }

  #noteOpen(change: number): void {
    this.#openMs += this.#open * (this.#now - this.#openSince);
    this.#openSince = this.#now;
    this.#open += change;
    this.#leastOpen = Math.min(this.#leastOpen, this.#open);
    this.#mostOpen = Math.max(this.#mostOpen, this.#open);
  }

  #begin(): void {
    this.#delays.fill(0);
    this.#noteOpen(0);
    this.#openMs = 0;
    this.#leastOpen = this.#open;
    this.#mostOpen = this.#open;
    this.#refused = 0;
    this.#began = this.#now;
    this.#idleAtBegin = this.#idleMs;
  }

  #percentile(share: number): number {
    const all = this.#delays.reduce((sum, count) => sum + count, 0);
    let seen = 0;
    for (const [ms, count] of this.#delays.entries()) {
      seen += count;
      if (seen >= all * share) return ms;
    }
    return 0;
  }
}

function add(counts: Map<number, number>, ms: number, count: number): void {
  counts.set(ms, (counts.get(ms) ?? 0) + count);
}

function take(counts: Map<number, number>, ms: number): number {
  const count = counts.get(ms);
  if (count === undefined) return 0;
  counts.delete(ms);
  return count;
}
