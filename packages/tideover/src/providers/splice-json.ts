import type { Json } from "../engine/index.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const FIRST_BEYOND_ASCII = 0x80;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The same JSON object with some of its top-level members set or, where the value is undefined, left out. Every other
 * member keeps its bytes, so that numbers beyond a double, escapes and spacing arrive as the caller wrote them.
 *
 * One pass over the bytes and one copy of them. Members that are set move to the end, which JSON gives no meaning to.
 * @param bytes a valid JSON text (it has been parsed) whose value is an object.
 */
export function spliceMembers(bytes: Uint8Array, changes: ReadonlyMap<string, Json | undefined>): Uint8Array {
  const kept = keptRanges(bytes, changes);
  const added: string[] = [];
  for (const [name, value] of changes) {
    if (value !== undefined) added.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  }
  const tail = encoder.encode(`${kept.length > 0 && added.length > 0 ? "," : ""}${added.join(",")}}`);
  let length = 1 + Math.max(0, kept.length - 1) + tail.length;
  for (const { start, end } of kept) length += end - start;
  const result = new Uint8Array(length);
  result[0] = OPEN_BRACE;
  let offset = 1;
  for (const { start, end } of kept) {
    if (offset > 1) result[offset++] = COMMA;
    result.set(bytes.subarray(start, end), offset);
    offset += end - start;
  }
  result.set(tail, offset);
  return result;
}

/** Bytes from the opening quote of one member to the end of the same or a later one, without a comma after it. */
interface Range {
  readonly start: number;
  end: number;
}

/** The members that stay; neighbours are one range, with what stands between them. */
function keptRanges(bytes: Uint8Array, changes: ReadonlyMap<string, Json | undefined>): Range[] {
  const ranges: Range[] = [];
  let open: Range | undefined;
  // What precedes the brace is white space or a byte order mark.
  let at = bytes.indexOf(OPEN_BRACE) + 1;
  while (at < bytes.length) {
    const start = skipSpace(bytes, at);
    if (bytes[start] === CLOSE_BRACE) break;
    const nameEnd = skipString(bytes, start);
    const colon = skipSpace(bytes, nameEnd);
    if (bytes[colon] !== COLON) {
      throw new TypeError(`spliceMembers: no colon at byte ${colon}; the text is not valid JSON`);
    }
    const end = skipValue(bytes, skipSpace(bytes, colon + 1));
    if (changes.has(nameOf(bytes, start, nameEnd))) open = undefined;
    else if (open !== undefined) open.end = end;
    else {
      open = { start, end };
      ranges.push(open);
    }
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at++;
  }
  return ranges;
}

/** The name that a JSON string from `start` to `end` writes; nearly every one is plain ASCII. */
function nameOf(bytes: Uint8Array, start: number, end: number): string {
  let name = "";
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH || byte >= FIRST_BEYOND_ASCII) {
      return String(JSON.parse(decoder.decode(bytes.subarray(start, end))));
    }
    name += String.fromCharCode(byte);
  }
  return name;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

/** @returns the place after the string that begins at `from`. */
function skipString(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  for (;;) {
    at = bytes.indexOf(QUOTE, at);
    if (at < 0) return bytes.length;
    let escapes = 0;
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes++;
    at++;
    if (escapes % 2 === 0) return at;
  }
}

/** @returns the place after the value that begins at `from`. */
function skipValue(bytes: Uint8Array, from: number): number {
  let at = from;
  let depth = 0;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return endOfScalar(bytes, from, at);
      depth--;
      if (depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return endOfScalar(bytes, from, at);
    at++;
  }
  return at;
}

/** A number or literal ends before the space that follows it. */
function endOfScalar(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && (bytes[end - 1] ?? 0) <= 0x20) end--;
  return end;
}
