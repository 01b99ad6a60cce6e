import type { TransportRequest } from "tideover/engine";
import { HttpError } from "./http-error.ts";

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Printable Latin-1, space and tab (RFC 9110, section 5.5): nothing that could end the line.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A body up to so many bytes is copied behind its head, which is cheaper than a second write. */
const COPIED_BODY_BYTES = 16 * 1024;

const encoder = new TextEncoder();

/**
 * A request as the bytes that go out: one piece, or two where the body is long.
 * @param host the `Host` header.
 * @param path path and query, as a URL writes them.
 * @throws HttpError `HTTP_REQUEST_INVALID` when a header holds what HTTP does not allow; its value is not told.
 */
export function requestBytes(request: TransportRequest, host: string, path: string): readonly Uint8Array[] {
  const { method, body } = request;
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (const name in request.headers) {
    const value = request.headers[name] ?? "";
    if (!NAME.test(name) || !VALUE.test(value)) {
      throw new HttpError("HTTP_REQUEST_INVALID", `The header ${JSON.stringify(name)} cannot be sent.`);
    }
    head += `${name}: ${value}\r\n`;
  }
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  if (bytes === undefined)
    return [Buffer.from(`${head}${method === "GET" ? "" : "content-length: 0\r\n"}\r\n`, "latin1")];
  head += `content-length: ${bytes.byteLength}\r\n\r\n`;
  if (bytes.byteLength > COPIED_BODY_BYTES) return [Buffer.from(head, "latin1"), bytes];
  const whole = Buffer.allocUnsafe(head.length + bytes.byteLength);
  whole.write(head, "latin1");
  whole.set(bytes, head.length);
  return [whole];
}
