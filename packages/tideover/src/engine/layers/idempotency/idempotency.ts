import type { TicketDesk } from "../../ports/ticket-desk.ts";
import { mayHaveTicket } from "../../rungs/ticket.ts";
import type { Layer } from "../../service.ts";

/**
 * Answers a request that comes again under its idempotency key with the answer that it got, for callers who wait for
 * their answers. Who asks for a ticket is told of the same job by the desk itself.
 */
export function idempotency(desk: TicketDesk): Layer {
  return (next) => (call) =>
    call.idempotencyKey === undefined || call.respondAsync !== undefined || !mayHaveTicket(call)
      ? next(call)
      : desk.once(call, next);
}
