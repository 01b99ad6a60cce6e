import type { Call } from "../../call.ts";
import { type Clock, sleep } from "../../clock.ts";
import { collect } from "../../collect.ts";
import { failureOf } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { TicketDesk, TicketTerms } from "../../ports/ticket-desk.ts";
import { mayHaveTicket } from "../../rungs/ticket.ts";
import type { Layer, Service } from "../../service.ts";
import { LEAST_MARGIN_MS, MARGIN_SHARE } from "./defaults.ts";

/**
 * Heeds a caller who would rather have a ticket than wait: at once, or when the wait it named is over. Then the attempt
 * that runs is not thrown away: the job adopts it. A caller's own fault is told as such and makes no job.
 *
 * @param attemptMs how long an adopted attempt may go on, from the call's start (ms)
 */
export function respondAsync(desk: TicketDesk, terms: TicketTerms, attemptMs: number, clock: Clock): Layer {
  return (next) => (call) => {
    if (call.respondAsync === undefined || !mayHaveTicket(call)) return next(call);
    if (call.respondAsync.followed === true) return following(call, next, { desk, terms, attemptMs, clock });
    if (call.respondAsync.waitMs <= 0) return desk.open(call, terms);
    return waiting(call, call.respondAsync.waitMs, next, { desk, terms, attemptMs, clock });
  };
}

interface Surroundings {
  readonly desk: TicketDesk;
  readonly terms: TicketTerms;
  readonly attemptMs: number;
  readonly clock: Clock;
}

/** The attempt begins at once, as the job's: whoever follows it need not wait for a worker. */
function following(
  call: Call,
  next: Service,
  { desk, terms, attemptMs, clock }: Surroundings,
): ReturnType<TicketDesk["adopt"]> {
  const attempt = new AbortController();
  const deadline = clock.now() + attemptMs;
  const begin = () => next({ ...call, deadline, signal: attempt.signal, respondAsync: undefined, ticketed: true });
  return desk.adopt(call, begin, (reason) => attempt.abort(reason), terms);
}

async function waiting(
  call: Call,
  askedMs: number,
  next: Service,
  { desk, terms, attemptMs, clock }: Surroundings,
): Promise<Outcome> {
  const attempt = new AbortController();
  const wait = new AbortController();
  const onAbort = () => {
    attempt.abort(failureOf(call.signal));
    wait.abort();
  };
  call.signal.addEventListener("abort", onAbort, { once: true });
  if (call.signal.aborted) onAbort();
  const deadline = Math.max(call.deadline, call.startedAt + attemptMs);
  const running = wanted(next, { ...call, deadline, signal: attempt.signal, respondAsync: undefined, ticketed: true });
  const timeUp = sleep(clock, Math.min(askedMs, longestWait(call, clock)), wait.signal);
  const first = await Promise.race([running, timeUp]);
  call.signal.removeEventListener("abort", onAbort);
  if (first === true) return desk.adopt(call, running, (reason) => attempt.abort(reason), terms);
  wait.abort();
  // A wait that did not end with time up means that the caller is gone; the attempt was aborted with that failure.
  const outcome = first === false ? await running : first;
  if (outcome.type !== "failure" || outcome.kind === "caller" || outcome.kind === "cancelled") return outcome;
  return desk.open(call, terms);
}

/** Until shortly before the deadline, in ms: the ticket is to reach the caller, too. */
function longestWait(call: Call, clock: Clock): number {
  const left = call.deadline - clock.now();
  return left - Math.max(LEAST_MARGIN_MS, MARGIN_SHARE * left);
}

/** The outcome that the caller waits for: unstreamed, that is the whole answer and not its first content. */
async function wanted(next: Service, call: Call): Promise<Outcome> {
  const outcome = await next(call);
  return outcome.type === "answer" && !call.request.stream ? collect(outcome, call.signal) : outcome;
}
