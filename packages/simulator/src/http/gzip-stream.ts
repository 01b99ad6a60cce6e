import { constants, crc32, deflateRawSync } from "node:zlib";

/** A gzip stream whose every piece can be decoded as soon as it arrives, as servers compress event streams. */
export class GzipStream {
  #checksum = 0;
  #length = 0;
  #begun = false;

  /** Compresses the next bytes. Each piece ends at a byte boundary (a sync flush) and refers to none before it. */
  write(bytes: Uint8Array): Uint8Array {
    this.#checksum = crc32(bytes, this.#checksum);
    this.#length = (this.#length + bytes.length) >>> 0;
    const piece = deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    if (this.#begun) return piece;
    this.#begun = true;
    return Buffer.concat([GZIP_HEADER, piece]);
  }

  /** The last empty block, the checksum and the length. */
  end(): Uint8Array {
    const trailer = Buffer.alloc(10);
    trailer.set([0x03, 0x00]);
    trailer.writeUInt32LE(this.#checksum, 2);
    trailer.writeUInt32LE(this.#length, 6);
    return this.#begun ? trailer : Buffer.concat([GZIP_HEADER, trailer]);
  }
}

/** RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff]);
