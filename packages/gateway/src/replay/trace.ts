/** One request of a trace: when it came and how long its prompt and its answer were. */
export interface TraceEntry {
  /** Time since the trace's first request, in ms. */
  readonly atMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** A trace, one request after another in the order of their time. */
export type Trace = AsyncIterable<TraceEntry> | Iterable<TraceEntry>;

/** A trace cannot be read; the message names the file, the line and what would be right. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}

/** The part of a trace before `untilMs` of its own time. */
export async function* firstPart(trace: Trace, untilMs: number): AsyncGenerator<TraceEntry> {
  for await (const entry of trace) {
    if (entry.atMs >= untilMs) return;
    yield entry;
  }
}
