import { type CallerError, callerError } from "tideover/front";
import type { AdminAccess } from "../admin/admin-access.ts";
import { type AdminRequest, type AdminRoom, wrongMethod } from "../admin/admin-handler.ts";
import { type AdminReply, notFound, readCount, readJsonBody, readQuery } from "../admin/admin-reply.ts";
import type { ReviewList, ReviewState } from "../admin/review-types.ts";
import { MOST_NAME, MOST_PAGE, MOST_TEXT_BYTES, USUAL_PAGE } from "./defaults.ts";
import type { Decision, Refused, ReviewDesk } from "./review-desk.ts";
import type { GatheringInbox } from "./review-inbox.ts";
import type { ReviewStore } from "./review-store.ts";

/** What the endpoints answer from. */
export interface ReviewEndpointParts {
  readonly store: ReviewStore;
  readonly inbox: Pick<GatheringInbox, "flush">;
  readonly desk: ReviewDesk;
}

const STATES = [
  "waiting",
  "approved",
  "edited",
  "regenerated",
  "dismissed",
  "superseded",
] as const satisfies readonly ReviewState[];
const ACTIONS = ["approve", "edit", "regenerate", "dismiss"] as const satisfies readonly Decision["action"][];
/** A body holds a text and a name. */
const MOST_BODY_BYTES = 2 * MOST_TEXT_BYTES;

/** The inbox in the admin API: `/admin/api/review`, and what lies below it. */
export function reviewRoom(parts: ReviewEndpointParts): AdminRoom {
  return { path: "review", serve: (request) => serve(request, parts) };
}

async function serve(asked: AdminRequest, parts: ReviewEndpointParts): Promise<AdminReply> {
  const { method, rest, query, request, access } = asked;
  const [id, action, ...more] = rest;
  if (more.length > 0) return notFound("There is no such path below /admin/api/review.");
  if (action === undefined) {
    if (method !== "GET") return wrongMethod("review", "GET");
    await parts.inbox.flush();
    return id === undefined ? list(query, parts) : show(id, parts);
  }
  const known = ACTIONS.find((name) => name === action);
  if (id === undefined || known === undefined) return notFound(`An entry takes ${ACTIONS.join(", ")}.`);
  if (method !== "POST") return wrongMethod(`review/${id}/${known}`, "POST");
  const read = readJsonBody(request, MOST_BODY_BYTES);
  if (!("body" in read)) return read;
  const decision = readDecision(known, read.body, access);
  if ("code" in decision) return decision;
  const result = await parts.desk.decide(id, decision, request.signal);
  if (!("type" in result)) return { json: result };
  if (result.type === "refused") return refusal(result);
  const { type: _, ...proposal } = result;
  return { json: proposal };
}

async function list(query: URLSearchParams, { store }: ReviewEndpointParts): Promise<AdminReply> {
  const asked = readQuery(query, ["state", "limit", "after"]);
  if (typeof asked === "string") return callerError("invalid_request", asked);
  const state = STATES.find((name) => name === asked.state);
  if (asked.state !== undefined && state === undefined) {
    return callerError("invalid_request", `"state" must be one of ${STATES.join(", ")}.`);
  }
  const limit = readCount("limit", asked.limit, USUAL_PAGE, MOST_PAGE);
  if (typeof limit === "string") return callerError("invalid_request", limit);
  const found = await store.list(state, asked.after, limit + 1);
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  const next = found.length > limit && last !== undefined ? { next: last.id } : {};
  const [counts, dropped] = [await store.counts(), await store.dropped()];
  return { json: { entries, ...next, counts, dropped } satisfies ReviewList };
}

async function show(id: string, { store }: ReviewEndpointParts): Promise<AdminReply> {
  const detail = await store.detail(id);
  return detail === undefined ? notFound(`There is no entry ${id} in the review inbox.`) : { json: detail };
}

/** Reads a decision strictly: a member that is not known is an error, as in the configuration. */
function readDecision(
  action: Decision["action"],
  body: Readonly<Record<string, unknown>>,
  access: AdminAccess,
): Decision | CallerError {
  const members = { approve: ["by"], dismiss: ["by"], edit: ["by", "text"], regenerate: ["by", "preview"] }[action];
  const unknown = Object.keys(body).find((name) => !members.includes(name));
  if (unknown !== undefined) return wrong(`"${unknown}" is not known here; ${action} takes ${members.join(", ")}.`);
  const { by: name, text, preview = false } = body;
  if (name !== undefined && (typeof name !== "string" || name.trim() === "" || name.length > MOST_NAME)) {
    return wrong(`"by" must be a name of at most ${MOST_NAME} characters.`);
  }
  const by = name === undefined ? access : `${name.trim()} (${access})`;
  if (action === "regenerate") {
    return typeof preview === "boolean" ? { action, by, preview } : wrong('"preview" must be true or false.');
  }
  if (action !== "edit") return { action, by };
  if (typeof text !== "string" || text.trim() === "") return wrong('"text" must be the text that is to be answered.');
  if (Buffer.byteLength(text) > MOST_TEXT_BYTES) return wrong(`"text" may have at most ${MOST_TEXT_BYTES} bytes.`);
  return { action, by, text };
}

function refusal({ why, message }: Refused): CallerError {
  if (why === "missing") return notFound(message);
  if (why === "conflict") return callerError("invalid_request", message, { status: 409 });
  if (why === "unfit") return callerError("invalid_request", message);
  return callerError("ladder_exhausted", message, { status: 502 });
}

function wrong(message: string): CallerError {
  return callerError("invalid_request", message);
}
