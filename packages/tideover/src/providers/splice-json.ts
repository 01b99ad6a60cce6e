import type { Json } from "../engine/index.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * The same JSON object with some of its top-level members set or, where the value is undefined, left out. Every other
 * member keeps its bytes, so that numbers beyond a double, escapes and spacing arrive as the caller wrote them.
 *
 * One pass over the bytes and one copy of them. Members that are set move to the end, which JSON gives no meaning to.
 * @param bytes a valid JSON text (it has been parsed) whose value is an object.
 */
export function spliceMembers(bytes: Uint8Array, changes: ReadonlyMap<string, Json | undefined>): Uint8Array {
  const kept: Uint8Array[] = [];
  let length = 0;
  for (const member of topLevelMembers(bytes)) {
    if (changes.has(member.name)) continue;
    const slice = bytes.subarray(member.start, member.end);
    kept.push(slice);
    length += slice.length + 1;
  }
  const added: string[] = [];
  for (const [name, value] of changes) {
    if (value !== undefined) added.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  }
  const tail = new TextEncoder().encode(`${kept.length > 0 && added.length > 0 ? "," : ""}${added.join(",")}}`);
  const result = new Uint8Array(1 + Math.max(0, length - 1) + tail.length);
  result[0] = OPEN_BRACE;
  let offset = 1;
  kept.forEach((slice, index) => {
    if (index > 0) result[offset++] = COMMA;
    result.set(slice, offset);
    offset += slice.length;
  });
  result.set(tail, offset);
  return result;
}

interface Member {
  readonly name: string;
  /** Of its opening quote. */
  readonly start: number;
  /** After its value, surrounding space not included. */
  readonly end: number;
}

function* topLevelMembers(bytes: Uint8Array): Generator<Member> {
  // What precedes the brace is white space or a byte order mark.
  let at = bytes.indexOf(OPEN_BRACE) + 1;
  while (at < bytes.length) {
    at = skipSpace(bytes, at);
    if (bytes[at] === CLOSE_BRACE) return;
    const start = at;
    const nameEnd = skipString(bytes, start);
    const name: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(start, nameEnd)));
    at = skipSpace(bytes, nameEnd);
    if (bytes[at] !== COLON) throw new TypeError(`spliceMembers: no colon at byte ${at}; the text is not valid JSON`);
    const end = skipValue(bytes, skipSpace(bytes, at + 1));
    yield { name: String(name), start, end };
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at++;
  }
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
