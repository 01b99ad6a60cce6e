import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EVENT_BYTES, EVENTS_PER_STREAM, STREAM_END, stampedEvent } from "./payloads.ts";
import { StreamWatcher } from "./stream-watcher.ts";

const WHOLE = stampedEvent(1).repeat(EVENTS_PER_STREAM) + STREAM_END;

function watch(pieces: readonly string[]): { events: number; flaw: string | undefined } {
  const seen = { events: 0, flaw: undefined as string | undefined };
  const watcher = new StreamWatcher({
    onEvent: () => {
      seen.events++;
    },
    onEnded: (flaw) => {
      seen.flaw = flaw;
    },
  });
  watcher.onHead(200);
  for (const piece of pieces) watcher.onBody(piece);
  watcher.onEnd();
  return seen;
}

test("an event has the size that is published", () => {
  expect(stampedEvent(1)).toHaveLength(EVENT_BYTES);
});

describe("a stream", () => {
  test("is whole however it is cut into pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(WHOLE.length), { maxLength: 40 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), WHOLE.length];
        const pieces = places.slice(1).map((end, index) => WHOLE.slice(places[index], end));
        expect(watch(pieces)).toEqual({ events: EVENTS_PER_STREAM, flaw: undefined });
      }),
    );
  });

  test("without its end, or without an event, is not", () => {
    expect(watch([WHOLE.replace("data: [DONE]\n\n", "")]).flaw).toContain("without [DONE]");
    expect(watch([WHOLE.slice(EVENT_BYTES)]).flaw).toContain(`${EVENTS_PER_STREAM - 1} events`);
  });
});
