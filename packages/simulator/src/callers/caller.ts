import { type Clock, failure, type Random, sleep } from "tideover/engine";
import type { Arrival } from "../arrivals/arrival.ts";
import type { CallRecord, TryRecord } from "../scenario/call-record.ts";
import type { CallerPlan, TenantShare } from "./caller-plan.ts";
import type { Client } from "./client.ts";
import { judge } from "./judge.ts";
import { PROCESS_LOST, type ProcessLosses } from "./process-losses.ts";
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
  /** Tells when the process that serves the callers is lost, with every call in it; absent: it never is. */
  readonly losses?: ProcessLosses | undefined;
  /** The lengths of a question that several may ask: of its first arrival. */
  readonly lengthsOf?: ((question: number, arrival: Arrival) => Arrival) | undefined;
  opened(id: string, record: TryRecord, signal: AbortSignal): void;
  closed(id: string): void;
}

/** One caller's request from its arrival to the last word. Never rejects. */
export async function runCaller(index: number, arrival: Arrival, around: CallerSurroundings): Promise<CallRecord> {
  const { clock, random, plan, retries } = around;
  const urgency = drawUrgency(plan, random);
  const streamed = random.next() < plan.streamed;
  const tenant = drawTenant(plan, clock.now(), random);
  const question = drawQuestion(plan, random);
  const asked = question === undefined ? arrival : (around.lengthsOf?.(question, arrival) ?? arrival);
  const { promptTokens, outputTokens } = asked;
  const call: CallRecord = {
    index,
    arrivedAt: clock.now(),
    urgency,
    streamed,
    promptTokens,
    outputTokens,
    ...(tenant === undefined ? {} : { tenant }),
    ...(question === undefined ? {} : { question }),
    tries: [],
  };
  const body = requestBody(question ?? index, asked, plan.model, streamed);
  let losses = 0;
  for (let retry = 0; ; retry++) {
    const record = newTry(clock.now(), around.deadlineMs);
    call.tries.push(record);
    const id = `${index}.${retry}`;
    const abort = new AbortController();
    around.opened(id, record, abort.signal);
    const leaving = leaveAfter(call, record, abort, around);
    const forget = around.losses?.watch(() => abort.abort(PROCESS_LOST));
    const { signal } = abort;
    const received = await around.client({
      id,
      body,
      urgency,
      tenant,
      deadlineAt: record.deadlineAt,
      retries: retry,
      signal,
      record,
    });
    leaving?.cancel();
    forget?.();
    record.endedAt = clock.now();
    record.verdict = judge(body, received, record);
    // The last events of a call come with the end of its stream, in the same turn.
    await Promise.resolve();
    around.closed(id);
    const isLost = received.failure?.reason === PROCESS_LOST.reason;
    if (isLost) losses++;
    const isRetried = received.failure?.kind !== "caller" && received.begun !== true;
    const mayRetry = record.verdict === "failed" && isRetried && retry < retries + losses;
    if (!mayRetry && !isLost) return call;
    // The caller's own backoff is bounded by its tries; nobody aborts it.
    const never = new AbortController().signal;
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

/** Whose call it is, by the weights of the tenants at this time. */
function drawTenant({ tenants }: CallerPlan, now: number, random: Random): string | undefined {
  if (tenants === undefined || tenants.length === 0) return undefined;
  const weightOf = ({ weight, flood }: TenantShare) =>
    flood !== undefined && now >= flood.fromMs && now < flood.toMs ? weight * flood.times : weight;
  let lot = random.next() * tenants.reduce((sum, tenant) => sum + weightOf(tenant), 0);
  for (const tenant of tenants) {
    lot -= weightOf(tenant);
    if (lot < 0) return tenant.name;
  }
  return tenants.at(-1)?.name;
}

/** A question by its rank, from 0 on: Zipf's law with exponent 1, by its continuous approximation. */
function drawQuestion({ questions }: CallerPlan, random: Random): number | undefined {
  return questions === undefined ? undefined : Math.floor((questions + 1) ** random.next()) - 1;
}
