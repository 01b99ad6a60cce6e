import type { Clock } from "tideover/engine";
import { type CallerError, callerError } from "tideover/front";
import { type AdminRoom, wrongMethod } from "../admin/admin-handler.ts";
import { notFound, readQuery } from "../admin/admin-reply.ts";
import { MOST_POINTS, TIERS, USUAL_POINTS, USUAL_RANGE_MS } from "./defaults.ts";
import { type HistoryRange, readHistory } from "./history-answer.ts";
import type { HistoryStore } from "./history-store.ts";

const MEMBERS = ["from", "to", "points"] as const;
const LONGEST_KEPT_MS = TIERS.at(-1)?.keepMs ?? 0;

/** The history in the admin API: `GET /admin/api/history?from=…&to=…&points=…`. */
export function historyRoom(store: HistoryStore, clock: Pick<Clock, "wallTime">): AdminRoom {
  return {
    path: "history",
    async serve({ method, rest, query }) {
      if (rest.length > 0) return notFound("There is no such path below /admin/api/history.");
      if (method !== "GET") return wrongMethod("history", "GET");
      const now = clock.wallTime();
      const range = readHistoryQuery(query, now);
      return "code" in range ? range : { json: await readHistory(store, range, now) };
    },
  };
}

/**
 * Reads the query of `GET /admin/api/history`.
 * @param now in ms since the Unix epoch
 * @returns what is wrong with it, in place of the range
 */
function readHistoryQuery(query: URLSearchParams, now: number): HistoryRange | CallerError {
  const asked = readQuery(query, MEMBERS);
  if (typeof asked === "string") return callerError("invalid_request", asked);
  const to = numberIn(asked.to) ?? now;
  const from = numberIn(asked.from) ?? to - USUAL_RANGE_MS;
  const points = numberIn(asked.points) ?? USUAL_POINTS;
  if (!(from < to))
    return callerError("invalid_request", "`from` must be before `to`, both in ms since the Unix epoch.");
  if (!Number.isInteger(points) || points < 1 || points > MOST_POINTS) {
    return callerError("invalid_request", `\`points\` must be a whole number from 1 to ${MOST_POINTS}.`);
  }
  // Nothing older is kept, so asking for it asks for that.
  return {
    from: Math.max(from, now - LONGEST_KEPT_MS),
    to: Math.max(Math.min(to, now), now - LONGEST_KEPT_MS + 1),
    points,
  };
}

/** NaN for a text that is no number: every comparison with it fails. */
function numberIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
