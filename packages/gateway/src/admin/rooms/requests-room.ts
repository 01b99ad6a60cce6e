import { callerError } from "tideover/front";
import type { Runtime } from "tideover/runtime";
import { type AdminRoom, wrongMethod } from "../admin-handler.ts";
import { type AdminReply, notFound, readCount, readQuery } from "../admin-reply.ts";
import type { RequestsAnswer } from "../api-types.ts";
import { MOST_PER_PAGE, PAGE } from "../defaults.ts";
import type { RecentRequests } from "../recent-requests.ts";

/** What the requests are shown from. */
export interface RequestsRoomParts {
  readonly requests: Pick<RecentRequests, "list" | "find">;
  runtime(): Pick<Runtime, "config">;
}

const MEMBERS = ["limit", "before", "route", "provider", "rung", "result", "tenant", "degraded"] as const;

/** `GET /admin/api/requests` lists the last requests, `GET /admin/api/requests/{id}` shows one with its waterfall. */
export function requestsRoom({ requests, runtime }: RequestsRoomParts): AdminRoom {
  const list = (query: URLSearchParams): AdminReply => {
    const asked = readQuery(query, MEMBERS);
    if (typeof asked === "string") return callerError("invalid_request", asked);
    const { limit, degraded, ...filter } = asked;
    const most = readCount("limit", limit, PAGE, MOST_PER_PAGE);
    if (typeof most === "string") return callerError("invalid_request", most);
    if (degraded !== undefined && degraded !== "true" && degraded !== "false") {
      return callerError("invalid_request", `"degraded" must be true or false, not ${JSON.stringify(degraded)}.`);
    }
    const { records } = runtime().config.server;
    const json: RequestsAnswer = {
      ...requests.list({
        ...filter,
        ...(degraded === undefined ? {} : { degraded: degraded === "true" }),
        limit: most,
      }),
      kept: records.requests,
      promptsKept: records.prompts,
    };
    return { json };
  };
  return {
    path: "requests",
    serve({ method, rest, query }) {
      if (method !== "GET") return wrongMethod("requests", "GET");
      const [id, ...more] = rest;
      if (id === undefined) return list(query);
      const found = more.length === 0 ? requests.find(id) : undefined;
      return found === undefined ? notFound("There is no such request among those that are kept.") : { json: found };
    },
  };
}
