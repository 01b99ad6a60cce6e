import { type AnswerStream, onEnding } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import type { FlightLedger } from "../../ports/flight-ledger.ts";
import type { Layer, Service } from "../../service.ts";
import { StoreGuard } from "../cache/store-guard.ts";
import { LEASE_MS, LEDGER_BOUND_MS } from "./defaults.ts";
import { FollowedAnswer } from "./followed-answer.ts";
import { eventEntries, originEntry } from "./log-entries.ts";
import { PublishedLog } from "./published-log.ts";

/** The ledger with what stands before it; shared by all routes, and outlives a reload. */
export interface SharedLedger {
  readonly ledger: FlightLedger;
  readonly guard: StoreGuard;
}

/**
 * Puts a guard before a ledger.
 * @param guard of the server on which it lives, where that is known to something else already: a request that has waited
 *   for a silent server once does not wait for it again.
 */
export function sharedLedger(
  ledger: FlightLedger,
  { clock, emit }: EngineEnvironment,
  guard: StoreGuard = new StoreGuard(clock, (available, reason) =>
    emit?.({ type: "store-changed", store: "flights", available, reason }),
  ),
): SharedLedger {
  return { ledger, guard };
}

/** How one route shares answers with other processes. */
export interface AcrossProcessesOptions extends SharedLedger {
  readonly form: AnswerForm;
  /** How long a follower waits for the leader's first content, and then for the next, in ms. */
  readonly patience: (call: Call) => { readonly firstMs: number; readonly gapMs: number };
}

/**
 * Makes one answer for identical requests in several processes. The process that leads writes what it is given to a
 * log; the others read it there. When the leader is gone, the next one goes on with the log. It is an optimisation: a
 * ledger that is slow or down costs a call {@link LEDGER_BOUND_MS} at most, and then nothing.
 */
export function acrossProcesses(group: string, options: AcrossProcessesOptions, environment: EngineEnvironment): Layer {
  const { ledger, guard } = options;
  return (next) => async (call) => {
    if (call.flightKey === undefined) return next(call);
    const key = `${group} ${call.flightKey}`;
    const seat = await guard.run(() => ledger.join(key, LEASE_MS), LEDGER_BOUND_MS, call.signal);
    if (!seat.ok) return next(call);
    const parts = { ...options, ...environment, key, call, next };
    if (seat.value.role === "follower") return new FollowedAnswer(parts).outcome();
    const { token, entries } = seat.value;
    if (entries.length > 0) return new FollowedAnswer(parts).outcome({ token, entries });
    return lead(next, call, new PublishedLog({ ...parts, token, written: [] }));
  };
}

/** Makes the answer, and writes its log. */
export async function lead(next: Service, call: Call, log: PublishedLog): Promise<Outcome> {
  const outcome = await next(call);
  if (outcome.type === "failure") log.fail(outcome);
  if (outcome.type === "accepted") log.release();
  return outcome.type === "answer" ? published(outcome, log) : outcome;
}

function published(answer: Answer, log: PublishedLog): Answer {
  return { ...answer, stream: publishedStream(answer.stream, log, [originEntry(answer.origin)]) };
}

/**
 * The same stream; what is read of it is written to the log, and so is how it ends.
 * @param head entries that are written together with the first events
 */
export function publishedStream(stream: AnswerStream, log: PublishedLog, head: readonly string[] = []): AnswerStream {
  let before = head;
  const told: AnswerStream = {
    async read() {
      const next = await stream.read();
      if (next.type === "batch") {
        log.add([...before, ...eventEntries(next.events)]);
        before = [];
      }
      return next;
    },
    cancel: (reason) => stream.cancel(reason),
  };
  return onEnding(told, ({ failure: failed }) =>
    failed === undefined ? log.end({ type: "whole" }) : log.fail(failed),
  );
}
