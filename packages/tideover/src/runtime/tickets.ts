import type { ResolvedRoute, ResolvedTicket } from "../config/resolved-config.ts";
import {
  type Call,
  idempotency,
  type Layer,
  mayHaveTicket,
  type Rung,
  respondAsync,
  type TicketDesk,
  type TicketTerms,
  ticket,
  withTicket,
} from "../engine/index.ts";
import { ATTEMPT_MS } from "../jobs/defaults.ts";
import { jobRoute } from "./job-route.ts";
import { nextOffPeak } from "./off-peak.ts";
import type { SpendingParts } from "./spending.ts";

/** What tickets are made from, beside the desk that turns calls into jobs. */
type TicketParts = Pick<SpendingParts, "environment" | "providers">;

/** What a caller is told whom a ticket would have helped. */
const NOT_ASKED_FOR = "A ticket is given to who asks for one, with Prefer: respond-async.";

/** Calls that become jobs. */
export const tickets = { besideLayer, idempotencyLayer, jobRoute, respondAsyncLayer, rungOf: ticketRung };

/** The route's ticket rung, undefined where its ladder has none. */
function ticketOf({ ladder }: ResolvedRoute): ResolvedTicket | undefined {
  return ladder.find((rung) => rung.kind === "ticket");
}

/** The rung: for callers who asked for it, or for everybody. */
function ticketRung(rung: ResolvedTicket, route: ResolvedRoute, parts: TicketParts, desk: TicketDesk): Rung {
  const takes = (call: Call) => mayHaveTicket(call) && (rung.always || call.respondAsync !== undefined);
  const whyNot = (call: Call) => (mayHaveTicket(call) ? NOT_ASKED_FOR : undefined);
  return { name: "ticket", slow: false, takes, whyNot, service: ticket(desk, termsOf(rung, route, parts)) };
}

/** The layer that answers a repeated request once. */
function idempotencyLayer(route: ResolvedRoute, desk: TicketDesk): Layer {
  return idempotency(desk, ticketOf(route) !== undefined);
}

/** The layer that heeds `Prefer: respond-async`; undefined where the route gives no tickets. */
function respondAsyncLayer(route: ResolvedRoute, parts: TicketParts, desk: TicketDesk): Layer | undefined {
  const rung = ticketOf(route);
  return rung && respondAsync(desk, termsOf(rung, route, parts), ATTEMPT_MS, parts.environment.clock);
}

/** Opens tickets beside the answers of the rungs that the route names; undefined where it names none. */
function besideLayer(route: ResolvedRoute, parts: TicketParts, desk: TicketDesk): Layer | undefined {
  const rung = ticketOf(route);
  if (rung === undefined || rung.beside.length === 0) return undefined;
  return withTicket(desk, termsOf(rung, route, parts), rung.beside);
}

function termsOf({ expires, offPeak }: ResolvedTicket, route: ResolvedRoute, { providers }: TicketParts): TicketTerms {
  if (!offPeak) return { expiresMs: expires };
  const first = route.ladder.find((rung) => rung.kind === "provider");
  const calendar = first === undefined ? undefined : providers.get(first.provider)?.definition.preset.priceCalendar;
  return { expiresMs: expires, notBefore: (now) => nextOffPeak(calendar, now) };
}
