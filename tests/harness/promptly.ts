import type { Gateway } from "@tideover/gateway";
import { expect } from "vitest";
import type { Stage } from "./stage.ts";

/** How often a condition is looked at, in ms. */
const LOOK_EVERY_MS = 5;

/** What "at once" means for the end of an upstream request after its caller has gone, in ms. */
export const AT_ONCE_MS = 100;

/**
 * Waits until a condition holds, at most `withinMs`. The bound is counted in looks rather than on the wall clock, so
 * that a machine which gives this process no time does not fail it for what it could not do.
 */
export async function promptly(what: string, condition: () => boolean, withinMs = AT_ONCE_MS): Promise<void> {
  for (let looks = 0; looks < withinMs / LOOK_EVERY_MS; looks++) {
    if (condition()) return;
    await pause(LOOK_EVERY_MS);
  }
  expect(condition(), `${what} within ${withinMs} ms`).toBe(true);
}

/** Real time, for tests on sockets that must let some of it pass. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Requests that the simulated providers of a stage are working on now. */
export function upstreamInFlight({ upstreams }: Stage): number {
  return Object.values(upstreams).reduce((sum, { model }) => sum + model.counters.inFlight, 0);
}

/** Calls that a gateway believes to be in flight: by its accounts and by its breakers. */
export function believedInFlight({ runtime }: Gateway): { readonly accounts: number; readonly breakers: number } {
  let accounts = 0;
  let breakers = 0;
  for (const provider of runtime.providers.values()) {
    for (const { state } of provider.accounts) accounts += state.inFlight;
    for (const { thing: breaker } of provider.breakers?.entries() ?? []) breakers += breaker.inFlight;
  }
  return { accounts, breakers };
}
