import type { Call } from "../call.ts";
import type { TicketDesk, TicketTerms } from "../ports/ticket-desk.ts";
import type { Service } from "../service.ts";

/** Whether a call may be given a ticket at all: a caller's own key for the provider is a secret that no job keeps. */
export function mayHaveTicket(call: Call): boolean {
  return call.ticketed !== true && call.callerKey === undefined;
}

/** Answers with a promise: the call becomes a job, whose answer comes later. */
export function ticket(desk: TicketDesk, terms: TicketTerms): Service {
  return (call) => desk.open(call, terms);
}
