import type { Job } from "../engine/index.ts";
import { equalInConstantTime } from "./authenticate.ts";

/** Makes a digest that only who has the secret can make, as URL-safe text (HMAC-SHA-256). Synchronous. */
export type Sign = (text: string) => string;

/** How long after a job's own time its link still works, in ms: a day, so that a page left open overnight sees the end. */
const LINK_AFTER_MS = 24 * 3_600_000;

/** Where a page that holds no key may read a job, and nothing else, for a bounded time. The same for each asking. */
export function ticketUrl(job: Pick<Job, "id" | "expiresAt">, sign: Sign): string {
  const expires = Math.ceil((job.expiresAt + LINK_AFTER_MS) / 1_000);
  return `/v1/jobs/${encodeURIComponent(job.id)}?expires=${expires}&signature=${sign(signedText(job.id, expires))}`;
}

/**
 * Whether a request's query lets its bearer read a job.
 * @returns undefined when the query carries no signature
 */
export function signatureState(
  id: string,
  query: URLSearchParams,
  sign: Sign,
  wallTimeMs: number,
): "valid" | "wrong" | "expired" | undefined {
  const signature = query.get("signature");
  if (signature === null) return undefined;
  const expires = Number(query.get("expires"));
  if (!Number.isSafeInteger(expires) || !equalInConstantTime(signature, sign(signedText(id, expires)))) return "wrong";
  return expires * 1_000 <= wallTimeMs ? "expired" : "valid";
}

function signedText(id: string, expires: number): string {
  return `read-job\n${id}\n${expires}`;
}
