import type { Json, JsonObject } from "../../engine/json.ts";

/** Anthropic's class of error for each status; its clients choose by it whether to ask again. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
]);

/**
 * An error in Anthropic's envelope. Beside its own members it keeps ours: the stable `code`, the `param`, the reasons
 * of the rungs.
 * @param error the error object of the OpenAI envelope.
 * @param provenance the account of the failed call, where it is told.
 */
export function messagesError(
  status: number,
  error: JsonObject,
  requestId: string,
  provenance?: Json | undefined,
): JsonObject {
  const { message, type: _, request_id: __, param, ...others } = error;
  const type = TYPES.get(status) ?? (status >= 400 && status < 500 ? "invalid_request_error" : "api_error");
  return {
    type: "error",
    error: {
      type,
      message: typeof message === "string" ? message : "The provider gave no reason.",
      ...others,
      ...(param === undefined || param === null ? {} : { param }),
    },
    request_id: requestId,
    ...(provenance === undefined ? {} : { tideover: provenance }),
  };
}
