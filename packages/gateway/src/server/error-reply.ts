import { nodeHttp } from "../node-http.ts";

/** An answer of the server itself, in OpenAI's error envelope. */
export interface ErrorReply {
  readonly status: number;
  readonly code: "invalid_request" | "payload_too_large" | "internal_error";
  readonly message: string;
}

/** The answer's JSON body. */
export function errorBody(reply: ErrorReply): Buffer {
  const type = reply.status >= 500 ? "server_error" : "invalid_request_error";
  return Buffer.from(JSON.stringify({ error: { message: reply.message, type, param: null, code: reply.code } }));
}

/** The whole answer as bytes, for a connection whose request could not be read as HTTP; it ends the connection. */
export function rawReply(reply: ErrorReply): Buffer {
  const body = errorBody(reply);
  const head = [
    `HTTP/1.1 ${reply.status} ${nodeHttp.STATUS_CODES[reply.status] ?? "Error"}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    "connection: close",
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

/** What to answer when Node could not read a request, by its error code; undefined when nobody is there to read it. */
export function replyToClientError(code: string | undefined): ErrorReply | undefined {
  switch (code) {
    case "ECONNRESET":
    case "EPIPE":
    case "HPE_INVALID_EOF_STATE":
      return undefined;
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, code: "invalid_request", message: "The request's headers are larger than accepted here." };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { status: 413, code: "payload_too_large", message: "The request's chunk extensions are too large." };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, code: "invalid_request", message: "The request did not arrive whole within the time set." };
    default:
      return {
        status: 400,
        code: "invalid_request",
        message: `The request is not valid HTTP/1.1${code === undefined ? "" : ` (${code})`}.`,
      };
  }
}
