import { type CallRequest, type Operation, S3Fifo } from "../engine/index.ts";
import type { Sha256 } from "./authenticate.ts";
import { type CallerError, isCallerError } from "./errors.ts";
import { type ParseOptions, parseRequest } from "./parse-request.ts";

/** The longest body that is remembered, in bytes: longer ones are conversations, and those do not repeat. */
const MOST_REMEMBERED_BODY = 64 * 1_024;
/** The most that remembered requests take, in bytes. */
const MOST_BYTES = 16 * 1_024 * 1_024;
/** What a parsed body takes beside its bytes, for each of them. */
const PARSED_BYTES_PER_BYTE = 6;
/** What an entry takes beside that, in bytes; one of a body seen once takes no more. */
const OVERHEAD_BYTES = 512;

/** Reads request bodies. */
export type ReadRequest = (bytes: Uint8Array, options: ParseOptions) => CallRequest | CallerError;

/**
 * Reads bodies, and remembers those that come again by a hash of their bytes: from the second time on a request is the
 * same object, so that neither its parsing nor what a cache worked out of it is done again. Of a body that comes once,
 * as most do, only the hash is kept.
 */
export function rememberingRequests(hash: Sha256): ReadRequest {
  const remembered = new S3Fifo<CallRequest | "seen">(MOST_BYTES);
  return (bytes, options) => {
    if (bytes.length > MOST_REMEMBERED_BODY) return parseRequest(bytes, options);
    const key = `${hash(bytes)} ${nameOf(options)}`;
    const known = remembered.get(key);
    if (known !== undefined && known !== "seen") return known;
    const request = parseRequest(bytes, options);
    if (isCallerError(request)) return request;
    if (known === undefined) remembered.set(key, "seen", OVERHEAD_BYTES);
    else remembered.set(key, request, bytes.length * (1 + PARSED_BYTES_PER_BYTE) + OVERHEAD_BYTES);
    return request;
  };
}

function nameOf({ operation, beta, maxDepth }: ParseOptions): `${Operation} ${boolean} ${number}` {
  return `${operation} ${beta} ${maxDepth}`;
}
