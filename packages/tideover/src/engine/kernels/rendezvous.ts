/** FNV-1a over a text's UTF-16 code units, spread by MurmurHash3's finalizer (Appleby): 32 bits, no key. */
export function hashText(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * How much a key belongs to a place: weighted rendezvous hashing (Thaler and Ravishankar, 1998; the weights after
 * Schindelhauer and Schomaker, 2005). The place with the highest score is the key's; when places come or go, only
 * the keys of those places move, and each place has its weight's share of all keys.
 * @param key a hash of what shall stay together
 * @param weight above 0
 */
export function rendezvousScore(key: number, placeId: string, weight: number): number {
  const drawn = (hashText(placeId, key) + 0.5) / 2 ** 32;
  return -weight / Math.log(drawn);
}
