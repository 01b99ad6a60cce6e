import type { ErrorDescription } from "./error-body.ts";
import { saysBusy, saysContextTooLong } from "./phrases.ts";

/** Error types and what they mean as a status (DeepSeek's error table; OpenAI's and vLLM's names). */
const STATUS_BY_TYPE: Readonly<Record<string, number>> = {
  authentication_error: 401,
  badrequesterror: 400,
  insufficient_quota: 429,
  internal_error: 500,
  internal_server_error: 500,
  invalid_request_error: 400,
  not_found_error: 404,
  notfounderror: 404,
  overloaded_error: 529,
  permission_error: 403,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  server_error: 500,
  service_unavailable_error: 503,
  toomanyrequests: 429,
};

/**
 * The status that an error would have had, had it not come inside a 200: a numeric `code` (OpenRouter, vLLM), then the
 * type, then "[503]" in the message (opencode), then its words.
 */
export function statusOfStreamError(error: ErrorDescription): number {
  const code = /^[45]\d\d$/.test(error.code) ? Number(error.code) : undefined;
  if (code !== undefined) return code;
  const type = error.type.toLowerCase();
  const byType = Object.hasOwn(STATUS_BY_TYPE, type) ? STATUS_BY_TYPE[type] : undefined;
  if (byType !== undefined) return byType;
  const bracketed = /\[([45]\d\d)\]/.exec(error.message)?.[1];
  if (bracketed !== undefined) return Number(bracketed);
  if (saysContextTooLong(error.message)) return 400;
  return saysBusy(error.message) ? 503 : 500;
}
