import { type CallerError, callerError } from "tideover/front";
import { type AdminRequest, wrongMethod } from "../../admin/admin-handler.ts";
import { type AdminReply, notFound, readCount, readJsonBody, readQuery } from "../../admin/admin-reply.ts";
import type { Recommendation } from "../../admin/forecast-types.ts";
import type { ChangeDesk } from "./change-desk.ts";

/** Largest body of `POST /admin/api/forecast/apply`, in bytes. */
const MOST_BYTES = 4_096;
/** Longest name of who applies, in UTF-16 units. */
const MOST_NAME = 100;
/** Lines of the trail where nothing is said, and at most. */
const USUAL_CHANGES = 50;
const MOST_CHANGES = 1_000;

/** What the endpoints work with. */
export interface ChangeEndpointsParts {
  readonly desk: ChangeDesk;
  /** The recommendations that stand now. */
  recommendations(): Promise<readonly Recommendation[]>;
  /** A change is in force: what was reckoned before it is out of date. */
  applied(): void;
}

/** Names of what {@link respondToChanges} answers below `/admin/api/forecast/`. */
export const CHANGE_PATHS: readonly string[] = ["change", "apply", "changes"];

/**
 * `GET …/change?id=…` shows what applying a recommendation would change, `POST …/apply` with
 * `{ "id": "…", "digest": "…", "by": "…" }` does it, `GET …/changes?limit=…` lists who did what.
 */
export function respondToChanges(
  action: string,
  asked: AdminRequest,
  parts: ChangeEndpointsParts,
): AdminReply | Promise<AdminReply> {
  const wanted = action === "apply" ? "POST" : "GET";
  if (asked.method !== wanted) return wrongMethod(`forecast/${action}`, wanted);
  if (action === "apply") return apply(asked, parts);
  return action === "change" ? preview(asked, parts) : changes(asked, parts);
}

async function preview({ query }: AdminRequest, parts: ChangeEndpointsParts): Promise<AdminReply> {
  const given = readQuery(query, ["id"]);
  if (typeof given === "string") return wrong(given);
  const found = await find(given.id, parts);
  if ("code" in found) return found;
  const change = await parts.desk.preview(found);
  return change === undefined ? notFound("That recommendation is no setting that could be changed.") : { json: change };
}

async function apply({ request, access }: AdminRequest, parts: ChangeEndpointsParts): Promise<AdminReply> {
  const read = readJsonBody(request, MOST_BYTES);
  if (!("body" in read)) return read;
  const { id, digest, by: name, ...others } = read.body;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) return wrong(`"${unknown}" is not known here; there are id, digest, by.`);
  if (typeof id !== "string" || typeof digest !== "string") {
    return wrong('The body must be { "id": "…", "digest": "…" } of a change that was looked at, and may have "by".');
  }
  if (name !== undefined && (typeof name !== "string" || name.trim() === "" || name.length > MOST_NAME)) {
    return wrong(`"by" must be a name of at most ${MOST_NAME} characters.`);
  }
  const found = await find(id, parts);
  if ("code" in found) return found;
  const by = typeof name === "string" ? `${name.trim()} (${access})` : access;
  const outcome = await parts.desk.apply(found, digest, by);
  if ("code" in outcome) return outcome;
  parts.applied();
  return { json: outcome };
}

function changes({ query }: AdminRequest, { desk }: ChangeEndpointsParts): AdminReply {
  const given = readQuery(query, ["limit"]);
  if (typeof given === "string") return wrong(given);
  const limit = readCount("limit", given.limit, USUAL_CHANGES, MOST_CHANGES);
  return typeof limit === "string" ? wrong(limit) : { json: { changes: desk.changes(limit) } };
}

async function find(id: string | undefined, parts: ChangeEndpointsParts): Promise<Recommendation | CallerError> {
  const all = await parts.recommendations();
  const found = all.find((recommendation) => recommendation.id === id);
  if (found !== undefined) return found;
  const ids = all.filter(({ change }) => change !== undefined).map((recommendation) => recommendation.id);
  const there = ids.length === 0 ? "there is none that is a setting" : `there are ${ids.join(", ")}`;
  return notFound(`There is no recommendation ${JSON.stringify(id ?? "")} now; ${there}.`);
}

function wrong(message: string): CallerError {
  return callerError("invalid_request", message);
}
