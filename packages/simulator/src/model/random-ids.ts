import type { Random } from "tideover/engine";

/** The two digits of every byte. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** So many hexadecimal digits. */
export function randomHex(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits) {
    const drawn = random.next() * 2 ** 32;
    for (let shift = 24; shift >= 0; shift -= 8) text += BYTES[(drawn >>> shift) & 0xff];
  }
  return text.slice(0, digits);
}

/** An identifier in the form of a version 4 UUID. */
export function randomUuid(random: Random): string {
  const hex = randomHex(random, 32);
  const variant = "89ab"[Math.floor(random.next() * 4)];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
