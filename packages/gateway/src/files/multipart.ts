import { MOST_PART_HEAD_BYTES, MOST_PARTS } from "./defaults.ts";

/** A form that is not one; the message says why. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";
}

/** One part of a form. */
export interface Part {
  readonly name: string;
  /** Present where the part is a file. */
  readonly filename: string | undefined;
  /** Its bytes as they arrive; read it before the next part. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The boundary in a `Content-Type: multipart/form-data`; undefined for any other type. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? "") ?? [];
  return quoted ?? plain;
}

/**
 * Reads a form (RFC 7578) while it arrives: no more of it is in memory than one piece of the network and one delimiter,
 * so that a file of any size may be in it.
 * @throws MultipartError for bytes that are no such form, or end before it does; whatever the source throws
 */
export async function* readMultipart(source: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const reader = new DelimitedReader(source);
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  await drain(reader.until(delimiter));
  for (let parts = 0; !(await reader.take(2)).equals(END); parts++) {
    if (parts >= MOST_PARTS) throw new MultipartError(`The form has more than ${MOST_PARTS} parts.`);
    const head = await headOf(reader);
    reader.found = false;
    yield { ...head, body: reader.until(delimiter) };
    // What the reader of the part left of it.
    if (!reader.found) await drain(reader.until(delimiter));
  }
}

const END = Buffer.from("--");
const HEAD_END = Buffer.from("\r\n\r\n");

async function headOf(reader: DelimitedReader): Promise<Pick<Part, "name" | "filename">> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of reader.until(HEAD_END)) {
    length += piece.length;
    if (length > MOST_PART_HEAD_BYTES) throw new MultipartError("The head of a part of the form is too long.");
    pieces.push(piece);
  }
  const head = Buffer.concat(pieces).toString("utf8");
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1];
  const name = parameterOf(disposition, "name");
  if (name === undefined) throw new MultipartError("A part of the form has no name.");
  return { name, filename: parameterOf(disposition, "filename") };
}

/** A parameter of `Content-Disposition`; browsers and fetch escape a quote as %22. */
function parameterOf(disposition: string | undefined, name: string): string | undefined {
  const [, quoted, plain] =
    new RegExp(`(?:^|;)\\s*${name}=(?:"([^"]*)"|([^\\s;"]+))`, "i").exec(disposition ?? "") ?? [];
  return (quoted ?? plain)?.replaceAll("%22", '"');
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}

/** Reads a stream of bytes from delimiter to delimiter. */
class DelimitedReader {
  readonly #source: AsyncIterator<Uint8Array>;
  /** Whether the last delimiter that was looked for has been found. */
  found = false;
  // The first delimiter may stand at the very beginning, without its line break.
  #bytes: Buffer = Buffer.from("\r\n");

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** What comes before the delimiter, in pieces; the delimiter is passed over. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer> {
    this.found = false;
    for (;;) {
      const at = this.#bytes.indexOf(delimiter);
      const end = at < 0 ? Math.max(0, this.#bytes.length - delimiter.length + 1) : at;
      const piece = this.#bytes.subarray(0, end);
      this.#bytes = this.#bytes.subarray(at < 0 ? end : at + delimiter.length);
      this.found = at >= 0;
      if (piece.length > 0) yield piece;
      if (at >= 0) return;
      await this.#more();
    }
  }

  /** Exactly so many bytes. */
  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) await this.#more();
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done === true) throw new MultipartError("The form ends in the middle of a part.");
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(value) : Buffer.concat([this.#bytes, value]);
  }
}
