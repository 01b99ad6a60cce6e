import type { Call } from "./call.ts";
import type { Outcome } from "./outcome.ts";

/** Answers a call. Resolves with an Outcome and never rejects. */
export type Service = (call: Call) => Promise<Outcome>;

/**
 * One behaviour around a service. `next` may be run 0..n times: a cache runs it 0 times, a retry n times.
 */
export type Layer = (next: Service) => Service;
