import { MOST_RETRY_AFTER_MS } from "./defaults.ts";

/** How one attempt ended. */
export type PostResult =
  | { readonly type: "delivered" }
  /** 410: the receiver wants no more, ever. */
  | { readonly type: "gone" }
  | { readonly type: "failed"; readonly why: string; readonly retryAfterMs?: number | undefined };

/** What a receiver's answer means. */
export function resultOf(status: number, retryAfter: string | undefined): PostResult {
  if (status >= 200 && status < 300) return { type: "delivered" };
  if (status === 410) return { type: "gone" };
  const seconds = /^\d{1,9}$/.test(retryAfter ?? "") ? Number(retryAfter) : undefined;
  const retryAfterMs = seconds === undefined ? undefined : Math.min(MOST_RETRY_AFTER_MS, seconds * 1_000);
  return { type: "failed", why: `it answered ${status}`, retryAfterMs };
}
