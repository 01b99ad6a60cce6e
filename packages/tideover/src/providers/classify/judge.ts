import type { FailureKind } from "../../engine/index.ts";
import type { ErrorRule } from "../catalogue/preset.ts";
import type { ErrorDescription } from "./error-body.ts";
import {
  saysBusy,
  saysContextTooLong,
  saysLoading,
  saysModelNotFound,
  saysModeration,
  saysOutOfMoney,
} from "./phrases.ts";

/** What an error means, before it is told whose request it was. */
export interface Judgement {
  readonly kind: FailureKind;
  readonly reason: string;
}

/** Statuses by which a provider says that the request itself is wrong. */
const REQUEST_STATUSES = new Set([400, 404, 413, 422]);

/**
 * Judges an error by the host's own rules, then by status, then type, then message. Never by `code` alone: DeepSeek
 * says `invalid_request_error` there for a bad key, an empty account and an overload alike.
 */
export function judge(status: number, error: ErrorDescription, rules: readonly ErrorRule[]): Judgement {
  const rule = rules.find((entry) => matches(entry, status, error));
  if (rule !== undefined) return { kind: rule.kind, reason: rule.reason };
  const words = `${error.type} ${error.message}`;
  const httpReason = `http-${status}`;

  if (status >= 300 && status < 400) return { kind: "fault", reason: "unexpected-redirect" };
  if (status === 429) {
    return saysOutOfMoney(words)
      ? { kind: "credential", reason: "quota-exhausted" }
      : { kind: "overloaded", reason: httpReason };
  }
  if (status === 503 || status === 529) {
    return { kind: "overloaded", reason: saysLoading(words) ? "model-loading" : httpReason };
  }
  if (status >= 500 || status === 408) {
    return { kind: saysBusy(words) ? "overloaded" : "fault", reason: httpReason };
  }
  return judgeRefusal(status, error, words);
}

/** A 4xx other than 408 and 429. */
function judgeRefusal(status: number, error: ErrorDescription, words: string): Judgement {
  const httpReason = `http-${status}`;
  if (status === 401 || status === 402) return { kind: "credential", reason: httpReason };
  // Whoever made an HTML page is not the API: a proxy in between, or a base URL that leads elsewhere.
  if (error.html || (status === 404 && !error.json)) return { kind: "fault", reason: "not-the-api" };
  if (status === 403) return { kind: "credential", reason: saysModeration(words) ? "moderation" : httpReason };
  if (!REQUEST_STATUSES.has(status)) return { kind: "incompatible", reason: httpReason };
  if (saysContextTooLong(`${words} ${error.code}`)) return { kind: "caller", reason: "context-too-long" };
  // Type and code only: a message may quote the request, and no caller may get a key isolated by what it writes.
  if (saysOutOfMoney(`${error.type} ${error.code}`)) return { kind: "credential", reason: "quota-exhausted" };
  if (status !== 413 && saysModelNotFound(error.message)) return { kind: "caller", reason: "model-not-found" };
  return { kind: "caller", reason: httpReason };
}

function matches(rule: ErrorRule, status: number, error: ErrorDescription): boolean {
  return (
    (rule.status === undefined || rule.status.includes(status)) &&
    (rule.type === undefined || rule.type.test(error.type)) &&
    (rule.code === undefined || rule.code.test(error.code)) &&
    (rule.message === undefined || rule.message.test(error.message))
  );
}
