import type { AttemptRecord, Clock, EngineEvent } from "tideover/engine";
import type { AttemptEntry, TryRecord } from "./call-record.ts";
import { LimitHistory } from "./limit-history.ts";
import type { BreakerChange } from "./scenario-result.ts";

/** What an event of a limit may carry. */
interface LimitNews {
  readonly type: string;
  readonly provider?: string;
  readonly limit?: number;
  readonly inFlight?: number;
  readonly call?: { readonly id: string };
  readonly reason?: string;
}

/** Turns the engine's events into records of the calls they belong to. */
export class Recorder {
  readonly breakers: BreakerChange[] = [];
  readonly limits = new LimitHistory();
  /** Attempts that started after their call had ended. */
  lateAttempts = 0;
  readonly #clock: Clock;
  /** Tries that have not ended, by the id of their call. */
  readonly #open = new Map<string, TryRecord>();
  /** Attempts that have not ended. */
  readonly #attempts = new Map<Readonly<AttemptRecord>, AttemptEntry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on events of this call go to this record. */
  open(id: string, record: TryRecord): void {
    this.#open.set(id, record);
  }

  close(id: string): void {
    this.#open.delete(id);
  }

  /** For the engine's environment. */
  readonly emit = (event: EngineEvent): void => {
    const now = this.#clock.now();
    switch (event.type) {
      case "attempt-started": {
        const record = this.#open.get(event.call.id);
        const attempt = event.call.trace.attempts.at(-1);
        const entry: AttemptEntry = { provider: event.provider, startedAt: now, outcome: "running" };
        if (attempt !== undefined) this.#attempts.set(attempt, entry);
        if (record === undefined) this.lateAttempts++;
        else record.attempts.push(entry);
        return;
      }
      case "attempt-committed": {
        const entry = this.#attempts.get(event.record);
        if (entry !== undefined) entry.committedAt = now;
        return;
      }
      case "attempt-ended": {
        const entry = this.#attempts.get(event.record);
        if (entry === undefined) return;
        this.#attempts.delete(event.record);
        entry.endedAt = now;
        entry.outcome = event.record.outcome;
        entry.reason = event.record.reason;
        return;
      }
      case "flight-joined": {
        const record = this.#open.get(event.call.id);
        if (record !== undefined) record.joined = true;
        return;
      }
      case "call-answered":
        this.#count(event.call.id, "outcomes");
        return;
      case "call-ended":
        this.#count(event.call.id, "endings");
        return;
      case "rung-failed": {
        const { kind, reason } = event.failure;
        this.#open.get(event.call.id)?.rungFailures.push({ at: now, rung: event.rung, kind, reason });
        return;
      }
      case "breaker-changed":
        this.breakers.push({ at: now, provider: event.provider, state: event.state, reason: event.reason });
        return;
      default:
        this.#noteLimit(event);
    }
  };

  /** The limit's events are read by their members, so that they are recorded from the day on that the layer is there. */
  #noteLimit(event: LimitNews): void {
    const { type, provider, limit, inFlight, call, reason } = event;
    if (provider === undefined) return;
    const at = this.#clock.now();
    if (type === "limit-changed" && limit !== undefined) {
      this.limits.add({ at, provider, limit, inFlight: inFlight ?? 0 });
    }
    if (type === "permit-refused" && call !== undefined) {
      this.#open.get(call.id)?.refusals.push({ at, provider, reason: reason ?? type });
    }
  }

  #count(id: string, what: "outcomes" | "endings"): void {
    const record = this.#open.get(id);
    if (record !== undefined) record[what]++;
  }
}
