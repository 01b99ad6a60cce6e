const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** What ends a body of chunks (RFC 9112, section 7.1), without trailers. */
export const LAST_CHUNK = "0\r\n\r\n";

/**
 * Chunks of up to so many bytes become texts. Node encodes a text of this length on its stack and hands it to the
 * operating system from there, so that nothing has to be allocated outside the JavaScript heap, where what is dead waits
 * for the collector of the old generation. 16 KiB less what stands around a chunk.
 */
const MOST_TEXT_BYTES = 16 * 1_024 - 16;

/**
 * Bytes as one chunk of a chunked body, in one piece, so that they leave in one write: as a text to be written as
 * Latin-1, byte for byte, or as bytes. Not for empty bytes.
 */
export function framed(bytes: Uint8Array): string | Buffer {
  const size = `${bytes.byteLength.toString(16)}\r\n`;
  if (bytes.byteLength <= MOST_TEXT_BYTES) return `${size}${latin1(bytes)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + bytes.byteLength + 2);
  chunk.write(size, "latin1");
  chunk.set(bytes, size.length);
  chunk[chunk.length - 2] = CARRIAGE_RETURN;
  chunk[chunk.length - 1] = LINE_FEED;
  return chunk;
}

/** Bytes as the text of as many characters that is written as those bytes. */
export function latin1(bytes: Uint8Array): string {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString("latin1");
}
