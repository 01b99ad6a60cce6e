import type { JsonObject } from "tideover/engine";
import { type CallerError, callerError, type WholeResponse } from "tideover/front";

/** A JSON answer that nobody may store. */
export function jsonAnswer(document: JsonObject): WholeResponse {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return { status: 200, headers, body: new TextEncoder().encode(JSON.stringify(document)) };
}

/** Which page of a list is wanted. */
export interface PageQuery {
  readonly limit: number;
  readonly after: string | undefined;
  readonly params: URLSearchParams;
}

/** Reads `limit` and `after` of a list's path. */
export function pageQuery(
  path: string,
  { usual, most }: { readonly usual: number; readonly most: number },
): PageQuery | CallerError {
  const at = path.indexOf("?");
  const params = new URLSearchParams(at < 0 ? "" : path.slice(at + 1));
  const text = params.get("limit") ?? String(usual);
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > most) {
    const message = `\`limit\` is ${JSON.stringify(text.slice(0, 32))}; it must be a whole number from 1 to ${most}.`;
    return callerError("invalid_request", message, { param: "limit" });
  }
  return { limit, after: params.get("after") ?? undefined, params };
}
