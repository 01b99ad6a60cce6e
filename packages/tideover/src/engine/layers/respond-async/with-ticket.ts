import type { TicketDesk, TicketTerms } from "../../ports/ticket-desk.ts";
import type { RungName } from "../../provenance.ts";
import { mayHaveTicket } from "../../rungs/ticket.ts";
import type { Layer } from "../../service.ts";

/**
 * Opens a job beside an answer of certain rungs (a template, a stale copy), so that a better one follows. The answer is
 * given as it is, whether or not the job could be kept; its origin names the job. Equal requests share one job.
 */
export function withTicket(desk: TicketDesk, terms: TicketTerms, beside: readonly RungName[]): Layer {
  return (next) => async (call) => {
    const outcome = await next(call);
    if (outcome.type !== "answer" || !beside.includes(outcome.origin.rung) || !mayHaveTicket(call)) return outcome;
    const opened = await desk.open(call, { ...terms, shared: true });
    if (opened.type !== "accepted") return outcome;
    return { ...outcome, origin: { ...outcome.origin, ticket: opened.link ?? `/v1/jobs/${opened.jobId}` } };
  };
}
