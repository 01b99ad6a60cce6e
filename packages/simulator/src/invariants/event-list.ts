import type { CallRecord } from "../scenario/call-record.ts";
import type { ScenarioResult } from "../scenario/scenario-result.ts";

/** Lines that are given at most. */
const MOST_LINES = 200;

type Note = (at: number | undefined, text: string) => void;

/** What happened in a run, one line by event in the order of time: for people who look for the cause of a failure. */
export function eventList({ calls, breakers, scenario }: ScenarioResult): readonly string[] {
  const events: { readonly at: number; readonly text: string }[] = [];
  const note: Note = (at, text) => {
    if (at !== undefined) events.push({ at, text });
  };
  for (const [name, { schedule }] of Object.entries(scenario.providers)) {
    for (const { atMs, ...change } of schedule) note(atMs, `${name} becomes ${JSON.stringify(change)}`);
  }
  for (const { at, provider, state, reason } of breakers) note(at, `breaker of ${provider}: ${state} (${reason})`);
  for (const call of calls) noteCall(call, note);
  return events
    .toSorted((a, b) => a.at - b.at)
    .slice(0, MOST_LINES)
    .map(({ at, text }) => `${at.toFixed(1).padStart(10)} ms  ${text}`);
}

function noteCall({ index, arrivedAt, tries, urgency, streamed, outputTokens }: CallRecord, note: Note): void {
  const how = `${streamed ? "streamed" : "unstreamed"}, ${outputTokens} tokens, u=${urgency}`;
  note(arrivedAt, `call ${index} arrives (${how})`);
  for (const { attempts, rungFailures, endedAt, verdict } of tries) {
    for (const { provider, startedAt, committedAt, endedAt: over, outcome, reason } of attempts) {
      note(startedAt, `call ${index} asks ${provider}`);
      note(committedAt, `call ${index}: first content from ${provider}`);
      note(over, `call ${index}: ${provider} ${outcome}${reason === undefined ? "" : ` (${reason})`}`);
    }
    for (const { at, rung, kind, reason } of rungFailures) note(at, `call ${index}: rung ${rung} ${kind} (${reason})`);
    note(endedAt, `call ${index} ends: ${verdict}`);
  }
}
