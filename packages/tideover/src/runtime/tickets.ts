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
import { nextOffPeak } from "./off-peak.ts";
import type { SpendingParts } from "./spending.ts";

/** What tickets are made from. */
export interface TicketParts extends Pick<SpendingParts, "environment" | "providers"> {
  /** Who turns calls into jobs; absent: this process keeps none, and the rung is not there. */
  readonly desk?: TicketDesk | undefined;
}

/** The route's ticket rung, undefined where its ladder has none. */
function ticketOf({ ladder }: ResolvedRoute): ResolvedTicket | undefined {
  return ladder.find((rung) => rung.kind === "ticket");
}

/** The rung: for callers who asked for it, or for everybody. */
export function ticketRung(rung: ResolvedTicket, route: ResolvedRoute, parts: TicketParts): Rung {
  const { desk } = parts;
  if (desk === undefined) return { name: "ticket", slow: false, takes: () => false, service: unreachable };
  const takes = (call: Call) => mayHaveTicket(call) && (rung.always || call.respondAsync !== undefined);
  return { name: "ticket", slow: false, takes, service: ticket(desk, termsOf(rung, route, parts)) };
}

/** The layer that answers a repeated request once; undefined where nobody keeps what was answered. */
export function idempotencyLayer(route: ResolvedRoute, { desk }: TicketParts): Layer | undefined {
  return desk === undefined ? undefined : idempotency(desk, ticketOf(route) !== undefined);
}

/** The layer that heeds `Prefer: respond-async`; undefined where the route gives no tickets. */
export function respondAsyncLayer(route: ResolvedRoute, parts: TicketParts): Layer | undefined {
  const rung = ticketOf(route);
  if (rung === undefined || parts.desk === undefined) return undefined;
  return respondAsync(parts.desk, termsOf(rung, route, parts), ATTEMPT_MS, parts.environment.clock);
}

/** Opens tickets beside the answers of the rungs that the route names; undefined where it names none. */
export function besideLayer(route: ResolvedRoute, parts: TicketParts): Layer | undefined {
  const rung = ticketOf(route);
  if (rung === undefined || rung.beside.length === 0 || parts.desk === undefined) return undefined;
  return withTicket(parts.desk, termsOf(rung, route, parts), rung.beside);
}

function termsOf({ expires, offPeak }: ResolvedTicket, route: ResolvedRoute, { providers }: TicketParts): TicketTerms {
  if (!offPeak) return { expiresMs: expires };
  const first = route.ladder.find((rung) => rung.kind === "provider");
  const calendar = first === undefined ? undefined : providers.get(first.provider)?.definition.preset.priceCalendar;
  return { expiresMs: expires, notBefore: (now) => nextOffPeak(calendar, now) };
}

/** Never asked: the rung takes no call. */
const unreachable: Rung["service"] = () => {
  throw new Error("A ticket rung without a desk takes no call.");
};
