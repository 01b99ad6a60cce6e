/** How much of a request is read for its fingerprint, in bytes, from its end: conversations differ there. */
const FINGERPRINT_BYTES = 65_536;

/**
 * A 32-bit number that tells requests apart (FNV-1a; Fowler, Noll, Vo). Collisions must do no harm where it is used;
 * it is no key.
 */
export function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 ^ bytes.length;
  const start = Math.max(0, bytes.length - FINGERPRINT_BYTES);
  for (let index = start; index < bytes.length; index++) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  return hash >>> 0;
}
