import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { ENDED, isUnstated, looksWhole, type Observation } from "./observation.ts";

/** Most names that one count tells apart: they come from the other end. What is beyond is counted together. */
const MOST_NAMES = 64;
const BEYOND = "other";
/** A first token within this, in ms, counts as prompt: what a person waits for without leaving. */
export const PROMPT_FIRST_TOKEN_MS = 10_000;
/** Longest time that is told exactly, in ms: a day. */
const LONGEST_MS = 86_400_000;

/** How an answer's text compares with what it should be. */
export type Verdict = "right" | "truncated" | "different" | "not-compared";

/** Times in whole ms. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** What became of all requests so far. */
export interface ReplaySummary {
  readonly requests: number;
  readonly streamed: number;
  readonly rungs: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly degraded: number;
  /** Streams that a live provider answered, and how many of them began within {@link PROMPT_FIRST_TOKEN_MS}. */
  readonly liveStreams: { readonly count: number; readonly prompt: number };
  /** Streams that ended in an error after content had been shown. */
  readonly interrupted: number;
  /** Answers that were cut and finished by another attempt. */
  readonly continued: number;
  /** Requests that ended without an answer and without a code that says why. */
  readonly unstated: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly attempts: {
    readonly total: number;
    /** The most that one request cost. */
    readonly most: number;
    /** By provider, then by how they ended. */
    readonly byProvider: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  readonly firstToken: Quantiles;
  readonly streamedTotal: Quantiles;
  readonly unstreamedTotal: Quantiles;
  /** How late requests went out: more than a few ms mean that the machine is too slow for this replay. */
  readonly sendLag: Quantiles;
}

/** Counts what became of requests, in memory that does not grow with their number. */
export class Tally {
  #requests = 0;
  #streamed = 0;
  #degraded = 0;
  #liveStreams = 0;
  #promptStreams = 0;
  #interrupted = 0;
  #continued = 0;
  #unstated = 0;
  #attempts = 0;
  #mostAttempts = 0;
  readonly #rungs = new NamedCounts();
  readonly #outcomes = new NamedCounts();
  readonly #providers = new Map<string, NamedCounts>();
  readonly #verdicts: Record<Verdict, number> = { right: 0, truncated: 0, different: 0, "not-compared": 0 };
  readonly #firstToken = new Times();
  readonly #streamedTotal = new Times();
  readonly #unstreamedTotal = new Times();
  readonly #sendLag = new Times();

  /** Counts one request. @param sendLagMs how long after its due time it was sent. */
  add(observation: Observation, verdict: Verdict, sendLagMs: number): void {
    const { streamed, rung, firstTokenMs, totalMs } = observation;
    this.#requests++;
    if (streamed) this.#streamed++;
    if (observation.degraded) this.#degraded++;
    if (observation.interrupted) this.#interrupted++;
    if (observation.continued && observation.outcome === ENDED.answered) this.#continued++;
    if (isUnstated(observation)) this.#unstated++;
    this.#verdicts[verdict]++;
    this.#outcomes.add(observation.outcome);
    this.#rungs.add(rung ?? "none");
    this.#sendLag.record(sendLagMs);
    this.#countAttempts(observation);
    if (firstTokenMs !== undefined) {
      this.#firstToken.record(firstTokenMs);
      if (rung === "live" || rung === "alternate") {
        this.#liveStreams++;
        if (firstTokenMs <= PROMPT_FIRST_TOKEN_MS) this.#promptStreams++;
      }
    }
    if (looksWhole(observation)) (streamed ? this.#streamedTotal : this.#unstreamedTotal).record(totalMs);
  }

  get summary(): ReplaySummary {
    return {
      requests: this.#requests,
      streamed: this.#streamed,
      rungs: this.#rungs.counts,
      outcomes: this.#outcomes.counts,
      degraded: this.#degraded,
      liveStreams: { count: this.#liveStreams, prompt: this.#promptStreams },
      interrupted: this.#interrupted,
      continued: this.#continued,
      unstated: this.#unstated,
      verdicts: { ...this.#verdicts },
      attempts: {
        total: this.#attempts,
        most: this.#mostAttempts,
        byProvider: Object.fromEntries([...this.#providers].map(([name, outcomes]) => [name, outcomes.counts])),
      },
      firstToken: this.#firstToken.quantiles,
      streamedTotal: this.#streamedTotal.quantiles,
      unstreamedTotal: this.#unstreamedTotal.quantiles,
      sendLag: this.#sendLag.quantiles,
    };
  }

  #countAttempts({ attempts }: Observation): void {
    this.#attempts += attempts.length;
    this.#mostAttempts = Math.max(this.#mostAttempts, attempts.length);
    for (const { provider, outcome } of attempts) {
      const name = this.#providers.has(provider) || this.#providers.size < MOST_NAMES ? provider : BEYOND;
      const outcomes = this.#providers.get(name) ?? new NamedCounts();
      outcomes.add(outcome);
      this.#providers.set(name, outcomes);
    }
  }
}

class NamedCounts {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    const known = this.#counts.has(name) || this.#counts.size < MOST_NAMES ? name : BEYOND;
    this.#counts.set(known, (this.#counts.get(known) ?? 0) + 1);
  }

  /** The most frequent first. */
  get counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([, a], [, b]) => b - a));
  }
}

/** Times in a histogram of three significant figures. */
class Times {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_MS, figures: 3 });

  record(ms: number): void {
    // A histogram holds whole numbers from 1; what is faster than a ms is told as one.
    this.#histogram.record(Math.min(LONGEST_MS, Math.max(1, Math.round(ms))));
  }

  get quantiles(): Quantiles {
    const { count, max } = this.#histogram;
    if (count === 0) return { count: 0, p50: 0, p90: 0, p99: 0, max: 0 };
    const at = (percentile: number) => Math.min(max, this.#histogram.percentile(percentile));
    return { count, p50: at(50), p90: at(90), p99: at(99), max };
  }
}
