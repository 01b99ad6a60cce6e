import type { IdSource, PurgeSelection } from "tideover/engine";
import { type CallerError, callerError, type Handler, type HttpRequest, refusalResponse } from "tideover/front";
import { refuseStranger } from "./admin-access.ts";

/** What the admin API does its work with. */
export interface AdminParts {
  /** The key now in force. */
  adminKey(): string | undefined;
  readonly ids: IdSource;
  /** Removes stored answers. @returns how many there were */
  purge(selection: PurgeSelection): Promise<number>;
  /** Told when a purge reached memory only, because the store behind it did not answer. */
  purgeFailed(error: unknown): void;
}

const CACHE_PATH = "/admin/api/cache";
/** What answers can be purged by. */
const MEMBERS = ["key", "route", "tag", "tenant", "model"] as const;

/** Whether a request is for the admin API. */
export function isAdminPath(path: string): boolean {
  return path.startsWith("/admin/api/");
}

/**
 * The admin API: `DELETE /admin/api/cache?key=|route=|tag=|tenant=|model=` removes the stored answers that match all
 * of what is given, and says how many.
 */
export function createAdminHandler(parts: AdminParts): Handler {
  return async (request) => {
    const id = parts.ids.next();
    const refused = refuseStranger(request, parts.adminKey()) ?? (await serve(request, parts));
    if (!("purged" in refused)) return refusalResponse(refused, id);
    const body = Buffer.from(JSON.stringify(refused));
    const headers = { "content-type": "application/json", "cache-control": "no-store", "tideover-request-id": id };
    return { status: 200, headers, body };
  };
}

async function serve(request: HttpRequest, parts: AdminParts): Promise<CallerError | { purged: number }> {
  const url = new URL(request.path, "http://localhost");
  if (url.pathname !== CACHE_PATH) {
    return callerError("invalid_request", `There is no such path here. There is ${CACHE_PATH}.`, { status: 404 });
  }
  if (request.method !== "DELETE") {
    const headers = { allow: "DELETE" };
    return callerError("invalid_request", `${CACHE_PATH} takes DELETE.`, { status: 405, headers });
  }
  const selection = readSelection(url.searchParams);
  if (typeof selection === "string") return callerError("invalid_request", selection);
  try {
    return { purged: await parts.purge(selection) };
  } catch (error) {
    parts.purgeFailed(error);
    const message = "The second level of the cache did not answer; what was in memory is purged. Try again.";
    return callerError("load_shed", message, { retryAfterMs: 1_000 });
  }
}

/** @returns what is wrong with the query, in place of the selection */
function readSelection(query: URLSearchParams): PurgeSelection | string {
  const known = MEMBERS.join(", ");
  for (const name of query.keys()) {
    if (!MEMBERS.some((member) => member === name)) return `"${name}" is not known; answers are purged by ${known}.`;
    if (query.getAll(name).length > 1) return `"${name}" is given twice.`;
    if (query.get(name) === "") return `"${name}" is empty.`;
  }
  const selection = Object.fromEntries(query.entries());
  return Object.keys(selection).length > 0 ? selection : `Say what to purge: give at least one of ${known}.`;
}
