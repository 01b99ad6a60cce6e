import type { Arrival } from "./arrival.ts";
import { MOST_ARRIVALS } from "./generate-arrivals.ts";

const COLUMNS = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"] as const;
const ROW = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(\.\d+)?,(\d+),(\d+)$/;

/** A trace that cannot be read; the message names the line. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}

/**
 * Reads arrivals from CSV with the columns TIMESTAMP, ContextTokens, GeneratedTokens (the form of the Azure LLM
 * inference traces). Times count from the first row.
 * @throws TraceError that names the line and says what would be right
 */
export function readTrace(text: string): Arrival[] {
  const lines = text.split(/\r?\n/);
  if (lines[0] !== COLUMNS.join(",")) throw new TraceError(`Line 1 of a trace must be "${COLUMNS.join(",")}".`);
  const arrivals: Arrival[] = [];
  let first: number | undefined;
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const match = ROW.exec(line);
    if (match === null) {
      throw new TraceError(`Line ${index + 1} must look like "2023-11-16 18:15:46.6805900,374,44".`);
    }
    const [, date, time, fraction, prompt, output] = match;
    const at = Date.parse(`${date}T${time}Z`) + Number(fraction ?? 0) * 1_000;
    first ??= at;
    if (at < first)
      throw new TraceError(`Line ${index + 1} is earlier than the first row; a trace is in the order of time.`);
    if (arrivals.length >= MOST_ARRIVALS)
      throw new TraceError(`A trace may have ${MOST_ARRIVALS} rows; this one has more.`);
    arrivals.push({ atMs: at - first, promptTokens: Number(prompt), outputTokens: Math.max(1, Number(output)) });
  }
  if (arrivals.length === 0) throw new TraceError("The trace holds no requests.");
  return arrivals.sort((a, b) => a.atMs - b.atMs);
}
