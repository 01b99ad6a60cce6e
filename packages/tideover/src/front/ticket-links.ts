import type { Job } from "../engine/index.ts";
import { equalInConstantTime } from "./authenticate.ts";

/** Makes a digest that only who has the secret can make, as URL-safe text (HMAC-SHA-256). Synchronous. */
export type Sign = (text: string) => string;

/** How long after a job's own time its link still works, in ms: a day, so that a page left open overnight sees the end. */
const LINK_AFTER_MS = 24 * 3_600_000;

/** How long the link of a stream works, in ms: longer than any stream lives. */
const STREAM_LINK_MS = 24 * 3_600_000;

/** What a link is for: the signature of one is none of another. */
type Linked = "job" | "stream";

/** Where a page that holds no key may read a job, and nothing else, for a bounded time. The same for each asking. */
export function ticketUrl(job: Pick<Job, "id" | "expiresAt">, sign: Sign): string {
  const expires = Math.ceil((job.expiresAt + LINK_AFTER_MS) / 1_000);
  return `/v1/jobs/${encodeURIComponent(job.id)}?expires=${expires}&signature=${sign(signedText(job.id, expires))}`;
}

/** Where a stream is resumed; with a signature, where whoever holds the link may do so, and nothing else. */
export function streamUrl(id: string, sign: Sign | undefined, wallTimeMs: number): string {
  const path = `/v1/streams/${encodeURIComponent(id)}`;
  if (sign === undefined) return path;
  const expires = Math.ceil((wallTimeMs + STREAM_LINK_MS) / 1_000);
  return `${path}?expires=${expires}&signature=${sign(signedText(id, expires, "stream"))}`;
}

/**
 * Whether a request's query lets its bearer read a job, or a stream.
 * @returns undefined when the query carries no signature
 */
export function signatureState(
  id: string,
  query: URLSearchParams,
  sign: Sign,
  wallTimeMs: number,
  kind: Linked = "job",
): "valid" | "wrong" | "expired" | undefined {
  const signature = query.get("signature");
  if (signature === null) return undefined;
  const expires = Number(query.get("expires"));
  if (!Number.isSafeInteger(expires) || !equalInConstantTime(signature, sign(signedText(id, expires, kind))))
    return "wrong";
  return expires * 1_000 <= wallTimeMs ? "expired" : "valid";
}

function signedText(id: string, expires: number, kind: Linked = "job"): string {
  return `read-${kind}\n${id}\n${expires}`;
}
