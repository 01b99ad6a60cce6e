import type { IdSource } from "tideover/engine";
import { callerError, type Handler, type HttpRequest, isCallerError, refusalResponse } from "tideover/front";
import type { Log } from "../logging/index.ts";
import { type AdminAccess, accessOf } from "./admin-access.ts";
import { type AdminReply, jsonReply, notFound } from "./admin-reply.ts";

/** A request to the admin API whose sender may ask. */
export interface AdminRequest {
  readonly method: string;
  /** What follows the room's own path, decoded: `["job-1", "redrive"]`. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
  readonly request: HttpRequest;
  /** How whoever asks was let in. */
  readonly access: AdminAccess;
}

/** One part of the admin API: all paths that begin with its own. */
export interface AdminRoom {
  /** The part of the path after `/admin/api/`: `jobs`. */
  readonly path: string;
  serve(request: AdminRequest): Promise<AdminReply> | AdminReply;
}

/** What the admin API is made from. */
export interface AdminParts {
  /** The key now in force. */
  adminKey(): string | undefined;
  readonly ids: IdSource;
  readonly log: Pick<Log, "error">;
  /** All parts; asked for with each request. */
  rooms(): readonly AdminRoom[];
}

const BASE = "/admin/api/";

/** Whether a request is for the admin API. */
export function isAdminPath(path: string): boolean {
  return path.startsWith(BASE);
}

/** The admin API: finds the room of a path, once it is sure that whoever asks may. */
export function createAdminHandler(parts: AdminParts): Handler {
  return async (request) => {
    const id = parts.ids.next();
    const access = accessOf(request, parts.adminKey());
    const reply = typeof access === "string" ? await served(request, access, parts) : access;
    if (isCallerError(reply)) return refusalResponse(reply, id);
    if ("response" in reply) {
      const { response } = reply;
      return { ...response, headers: { ...response.headers, "tideover-request-id": id } };
    }
    return jsonReply(reply.json, id);
  };
}

async function served(request: HttpRequest, access: AdminAccess, parts: AdminParts): Promise<AdminReply> {
  const { pathname, searchParams } = new URL(request.path, "http://localhost");
  const segments = decoded(pathname.slice(BASE.length));
  const [name = "", ...rest] = segments ?? [];
  const rooms = parts.rooms();
  const room = rooms.find(({ path }) => path === name);
  if (room === undefined) {
    const paths = rooms.map(({ path }) => `${BASE}${path}`).join(", ");
    return notFound(`There is no such path here. There is ${paths}.`);
  }
  // A HEAD is a GET without its body, which the server leaves out.
  const method = request.method === "HEAD" ? "GET" : request.method;
  try {
    return await room.serve({ method, rest, query: searchParams, request, access });
  } catch (error) {
    parts.log.error({ event: "admin-failed", path: pathname, error }, "A request to the admin API failed.");
    return callerError("load_shed", "That could not be answered now; the gateway's log says why.", {
      retryAfterMs: 1_000,
    });
  }
}

/** The segments of a path; undefined for a malformed escape. */
function decoded(path: string): string[] | undefined {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** The error for a method that a path does not take. */
export function wrongMethod(path: string, ...allowed: readonly string[]): AdminReply {
  return callerError("invalid_request", `${BASE}${path} takes ${allowed.join(" or ")}.`, {
    status: 405,
    headers: { allow: allowed.join(", ") },
  });
}
