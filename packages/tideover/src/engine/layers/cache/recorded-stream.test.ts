import { describe, expect, test } from "vitest";
import { drain, textEvent } from "../../../testing/index.ts";
import { type AnswerEvent, type AnswerStream, type Batch, type Ending, streamOf, WHOLE } from "../../answer-stream.ts";
import { EventLog } from "../../event-log.ts";
import { failure } from "../../failure.ts";
import { MOST_STORED_LENGTH } from "./defaults.ts";
import { type NotRecorded, recordedStream } from "./recorded-stream.ts";

const CUT: Ending = { type: "ending", failure: failure("fault", "cut", "It was cut.") };

function recorded(stream: AnswerStream, allows: (event: AnswerEvent) => boolean = () => true) {
  const kept: string[][] = [];
  const givenUp: NotRecorded[] = [];
  const recording = {
    allows,
    keep: (log: EventLog) => void kept.push(log.texts()),
    giveUp: (why: NotRecorded) => void givenUp.push(why),
  };
  return { stream: recordedStream(stream, recording), kept, givenUp };
}

/** A stream of one batch for each list of events. */
function batches(...lists: readonly (readonly AnswerEvent[])[]): AnswerStream {
  const left: (Batch | Ending)[] = [...lists.map((events): Batch => ({ type: "batch", events })), WHOLE];
  return { read: () => Promise.resolve(left.length > 1 ? (left.shift() ?? WHOLE) : WHOLE), cancel: () => undefined };
}

describe("a recorded stream", () => {
  test("is kept once when it has ended whole, and never when it was cut or is empty", async () => {
    const whole = recorded(streamOf([textEvent("a"), textEvent("b", "stop")]));
    await drain(whole.stream);
    await whole.stream.read();
    expect(whole.kept).toEqual([[textEvent("a").data, textEvent("b", "stop").data]]);
    for (const stream of [streamOf([textEvent("a")], CUT), streamOf([])]) {
      const other = recorded(stream);
      await drain(other.stream);
      expect([other.kept, other.givenUp]).toEqual([[], []]);
    }
  });

  test("is given up once, and said to be, when an event forbids it; the caller gets it all", async () => {
    const { stream, kept, givenUp } = recorded(
      batches([textEvent("a"), textEvent("b", "length")], [textEvent("c", "length")]),
      ({ finishReason }) => finishReason !== "length",
    );
    expect((await drain(stream)).text).toBe("abc");
    expect([kept, givenUp]).toEqual([[], ["ending"]]);
  });

  test("is given up once when it is too long", async () => {
    const long = textEvent("x".repeat(MOST_STORED_LENGTH / 2));
    const { stream, kept, givenUp } = recorded(batches([long], [long], [long], [textEvent("", "stop")]));
    await drain(stream);
    expect([kept, givenUp]).toEqual([[], ["too-long"]]);
  });
});

describe("the log of events", () => {
  const encoder = new TextEncoder();
  const [before = "", behind = ""] = textEvent("#").data.split("#");
  const pattern = { before, behind, headBytes: `data: ${before}`.length, tailBytes: `${behind}\n\n`.length };
  /** A piece of a text as a wire gives it: by its frame. */
  const piece = (text: string): AnswerEvent => {
    const { data, ...event } = textEvent(text);
    const socket = encoder.encode(`data: {}\n\ndata: ${data}\n\ndata: {"half`);
    const frame = socket.subarray(10, socket.length - 12);
    return { ...event, data, frame, pattern, piece: { choice: 0, member: "content", text } };
  };

  test("gives the texts of frames and of other events back in order, over blocks of any number", () => {
    const events = [
      textEvent("first"),
      ...Array.from({ length: 300 }, (_, index) => piece(`word ${index} 灯 "quoted" \n\n data: ${"y".repeat(index)}`)),
      textEvent("between"),
      { ...piece("of another pattern"), pattern: { ...pattern } },
      ...Array.from({ length: 20 }, (_, index) => piece(`after ${index} ${"z".repeat(5_000)}`)),
      piece("longer than a block".repeat(1_000)),
      piece("\ufeff"),
      textEvent("", "stop"),
    ];
    const log = EventLog.of(events);
    expect(log.texts()).toEqual(events.map(({ data }) => data));
    expect(log.length).toBe(events.reduce((sum, { frame, data }) => sum + (frame ?? data).length, 0));
    expect(log.isDocument).toBe(false);
  });

  test("a frame without a pattern is held as its text", () => {
    const event = { ...piece("alone"), pattern: undefined };
    expect(EventLog.of([event, event]).texts()).toEqual([event.data, event.data]);
  });

  test("knows a document", () => {
    const log = new EventLog();
    log.add({ ...textEvent("a"), whole: true });
    expect(log.isDocument).toBe(true);
    log.add(textEvent("b"));
    expect(log.isDocument).toBe(false);
  });
});
