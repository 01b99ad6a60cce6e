import { createReadStream } from "node:fs";
import { type TraceEntry, TraceError } from "./trace.ts";

/** The columns of the Azure LLM inference traces; others may stand beside them, in any order. */
const COLUMNS = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"] as const;
type Column = (typeof COLUMNS)[number];
/** Longest line that is taken for CSV, in characters; the traces have about 40. */
const LONGEST_LINE = 4_096;
/** Most tokens that one field may state: the largest context of the catalogue's models. */
const MOST_TOKENS = 1_000_000;
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Reads a trace file as it is needed, so that its size does not matter.
 * @param name what messages call the file.
 * @throws TraceError while it is read: for a file that cannot be opened, a column that is missing, a field that is
 *   not what its column holds, a request that is earlier than the one before.
 */
export async function* readTraceFile(path: string, name: string): AsyncGenerator<TraceEntry> {
  const chunks = createReadStream(path, { encoding: "utf8" });
  try {
    yield* readTrace(chunks, name);
  } catch (error) {
    if (error instanceof TraceError || !(error instanceof Error)) throw error;
    throw new TraceError(fileProblem(error, name), { cause: error });
  }
}

/** Reads a trace from its text, however that is cut into pieces. Throws as {@link readTraceFile}. */
export async function* readTrace(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
): AsyncGenerator<TraceEntry> {
  let places: Readonly<Record<Column, number>> | undefined;
  let first: number | undefined;
  let last = Number.NEGATIVE_INFINITY;
  let line = 0;
  for await (const text of linesOf(chunks, name)) {
    line++;
    if (places === undefined) {
      places = placesOf(text, name);
      continue;
    }
    if (text === "") continue;
    const fields = text.split(",");
    const place = `${name}, line ${line}`;
    const at = timeIn(fields[places.TIMESTAMP], place);
    if (at < last) throw new TraceError(`${place}: this request is earlier than the one before it; sort the trace.`);
    last = at;
    first ??= at;
    yield {
      atMs: at - first,
      promptTokens: tokensIn(fields[places.ContextTokens], "ContextTokens", place),
      outputTokens: tokensIn(fields[places.GeneratedTokens], "GeneratedTokens", place),
    };
  }
  if (first === undefined) throw new TraceError(`${name} holds no requests: it needs a line for each below its head.`);
}

/** Lines without their ends, LF or CR LF. */
async function* linesOf(chunks: AsyncIterable<string> | Iterable<string>, name: string): AsyncGenerator<string> {
  let rest = "";
  let line = 1;
  for await (const chunk of chunks) {
    const pieces = (rest + chunk).split("\n");
    rest = pieces.pop() ?? "";
    for (const piece of pieces) {
      checkLength(piece, name, line++);
      yield withoutReturn(piece);
    }
    checkLength(rest, name, line);
  }
  if (rest !== "") yield withoutReturn(rest);
}

function checkLength(text: string, name: string, line: number): void {
  if (text.length <= LONGEST_LINE) return;
  throw new TraceError(`${name}, line ${line} has more than ${LONGEST_LINE} characters; is this a CSV file?`);
}

const withoutReturn = (text: string): string => (text.endsWith("\r") ? text.slice(0, -1) : text);

function placesOf(head: string, name: string): Readonly<Record<Column, number>> {
  const found = head.replace(/^\ufeff/, "").split(",");
  const placeOf = (column: Column): number => {
    const place = found.indexOf(column);
    if (place >= 0) return place;
    const shown = found.join(",").slice(0, 100);
    throw new TraceError(
      `${name}, line 1: the column ${column} is missing. The first line must name ${COLUMNS.join(",")}; it is "${shown}".`,
    );
  };
  return {
    TIMESTAMP: placeOf("TIMESTAMP"),
    ContextTokens: placeOf("ContextTokens"),
    GeneratedTokens: placeOf("GeneratedTokens"),
  };
}

/** ms since 1970, with the fraction as exact as it is written. A time without a zone is taken as UTC. */
function timeIn(field: string | undefined, place: string): number {
  const parts = TIMESTAMP.exec(field ?? "");
  const whole = parts === null ? Number.NaN : Date.parse(`${parts[1]}T${parts[2]}${parts[4] ?? "Z"}`);
  if (!Number.isNaN(whole)) return whole + Number(parts?.[3] ?? 0) * 1_000;
  throw new TraceError(
    `${place}, column TIMESTAMP: ${shown(field)} is not a time such as 2023-11-16 18:15:46.6805900.`,
  );
}

function tokensIn(field: string | undefined, column: Column, place: string): number {
  const tokens = /^\d{1,9}$/.test(field ?? "") ? Number(field) : Number.NaN;
  if (tokens <= MOST_TOKENS) return tokens;
  throw new TraceError(`${place}, column ${column}: ${shown(field)} is not a whole number from 0 to ${MOST_TOKENS}.`);
}

const shown = (field: string | undefined): string =>
  field === undefined ? "nothing" : JSON.stringify(field.slice(0, 60));

function fileProblem(error: Error, name: string): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return `There is no file ${name}.`;
    case "EISDIR":
      return `${name} is a folder; name the trace file in it.`;
    default:
      return `${name} cannot be read: ${error.message}`;
  }
}
