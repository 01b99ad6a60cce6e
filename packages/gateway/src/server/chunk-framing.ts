const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** What ends a body of chunks (RFC 9112, section 7.1), without trailers. */
export const LAST_CHUNK = "0\r\n\r\n";

/** Bytes as one chunk of a chunked body, in one piece, so that they leave in one write. Not for empty bytes. */
export function framed(bytes: Uint8Array): Buffer {
  const size = `${bytes.byteLength.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + bytes.byteLength + 2);
  chunk.write(size, "latin1");
  chunk.set(bytes, size.length);
  chunk[chunk.length - 2] = CARRIAGE_RETURN;
  chunk[chunk.length - 1] = LINE_FEED;
  return chunk;
}
