import type { AnswerEvent } from "../../answer-stream.ts";
import { type Failure, failure, isFailure } from "../../failure.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import type { Origin } from "../../provenance.ts";

/** The first entry of a log: who answers. */
export function originEntry(origin: Origin): string {
  const { rung, provider, model, degraded, droppedMessages, summarisedMessages } = origin;
  return JSON.stringify({ rung, provider, model, degraded, droppedMessages, summarisedMessages });
}

/** The entries of some events. */
export function eventEntries(events: readonly AnswerEvent[]): string[] {
  return events.map(({ data }) => data);
}

/** The origin that a log's first entry names; undefined when it cannot be read (another version wrote it). */
export function readOrigin(entry: string): Origin | undefined {
  const origin = parsed(entry) as Partial<Origin> | undefined;
  const isOrigin =
    typeof origin === "object" &&
    origin !== null &&
    (origin.rung === "live" || origin.rung === "alternate" || origin.rung === "local") &&
    typeof origin.degraded === "boolean";
  return isOrigin ? (origin as Origin) : undefined;
}

/** The events of entries behind the first; undefined when one cannot be read. */
export function readEvents(entries: readonly string[], form: AnswerForm): AnswerEvent[] | undefined {
  const events: AnswerEvent[] = [];
  for (const entry of entries) {
    const event = form.read(entry);
    if (event === undefined) return undefined;
    events.push(event);
  }
  return events;
}

/** The failure of another process. */
export function readFailure(text: string): Failure {
  const value = parsed(text);
  return isFailure(value) ? value : failure("fault", "flight-failed", "The shared answer failed.");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Only another version, or a damaged store, writes what is no JSON: to the reader it says nothing.
    return undefined;
  }
}
