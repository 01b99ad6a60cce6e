import { type CallerError, callerError } from "./errors.ts";
import { bytesOf, type HttpRequest } from "./http.ts";
import { quoted } from "./parse-headers.ts";

/** A key that callers may use. */
export interface CallerKey {
  /** For logs and metrics. */
  readonly name: string;
  /** The key itself, or `sha256:` and the hex digest of it. */
  readonly key: string;
  /** Whose key it is; answers never cross tenants. */
  readonly tenant: string;
  /** The most urgent priority that the key may ask for, 0 to 7. Default {@link DEFAULT_MAX_PRIORITY}. */
  readonly maxPriority?: number | undefined;
}

/** Who calls. */
interface Caller {
  readonly tenant: string;
  readonly maxPriority: number;
  /** Name of the key; absent for the anonymous caller. */
  readonly keyName?: string | undefined;
  /** The caller's own key for the provider, where such keys are passed through. */
  readonly providerKey?: string | undefined;
}

/** SHA-256 of the bytes as lower-case hex. */
export type Sha256 = (bytes: Uint8Array) => string;

/** Says who sends a request, or why it is refused. */
export type Authenticator = (request: HttpRequest) => Caller | CallerError;

/** Semantics, "Callers": a key's bound when it names none. */
export const DEFAULT_MAX_PRIORITY = 2;

/** Tenant of everyone when there are no keys. */
export const ANONYMOUS_TENANT = "anonymous";

/** No key in use anywhere is near this long; a longer one is not worth hashing (UTF-16 code units). */
const MOST_KEY_LENGTH = 4_096;

interface KnownKey {
  readonly caller: Caller;
  /** What the presented key must be turned into to be compared: its digest where there is a hash, else its text. */
  readonly proof: string;
}

/**
 * Makes the check of callers' keys.
 * @throws TypeError for a key that is empty or malformed, or that is hashed where no hash function is given.
 */
export function authenticateByKey(keys: readonly CallerKey[], sha256?: Sha256): Authenticator {
  const known = keys.map((key) => knownKey(key, sha256));
  return (request) => {
    const presented = presentedKey(request);
    if (presented === undefined) return unauthorized();
    const proof = sha256 === undefined ? presented : sha256(bytesOf(presented));
    let found: Caller | undefined;
    // Every key is compared, found or not, so that the time taken says nothing about which one it was.
    for (const candidate of known) if (equalInConstantTime(candidate.proof, proof)) found = candidate.caller;
    return found ?? unauthorized();
  };
}

/**
 * Makes the callers of a front without keys: all of them anonymous, or each the tenant of the provider key it brings.
 * @throws TypeError when keys are to be passed through and no hash function is given to tell tenants apart.
 */
export function authenticateAnonymous(passthroughKeys: boolean, sha256?: Sha256): Authenticator {
  const anonymous: Caller = { tenant: ANONYMOUS_TENANT, maxPriority: DEFAULT_MAX_PRIORITY };
  if (!passthroughKeys) return () => anonymous;
  if (sha256 === undefined) throw new TypeError("passthroughKeys needs a hash function to tell tenants apart.");
  return (request) => {
    const providerKey = presentedKey(request);
    if (providerKey === undefined) return anonymous;
    return { ...anonymous, tenant: `key-${sha256(bytesOf(providerKey)).slice(0, 32)}`, providerKey };
  };
}

function knownKey({ name, key, tenant, maxPriority = DEFAULT_MAX_PRIORITY }: CallerKey, sha256?: Sha256): KnownKey {
  if (key.trim() === "") throw new TypeError(`The key "${name}" is empty.`);
  if (!Number.isInteger(maxPriority) || maxPriority < 0 || maxPriority > 7) {
    throw new TypeError(`The key "${name}" has maxPriority ${maxPriority}; it must be a whole number from 0 to 7.`);
  }
  const caller: Caller = { tenant, maxPriority, keyName: name };
  if (!key.startsWith("sha256:")) return { caller, proof: sha256 === undefined ? key : sha256(bytesOf(key)) };
  if (sha256 === undefined) throw new TypeError(`The key "${name}" is hashed, but no hash function is given.`);
  const digest = key.slice("sha256:".length).toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw new TypeError(`The key "${name}" begins with sha256: but is not followed by 64 hexadecimal digits.`);
  }
  return { caller, proof: digest };
}

/** The key of `Authorization: Bearer`, else of `x-api-key`, as OpenAI's and Anthropic's clients send it. */
function presentedKey(request: HttpRequest): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.header("authorization") ?? "")?.[1];
  const key = bearer ?? request.header("x-api-key")?.trim();
  return key === undefined || key === "" || key.length > MOST_KEY_LENGTH ? undefined : key;
}

/** Compares without an early exit; only the lengths show in the time taken. */
export function equalInConstantTime(a: string, b: string): boolean {
  const length = Math.max(a.length, b.length);
  let difference = a.length ^ b.length;
  for (let index = 0; index < length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}

/** One text for a missing and for a wrong key: neither says what a right one looks like. */
function unauthorized(): CallerError {
  return callerError(
    "unauthorized",
    "The API key is missing or not known here. Send a key of this gateway as `Authorization: Bearer <key>` or `x-api-key: <key>`.",
    { headers: { "www-authenticate": "Bearer" } },
  );
}

/**
 * What a front without keys refuses, because a web page that the user happens to visit could have sent it: a foreign
 * `Host` (DNS rebinding), a foreign `Origin`, and a body that a page may post without a preflight (CSRF).
 *
 * A request without `Host` is accepted: browsers always send it, and whoever can leave it out can also forge it.
 */
export function refuseForeign(
  request: HttpRequest,
  allowedHosts: readonly string[],
  { anyContentType = false }: { readonly anyContentType?: boolean } = {},
): CallerError | undefined {
  const host = request.header("host");
  if (host !== undefined && !isTrusted(hostNameOf(host), allowedHosts)) return foreign("Host", host);
  const origin = request.header("origin");
  if (origin !== undefined && !isTrusted(originHostOf(origin), allowedHosts)) return foreign("Origin", origin);
  if (anyContentType) return undefined;
  const contentType = request.header("content-type");
  if (request.method === "POST" && !/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? "")) {
    const said = contentType === undefined ? "missing" : quoted(contentType);
    return callerError("invalid_request", `The content type is ${said}; send the body as application/json.`, {
      param: "Content-Type",
    });
  }
  return undefined;
}

function foreign(header: string, value: string): CallerError {
  return callerError(
    "unauthorized",
    `The ${header} ${quoted(value)} is not trusted. Without keys only loopback names are: set server.keys, or allow the host.`,
    { param: header },
  );
}

function isTrusted(host: string | undefined, allowedHosts: readonly string[]): boolean {
  if (allowedHosts.includes("*")) return true;
  if (host === undefined) return false;
  return isLoopbackName(host) || allowedHosts.some((allowed) => allowed.toLowerCase() === host);
}

function isLoopbackName(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** The name in a `Host` header, without port and final dot, in lower case; undefined when it is malformed. */
function hostNameOf(host: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[^\s:/@[\]?#]+?)\.?(?::\d{1,5})?$/i.exec(host.trim())?.[1]?.toLowerCase();
}

function originHostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? hostNameOf(new URL(origin).host) : undefined;
}
