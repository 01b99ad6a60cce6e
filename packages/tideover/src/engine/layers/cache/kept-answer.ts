import type { StoredAnswer } from "../../ports/answer-store.ts";
import { ENTRY_OVERHEAD_BYTES } from "./defaults.ts";

/** Parts the events of a log: it cannot stand in a JSON text. */
const SEPARATOR = "\u0000";

/** An answer as level one keeps it. */
export interface KeptAnswer {
  readonly answer: Omit<StoredAnswer, "events">;
  /** The texts of the events, each with a separator behind it. */
  readonly log: string;
  /** What it costs, in bytes. */
  readonly bytes: number;
  /** How often it was given since it was made. */
  hits: number;
  /** On the engine's clock (ms): no refresh before then. */
  refreshNotBefore: number;
}

/**
 * The log is one text of its own: the events' texts are slices of what arrived, and would keep all of that alive.
 */
export function keptAnswer({ events, ...answer }: StoredAnswer): KeptAnswer {
  const log = [...events, ""].join(SEPARATOR);
  return { answer, log, bytes: bytesOf(log, answer), hits: 0, refreshNotBefore: Number.NEGATIVE_INFINITY };
}

/** The texts of an answer's events. */
export function eventTexts({ log }: KeptAnswer): string[] {
  return log.split(SEPARATOR).slice(0, -1);
}

/** JavaScript keeps a text in one byte a unit while all of it is Latin-1, else in two. */
function bytesOf(log: string, { tenant, route, model, tags }: KeptAnswer["answer"]): number {
  const names = tenant.length + route.length + model.length + tags.join().length;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is all of Latin-1, control characters too.
  const width = /^[\u0000-\u00ff]*$/.test(log) ? 1 : 2;
  return width * log.length + 2 * names + ENTRY_OVERHEAD_BYTES;
}
