import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import { readStoredAnswer, type StoredAnswer } from "tideover/engine";
import { COMPRESS_ABOVE_BYTES, COMPRESSED_PIECE_BYTES, COMPRESSION_LEVEL, MAX_UNFOLDED_BYTES } from "./defaults.ts";

/** The first byte of a kept answer: what follows is JSON in UTF-8, as it is or compressed with zstd. */
const PLAIN = 0;
const ZSTD = 1;

/** An answer as the bytes that a store keeps; a long one is compressed, off the event loop. */
export async function encodeAnswer(answer: StoredAnswer): Promise<Uint8Array> {
  const text = Buffer.from(JSON.stringify(answer));
  if (text.byteLength <= COMPRESS_ABOVE_BYTES) return Buffer.concat([Buffer.of(PLAIN), text]);
  return Buffer.concat([Buffer.of(ZSTD), await compress(text)]);
}

/**
 * The answer that bytes hold.
 * @returns undefined for bytes that this version cannot read: damaged, too large, of another form. Never rejects.
 */
export async function decodeAnswer(bytes: Uint8Array): Promise<StoredAnswer | undefined> {
  try {
    const rest = bytes.subarray(1);
    const text = bytes[0] === PLAIN ? Buffer.from(rest) : bytes[0] === ZSTD ? await decompress(rest) : undefined;
    return text === undefined ? undefined : readStoredAnswer(JSON.parse(text.toString("utf8")));
  } catch {
    // Damaged, or written by a version that does it otherwise: the port wants it to be as if it were not there.
    return undefined;
  }
}

function compress(text: Uint8Array): Promise<Buffer> {
  const params = { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL };
  // Told the size, zstd takes what memory that needs instead of what the longest text would: a third less CPU time.
  const options = { params, pledgedSrcSize: text.byteLength, chunkSize: COMPRESSED_PIECE_BYTES };
  return new Promise((resolve, reject) => {
    zstdCompress(text, options, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

function decompress(bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zstdDecompress(bytes, { maxOutputLength: MAX_UNFOLDED_BYTES }, (error, result) =>
      error === null ? resolve(result) : reject(error),
    );
  });
}
