import { createHash, timingSafeEqual } from "node:crypto";
import { type CallerError, callerError, type HttpRequest } from "tideover/front";

/** Headers by which a proxy says that somebody else asks: with one of them a loopback peer is not the one who asks. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/** How somebody was let in; what an audit trail says of them. */
export type AdminAccess = "admin key" | "this machine";

/**
 * Who may use the admin API: whoever has the admin key, and whoever asks from this machine itself, by a loopback name
 * and from no foreign page (DNS rebinding, CSRF).
 * @returns how they are let in, or the refusal
 */
export function accessOf(request: HttpRequest, adminKey: string | undefined): AdminAccess | CallerError {
  if (adminKey !== undefined && isSame(bearerOf(request), adminKey)) return "admin key";
  if (isLocal(request)) return "this machine";
  return callerError(
    "unauthorized",
    adminKey === undefined
      ? "The admin API answers on this machine only; set server.adminKey to use it from others."
      : "The admin API needs server.adminKey: send it as `Authorization: Bearer <key>`.",
    { headers: { "www-authenticate": "Bearer" } },
  );
}

/** The refusal of {@link accessOf}; undefined when the request may pass. */
export function refuseStranger(request: HttpRequest, adminKey: string | undefined): CallerError | undefined {
  const access = accessOf(request, adminKey);
  return typeof access === "string" ? undefined : access;
}

function isLocal(request: HttpRequest): boolean {
  const { remoteAddress } = request;
  if (remoteAddress === undefined || !/^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(remoteAddress)) return false;
  if (FORWARDED.some((name) => request.header(name) !== undefined)) return false;
  // What browsers say of themselves; they send no Origin with a foreign page's picture or link.
  if (request.header("sec-fetch-site") === "cross-site") return false;
  const host = request.header("host");
  if (host !== undefined && !isLoopbackName(host.replace(/:\d+$/, ""))) return false;
  const origin = request.header("origin");
  return origin === undefined || (URL.canParse(origin) && isLoopbackName(new URL(origin).hostname));
}

function isLoopbackName(name: string): boolean {
  return name.toLowerCase() === "localhost" || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}

function bearerOf(request: HttpRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.header("authorization") ?? "")?.[1];
}

/** Compares digests, so that neither the time taken nor a length says anything of the key. */
function isSame(presented: string | undefined, key: string): boolean {
  if (presented === undefined) return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(presented), digest(key));
}
