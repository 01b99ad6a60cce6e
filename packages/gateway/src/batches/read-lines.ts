import { createReadStream } from "node:fs";
import { READ_BYTES } from "../files/defaults.ts";

/** One line of a file. */
export interface FileLine {
  /** From 1, blank lines counted. */
  readonly number: number;
  /** Without its end; undefined for a line over the limit, whose bytes were thrown away. */
  readonly bytes: Uint8Array | undefined;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Reads a file line by line with no more of it in memory than one line. Blank lines are passed over.
 * @param mostBytes longest line that is given, in bytes
 * @throws what the file system throws
 */
export async function* readLines(path: string, mostBytes: number): AsyncGenerator<FileLine> {
  const pieces: Buffer[] = [];
  let length = 0;
  let number = 0;
  const take = (last: Buffer): FileLine | undefined => {
    number++;
    const isTooLong = length + last.length > mostBytes;
    const whole = isTooLong || pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    pieces.length = 0;
    length = 0;
    const line = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole;
    if (isTooLong) return { number, bytes: undefined };
    return isBlank(line) ? undefined : { number, bytes: line };
  };
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      const line = take(chunk.subarray(begin, end));
      begin = end + 1;
      if (line !== undefined) yield line;
    }
    const rest = chunk.subarray(begin);
    length += rest.length;
    if (length > mostBytes) pieces.length = 0;
    else if (rest.length > 0) pieces.push(rest);
  }
  const last = length > 0 ? take(Buffer.alloc(0)) : undefined;
  if (last !== undefined) yield last;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === RETURN);
}
