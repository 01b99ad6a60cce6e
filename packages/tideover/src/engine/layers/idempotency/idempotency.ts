import type { Call } from "../../call.ts";
import type { Outcome } from "../../outcome.ts";
import type { TicketDesk } from "../../ports/ticket-desk.ts";
import { type Layer, type Service, withReady } from "../../service.ts";

/**
 * Answers a request that comes again under its idempotency key with what it got: the answer, or the ticket that was
 * opened for it. A job that runs by itself (`ticketed`) is the work of a request that came through here before.
 *
 * @param givesTickets whether the route heeds callers who would rather have a ticket
 */
export function idempotency(desk: TicketDesk, givesTickets: boolean): Layer {
  return (next) => {
    const { ready } = next;
    return withReady(
      (call) => {
        if (!isNamed(call)) return next(call);
        return givesTickets && wantsTicketNow(call) ? ticketOrAnswer(call, next, desk) : desk.once(call, next);
      },
      ready && ((call) => (isNamed(call) ? undefined : ready(call))),
    );
  };
}

/** Whether it is the first or a later one of requests that share a key. */
function isNamed({ idempotencyKey, ticketed }: Call): boolean {
  return idempotencyKey !== undefined && ticketed !== true;
}

/** Whose ticket is all that it gets: the key is the ticket's from the start, and no row stands for its wait. */
function wantsTicketNow({ respondAsync, callerKey }: Call): boolean {
  return respondAsync !== undefined && (respondAsync.waitMs <= 0 || respondAsync.followed === true) && !callerKey;
}

async function ticketOrAnswer(call: Call, next: Service, desk: TicketDesk): Promise<Outcome> {
  const outcome = await next(call);
  // The same request waited for its answer before: that answer is this one's, too.
  const answered = outcome.type === "accepted" && outcome.job?.kind === "live";
  return answered ? desk.once(call, next) : outcome;
}
