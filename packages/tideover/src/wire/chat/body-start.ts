/** What the first bytes of a body say that it is, whatever its content type says. */
export interface BodyStart {
  /** `sse` and `json` as far as one byte can tell; `other` is text of neither form. */
  readonly kind: "sse" | "json" | "html" | "other";
  /** Where the first byte that is not white space stands. */
  readonly at: number;
}

/** LF, CR, tab, space, and the bytes of a byte order mark, which no form of an answer begins with. */
const SKIPPED: ReadonlySet<number> = new Set([0x0a, 0x0d, 0x09, 0x20, 0xef, 0xbb, 0xbf]);

const KINDS: ReadonlyMap<number, BodyStart["kind"]> = new Map([
  ["<".charCodeAt(0), "html"],
  ["{".charCodeAt(0), "json"],
  ["[".charCodeAt(0), "json"],
  // A comment, or one of the fields `data`, `event`, `id`, `retry`.
  [":".charCodeAt(0), "sse"],
  ["d".charCodeAt(0), "sse"],
  ["e".charCodeAt(0), "sse"],
  ["i".charCodeAt(0), "sse"],
  ["r".charCodeAt(0), "sse"],
]);

/**
 * Where and how a body begins; undefined while there is only white space: busy providers send blank lines before
 * the answer, for minutes.
 */
export function bodyStart(bytes: Uint8Array): BodyStart | undefined {
  for (const [at, byte] of bytes.entries()) {
    if (!SKIPPED.has(byte)) return { kind: KINDS.get(byte) ?? "other", at };
  }
  return undefined;
}
