import { type Clock, failure, type Random, sleep } from "tideover/engine";
import type { Arrival } from "../arrivals/arrival.ts";
import type { CallRecord, TryRecord } from "../scenario/call-record.ts";
import type { CallerPlan } from "./caller-plan.ts";
import type { Client } from "./client.ts";
import { judge } from "./judge.ts";
import { requestBody } from "./request-body.ts";
import { sdkBackoffMs } from "./sdk-backoff.ts";

/** The urgency of callers who state none (RFC 9218). */
const USUAL_URGENCY = 3;

/** What callers act in. */
export interface CallerSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly client: Client;
  readonly plan: CallerPlan;
  /** Tries beside the first. */
  readonly retries: number;
  /** The deadline of one try, ms. */
  readonly deadlineMs: number;
  opened(id: string, record: TryRecord, signal: AbortSignal): void;
  closed(id: string): void;
}

/** One caller's request from its arrival to the last word. Never rejects. */
export async function runCaller(index: number, arrival: Arrival, around: CallerSurroundings): Promise<CallRecord> {
  const { clock, random, plan, retries } = around;
  const urgency = drawUrgency(plan, random);
  const streamed = random.next() < plan.streamed;
  const { promptTokens, outputTokens } = arrival;
  const call: CallRecord = { index, arrivedAt: clock.now(), urgency, streamed, promptTokens, outputTokens, tries: [] };
  const body = requestBody(index, arrival, plan.model, streamed);
  // The caller's own backoff is bounded by its tries; nobody aborts it.
  const never = new AbortController().signal;
  for (let retry = 0; ; retry++) {
    const record = newTry(clock.now(), around.deadlineMs);
    call.tries.push(record);
    const id = `${index}.${retry}`;
    const abort = new AbortController();
    around.opened(id, record, abort.signal);
    const leaving = leaveAfter(call, record, abort, around);
    const { signal } = abort;
    const received = await around.client({
      id,
      body,
      urgency,
      deadlineAt: record.deadlineAt,
      retries: retry,
      signal,
      record,
    });
    leaving?.cancel();
    record.endedAt = clock.now();
    record.verdict = judge(body, received, record);
    // The last events of a call come with the end of its stream, in the same turn.
    await Promise.resolve();
    around.closed(id);
    const asksAgain = record.verdict === "failed" && received.failure?.kind !== "caller" && retry < retries;
    if (!asksAgain) return call;
    await sleep(clock, sdkBackoffMs(retry + 1, received.failure?.retryAfterMs, random), never);
  }
}

function newTry(now: number, deadlineMs: number): TryRecord {
  return {
    startedAt: now,
    deadlineAt: now + deadlineMs,
    attempts: [],
    rungFailures: [],
    refusals: [],
    outcomes: 0,
    endings: 0,
    seams: 0,
    tokens: 0,
  };
}

/** Hangs up when the caller's patience ends before anything has come. */
function leaveAfter(call: CallRecord, record: TryRecord, abort: AbortController, { clock, plan }: CallerSurroundings) {
  if (plan.patienceMs === undefined) return undefined;
  const left = call.arrivedAt + plan.patienceMs - clock.now();
  return clock.schedule(left, () => {
    if (record.firstContentAt === undefined) {
      abort.abort(failure("cancelled", "caller-gone", "The caller's patience has ended."));
    }
  });
}

function drawUrgency({ priorities }: CallerPlan, random: Random): number {
  let lot = random.next();
  for (const { urgency, share } of priorities) {
    if (lot < share) return urgency;
    lot -= share;
  }
  return USUAL_URGENCY;
}
