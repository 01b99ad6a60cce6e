import type { Flaw } from "./batch.ts";
import { MOST_FLAWS, MOST_LINE_BYTES, MOST_LINES } from "./defaults.ts";
import { readLines } from "./read-lines.ts";
import { isFlaw, type LineTerms, readRequestLine } from "./read-request-line.ts";

/** What an input file was found to be. */
export interface Validated {
  readonly total: number;
  /** Empty: the batch may run. At most {@link MOST_FLAWS}. */
  readonly flaws: readonly Flaw[];
  /** The first line's model. */
  readonly model: string | undefined;
}

/**
 * Checks every line of an input file before any is run.
 * @param goesOn asked now and then; false ends the check early
 * @throws what the file system throws
 */
export async function validateInput(
  path: string,
  terms: LineTerms,
  goesOn: () => boolean,
  mostLines = MOST_LINES,
): Promise<Validated> {
  const flaws: Flaw[] = [];
  const lineOfId = new Map<string, number>();
  let total = 0;
  let model: string | undefined;
  for await (const line of readLines(path, MOST_LINE_BYTES)) {
    if (++total > mostLines) {
      const message = `The file has more than ${mostLines} requests; split it.`;
      return { total, flaws: [{ code: "too_many_requests", message, param: null, line: null }, ...flaws], model };
    }
    if (flaws.length >= MOST_FLAWS || !goesOn()) break;
    const read = readRequestLine(line, terms);
    if (isFlaw(read)) {
      flaws.push(read);
      continue;
    }
    model ??= read.model;
    const before = lineOfId.get(read.customId);
    if (before === undefined) lineOfId.set(read.customId, line.number);
    else {
      const message = `The custom_id for this request is a duplicate of line ${before}'s. It must be unique in a batch.`;
      flaws.push({ code: "duplicate_custom_id", message, param: "custom_id", line: line.number });
    }
  }
  if (total === 0) {
    flaws.push({ code: "empty_file", message: "The input file has no requests.", param: null, line: null });
  }
  return { total, flaws, model };
}
