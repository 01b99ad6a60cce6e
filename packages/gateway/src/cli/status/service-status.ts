import type { StatusAnswer } from "../../admin/api-types.ts";

/** The levels of a running gateway's routes, as `/v1/status` tells them; undefined for a text that is not that. */
export function readServiceStatus(text: string): StatusAnswer | undefined {
  try {
    const answer = JSON.parse(text) as Partial<StatusAnswer> | null;
    return answer?.object === "status" && Array.isArray(answer.routes) ? (answer as StatusAnswer) : undefined;
  } catch {
    // Not the gateway's JSON: an older one, or none.
    return undefined;
  }
}
