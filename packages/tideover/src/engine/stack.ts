import type { Layer, Service } from "./service.ts";

/** One place in the order, and why it is where it is. */
export interface Place<Name extends string> {
  readonly name: Name;
  /** What it must be above, and why; shown in the docs and kept true by a test. */
  readonly reason: string;
}

/** Around every call of a route, outermost first. */
export const ROUTE_ORDER = [
  { name: "observe", reason: "above all: it must see cache hits, refusals and answers that end badly" },
  { name: "deadline", reason: "above whatever waits: nothing may outlast it, and every layer below reads it" },
  { name: "tenant-quota", reason: "above the cache: a tenant's share is counted before any work is done" },
  {
    name: "idempotency",
    reason: "below the quota, which a repeat uses too; above the cache: a repeated request gets the very same answer",
  },
  { name: "cache", reason: "above the ladder: a fresh hit spends no permit; below it stands what costs money" },
  {
    name: "respond-async",
    reason: "below the cache, whose hits need no ticket; above the ladder, which it may leave running as a job",
  },
  {
    name: "cost-budget",
    reason: "below the cache, whose hits cost nothing; above the ladder, which it sends down past what costs",
  },
  {
    name: "ladder",
    reason: "innermost here: it needs the failures of everything below, and last-resort rungs are each caller's own",
  },
] as const satisfies readonly Place<string>[];

/** Around every live group: a run of consecutive provider rungs that the ladder sees as one. */
export const GROUP_ORDER = [
  {
    name: "single-flight",
    reason: "below the cache, so that hits skip it; above resume, so that what is shared is whole",
  },
  { name: "resume", reason: "above failover, so that an answer cut on one provider is finished by another" },
  { name: "failover", reason: "above hedge and retry: it knows whom else to ask, now rather than the same one later" },
  { name: "hedge", reason: "below failover, which names the other provider; above retry: a hedge is one try of it" },
] as const satisfies readonly Place<string>[];

/** Around every provider of a group. */
export const PROVIDER_ORDER = [
  {
    name: "long-prompt",
    reason: "above retry: what was made to fit once is tried again as it is, and summaries are no tries of the answer",
  },
  { name: "retry", reason: "above balance, so that each try picks an account anew; its budget is the provider's" },
  { name: "balance", reason: "above the breakers: it picks among accounts whose breakers let through" },
] as const satisfies readonly Place<string>[];

/** Around every account of a provider. */
export const ACCOUNT_ORDER = [
  {
    name: "circuit-breaker",
    reason: "above the limit and blind to its refusals: what was not sent says nothing of the provider",
  },
  { name: "limit", reason: "above the attempt: only what is really sent holds a permit, until its stream ends" },
  { name: "attempt", reason: "above the adapter: it owns the timers and decides what counts as an answer" },
  { name: "chaos", reason: "below the attempt, whose timers meet its faults as if the provider had made them" },
  { name: "adapter", reason: "innermost: it speaks the provider's protocol and knows nothing of time" },
] as const satisfies readonly Place<string>[];

type NameOf<Order extends readonly Place<string>[]> = Order[number]["name"];

/**
 * Puts layers around a service in the given order, whatever order they are listed in. A place without a layer is
 * skipped; the last place is the service itself.
 */
export function compose<const Order extends readonly Place<string>[]>(
  order: Order,
  layers: Partial<Record<NameOf<Order>, Layer>>,
  innermost: Service,
): Service {
  return order.reduceRight<Service>((next, place) => layers[place.name as NameOf<Order>]?.(next) ?? next, innermost);
}
