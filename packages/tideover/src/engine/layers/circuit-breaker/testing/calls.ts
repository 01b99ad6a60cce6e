import type { CircuitBreaker } from "../breaker.ts";
import type { BreakerPermit } from "../place.ts";

/** A place in a breaker that is thought to give one. @throws Error where it refuses */
export function acquire(breaker: CircuitBreaker): BreakerPermit {
  const permit = breaker.acquire();
  if ("why" in permit) throw new Error(`refused: ${permit.why}`);
  return permit;
}

/** One call that went well or badly. */
export function record(breaker: CircuitBreaker, ok: boolean): void {
  const permit = acquire(breaker);
  if (ok) permit.succeeded();
  else permit.failed("http-500");
  permit.release();
}

/** So many calls in a row that went badly. */
export function fail(breaker: CircuitBreaker, times: number): void {
  for (let i = 0; i < times; i++) record(breaker, false);
}
