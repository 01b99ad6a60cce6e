/** A whole response that is not an answer. */
export interface UpstreamRefusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** DeepSeek's error envelope; type and code follow what was seen on the wire, inconsistencies included. */
export function errorResponse(
  status: number,
  message: string,
  type = "invalid_request_error",
  code = "invalid_request_error",
): UpstreamRefusal {
  return {
    status,
    contentType: "application/json",
    body: JSON.stringify({ error: { message, type, param: null, code } }),
  };
}

const BUSY_MESSAGE =
  "Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.";

/** The queue is full, or the service sheds load. */
export const busy = (): UpstreamRefusal =>
  errorResponse(503, BUSY_MESSAGE, "service_unavailable_error", "service_unavailable_error");

/** Something broke inside the provider. */
export const internalError = (): UpstreamRefusal =>
  errorResponse(500, "Internal Server Error", "internal_server_error", "internal_server_error");

/** More calls at a time than the account's balance allows. */
export const tooManyAtOnce = (current: number, limit: number): UpstreamRefusal =>
  errorResponse(
    429,
    `Too many requests. Your current concurrency is ${current}, which exceeds your concurrency limit of ${limit} based on your remaining balance. Please send fewer requests at a time or top up your account.`,
    "rate_limit_error",
  );

/** The account is empty. */
export const insufficientBalance = (): UpstreamRefusal => errorResponse(402, "Insufficient Balance", "unknown_error");

/** A request that carries no key gets 31 bytes of plain text instead of the envelope. */
export const missingKey = (): UpstreamRefusal => ({
  status: 401,
  contentType: "text/plain; charset=utf-8",
  body: "Authentication Fails (governor)",
});

/** A key that is not known. Only its last four characters are repeated. */
export const wrongKey = (key: string, requestId: string): UpstreamRefusal =>
  errorResponse(
    401,
    `Authentication Fails, Your api key: ****${key.slice(-4)} is invalid (request_id: ${requestId})`,
    "authentication_error",
  );

/** Prompt and answer do not fit into the model. */
export const contextTooLong = (limit: number, prompt: number, completion: number): UpstreamRefusal =>
  errorResponse(
    400,
    `This model's maximum context length is ${limit} tokens. However, you requested ${prompt + completion} tokens (${prompt} in the messages, ${completion} in the completion). Please reduce the length of the messages or completion.`,
  );

/** A body that parses as JSON but not as a request; the wording is that of Rust's serde. */
export const cannotDeserialize = (detail: string, line: number, column: number): UpstreamRefusal =>
  errorResponse(
    422,
    `Failed to deserialize the JSON body into the target type: ${detail} at line ${line} column ${column}`,
  );

/** The model does not exist, or is retired. */
export const noSuchModel = (): UpstreamRefusal => errorResponse(400, "Model Not Exist");

/** What an edge in front of the provider shows when nothing answers behind it. */
export const htmlPage = (status: number): UpstreamRefusal => ({
  status,
  contentType: "text/html",
  body: `<html>\r\n<head><title>${status === 200 ? "Please wait" : `${status} Bad Gateway`}</title></head>\r\n<body>\r\n<center><h1>${status === 200 ? "服务器繁忙，请稍后再试" : `${status} Bad Gateway`}</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n`,
});
