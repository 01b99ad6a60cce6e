import { nodeHttp } from "../node-http.ts";

/** An answer of the server itself, in OpenAI's error envelope. */
export interface ErrorReply {
  readonly status: number;
  readonly code: "invalid_request" | "payload_too_large" | "internal_error";
  readonly message: string;
}

/** An answer of the server itself as it goes out. */
export interface WrittenReply {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The answer's headers and its JSON body, with the identity that every response carries. */
export function written({ status, code, message }: ErrorReply, requestId: string): WrittenReply {
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  const error = { message, type, param: null, code, request_id: requestId };
  const body = Buffer.from(JSON.stringify({ error }));
  const headers = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "content-length": String(body.length),
    "tideover-request-id": requestId,
    "x-request-id": requestId,
  };
  return { headers, body };
}

/** The whole answer as bytes, for a connection whose request could not be read as HTTP; it ends the connection. */
export function rawReply(reply: ErrorReply, requestId: string): Buffer {
  const { headers, body } = written(reply, requestId);
  const head = [
    `HTTP/1.1 ${reply.status} ${nodeHttp.STATUS_CODES[reply.status] ?? "Error"}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
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
