import type { ContinuationPlan } from "../../engine/ports/continuation.ts";

/** That an answer is not continued, and why. */
export function refuse(why: string): ContinuationPlan {
  return { type: "refuse", why };
}
