import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AnswerEvent, Ending } from "../engine/answer-stream.ts";
import { failure } from "../engine/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../engine/json.ts";
import { decodeBody } from "./chat/decode-body.ts";
import type { DecodeOptions } from "./chat/decode-options.ts";
import { decodeStream } from "./chat/decode-stream.ts";
import { AnswerFolder } from "./chat/fold.ts";
import { FIXTURES, type Fixture } from "./fixtures/index.ts";
import { ScriptedSource, splitAt } from "./testing/scripted-source.ts";

interface Recorded {
  readonly events: AnswerEvent[];
  readonly ending: Ending;
}

const bytesOf = (fixture: Fixture) =>
  new Uint8Array(readFileSync(new URL(`fixtures/${fixture.file}`, import.meta.url)));

async function decode(fixture: Fixture, chunks: readonly Uint8Array[]): Promise<Recorded> {
  const options: DecodeOptions = {
    operation: fixture.operation,
    classifyError: (error, committed) => failure("overloaded", "classified", String(error.message), { committed }),
  };
  const source = new ScriptedSource(chunks);
  const stream = fixture.mode === "body" ? decodeBody(source, options) : decodeStream(source, options);
  const events: AnswerEvent[] = [];
  for (;;) {
    const next = await stream.read();
    if (next.type === "ending") return { events, ending: next };
    expect(next.events.length).toBeGreaterThan(0);
    events.push(...next.events);
  }
}

function fold(fixture: Fixture, events: readonly AnswerEvent[]): JsonObject {
  const folder = new AnswerFolder(fixture.operation);
  for (const event of events) folder.add(event);
  return folder.result();
}

const letters = (events: readonly AnswerEvent[]) =>
  events.map((event) => (event.whole ? "W" : event.substance.slice(0, 1))).join("");

function firstChoice(answer: JsonObject): JsonObject {
  const choice = (answer.choices as readonly Json[] | undefined)?.[0];
  return isJsonObject(choice) ? choice : {};
}

const comparable = ({ events, ending }: Recorded) => ({
  events: events.map(({ data, json, whole, substance, finishReason, usage }) => {
    return { data, json, whole, substance, finishReason, usage };
  }),
  ending,
});

describe.each(FIXTURES)("$file read as a $mode ($source)", (fixture) => {
  test("gives the events and the ending that the table says", async () => {
    const { events, ending } = await decode(fixture, [bytesOf(fixture)]);
    expect(letters(events)).toBe(fixture.events);
    expect(ending.failure?.reason ?? "whole").toBe(fixture.ending);
    expect(ending.failure?.committed ?? false).toBe(fixture.committed ?? false);
    expect(events.map((event) => event.finishReason).filter((reason) => reason !== undefined)).toEqual(
      fixture.finish === undefined ? [] : [fixture.finish],
    );
    if (fixture.error !== undefined) expect(ending.failure?.message).toBe(fixture.error);
    const answer = fold(fixture, events);
    const choice = firstChoice(answer);
    const message = isJsonObject(choice.message) ? choice.message : { content: choice.text };
    if (fixture.content !== undefined) expect(message.content).toBe(fixture.content);
    expect(message.reasoning_content ?? undefined).toBe(fixture.reasoning);
    if (fixture.tokens !== undefined)
      expect(events.findLast((event) => event.usage)?.usage?.completionTokens).toBe(fixture.tokens);
  });

  test("gives the same byte by byte", async () => {
    const bytes = bytesOf(fixture);
    const whole = await decode(fixture, [bytes]);
    const split = await decode(
      fixture,
      [...bytes].map((byte) => Uint8Array.of(byte)),
    );
    expect(comparable(split)).toEqual(comparable(whole));
  });
});

test("any split of any recording gives the same events", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...FIXTURES), fc.array(fc.nat(6000), { maxLength: 12 }), async (fixture, cuts) => {
      const bytes = bytesOf(fixture);
      const split = await decode(
        fixture,
        splitAt(
          bytes,
          cuts.map((cut) => cut % (bytes.length + 1)),
        ),
      );
      expect(comparable(split)).toEqual(comparable(await decode(fixture, [bytes])));
    }),
    { numRuns: 150 },
  );
});

test("an event keeps its text as it arrived, white space and all", async () => {
  const [first, second] = ['{ "choices" : [{"delta":{"content":"\\u6d77"}} ] }', '{"choices":[],"usage" :null}'];
  const bytes = new TextEncoder().encode(`data: ${first}\n\ndata: ${second}\n\n`);
  const stream = decodeStream(new ScriptedSource([bytes]), {
    operation: "chat",
    classifyError: () => failure("fault", "unexpected", "No error is in this stream."),
  });
  const batch = await stream.read();
  expect(batch.type === "batch" && batch.events.map((event) => event.data)).toEqual([first, second]);
});

test("every recording is in the table", () => {
  const recorded = readdirSync(new URL("fixtures/", import.meta.url)).filter((name) => /\.(sse|txt)$/.test(name));
  expect(new Set(recorded)).toEqual(new Set(FIXTURES.map(({ file }) => file)));
});
