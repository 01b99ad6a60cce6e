import type { Call } from "./call.ts";
import type { Outcome } from "./outcome.ts";

/** Answers a call. Resolves with an Outcome and never rejects. */
export interface Service {
  (call: Call): Promise<Outcome>;
  /** What it can answer at once; absent: nothing, or something around it has to be asked each time. */
  readonly ready?: Ready | undefined;
}

/**
 * Looks for an outcome that is there already, such as a stored answer in memory. Undefined: there is none, nothing has
 * happened, and the call is to be made. What it returns gives the outcome, with every effect of the call, and is to be
 * run in the same turn or not at all.
 *
 * Much of a call is there for the time that it takes: timers, signals, promises. An outcome that takes none needs none
 * of them, and that is most of what a hit of the cache would cost (decision 0019).
 */
export type Ready = (call: Call) => (() => Outcome) | undefined;

/**
 * One behaviour around a service. `next` may be run 0..n times: a cache runs it 0 times, a retry n times. A layer that
 * says nothing of {@link Service.ready} hides that of the service that it stands around: every call passes through it.
 */
export type Layer = (next: Service) => Service;

/** A service that can answer some calls at once. */
export function withReady(service: (call: Call) => Promise<Outcome>, ready: Ready | undefined): Service {
  return ready === undefined ? service : Object.assign(service, { ready });
}

/** The outcome of a call where it is there already; undefined: the service is to be asked. */
export function readyOutcome(service: Service, call: Call): Outcome | undefined {
  return service.ready?.(call)?.();
}
