const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * A 32-bit hash of a text (FNV-1a over UTF-16 code units with MurmurHash3's final mix, both public domain):
 * fast and stable across runs, and no protection against anyone. `seed` gives independent hashes of one text.
 */
export function hashText(text: string, seed = 0): number {
  let hash = (OFFSET_BASIS ^ seed) | 0;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), PRIME);
  return mixed(hash);
}

/** {@link hashText} for two seeds, at the cost of little more than one. */
export function hashTextTwice(text: string, firstSeed: number, secondSeed: number): readonly [number, number] {
  let first = (OFFSET_BASIS ^ firstSeed) | 0;
  let second = (OFFSET_BASIS ^ secondSeed) | 0;
  for (let index = 0; index < text.length; index++) {
    const codeUnit = text.charCodeAt(index);
    first = Math.imul(first ^ codeUnit, PRIME);
    second = Math.imul(second ^ codeUnit, PRIME);
  }
  return [mixed(first), mixed(second)];
}

function mixed(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
