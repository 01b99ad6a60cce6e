/**
 * What went wrong within HTTP itself:
 * - `HTTP_INVALID`: the server's bytes are no valid response.
 * - `HTTP_HEADERS_OVERFLOW`: its head is longer than accepted.
 * - `HTTP_CLOSED`: the connection ended before the response was whole.
 * - `HTTP_REQUEST_INVALID`: the request holds what HTTP does not allow.
 * - `HTTP_DESTROYED`: the client was closed.
 * - `HTTP_MANY_ORIGINS`: connections to too many origins are open.
 */
export type HttpErrorCode =
  | "HTTP_INVALID"
  | "HTTP_HEADERS_OVERFLOW"
  | "HTTP_CLOSED"
  | "HTTP_REQUEST_INVALID"
  | "HTTP_DESTROYED"
  | "HTTP_MANY_ORIGINS";

/** An error of the HTTP/1.1 client, told by its code. Its message never holds what was sent or received. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
