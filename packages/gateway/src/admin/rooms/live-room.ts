import { callerError } from "tideover/front";
import { type AdminRoom, wrongMethod } from "../admin-handler.ts";
import { notFound } from "../admin-reply.ts";
import type { LiveFeed } from "../live-feed.ts";

/** `GET /admin/api/live`: what happens, as server-sent events; see `LiveEvent`. */
export function liveRoom(live: Pick<LiveFeed, "open">): AdminRoom {
  return {
    path: "live",
    serve({ rest, request }) {
      if (rest.length > 0) return notFound("There is nothing below /admin/api/live.");
      // A HEAD would hold a place that nobody reads.
      if (request.method !== "GET") return wrongMethod("live", "GET");
      const body = live.open();
      if (body === undefined) {
        return callerError("load_shed", "Too many follow the live view already.", { retryAfterMs: 10_000 });
      }
      const headers = {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
      };
      return { response: { status: 200, headers, body } };
    },
  };
}
