import { type Parsed, quoted } from "./parsed.ts";

const BYTES_PER_UNIT = {
  B: 1,
  kB: 1_000,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const;
type Unit = keyof typeof BYTES_PER_UNIT;

/** What a size looks like, as a regular expression; the published JSON Schema uses it too. */
export const SIZE_PATTERN = /^(\d+(?:\.\d+)?)(B|kB|KB|MB|GB|KiB|MiB|GiB)?$/;

/** Reads a size (`256MiB`, `32MB`, `65536`) as whole bytes. Refused: unknown units, parts of a byte. */
export function parseSize(text: string): Parsed<number> {
  const match = SIZE_PATTERN.exec(text);
  if (match === null) {
    return { problem: `${quoted(text)} is not a size; write a number with a unit, such as 64KiB, 256MiB or 32MB` };
  }
  const bytes = Number(match[1]) * BYTES_PER_UNIT[(match[2] as Unit | undefined) ?? "B"];
  if (!Number.isSafeInteger(bytes)) {
    return {
      problem: `${quoted(text)} is not a whole number of bytes; write a whole number with a unit, such as 64KiB`,
    };
  }
  return { value: bytes };
}

/** Writes bytes in the largest binary unit that needs no fraction: 33554432 is `32MiB`, 1000 is `1000B`. */
export function formatSize(bytes: number): string {
  if (bytes === 0) return "0B";
  for (const unit of ["GiB", "MiB", "KiB"] as const) {
    if (bytes % BYTES_PER_UNIT[unit] === 0) return `${bytes / BYTES_PER_UNIT[unit]}${unit}`;
  }
  return `${bytes}B`;
}
