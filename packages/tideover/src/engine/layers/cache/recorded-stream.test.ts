import { describe, expect, test } from "vitest";
import { drain, textEvent } from "../../../testing/index.ts";
import { type AnswerEvent, type AnswerStream, type Batch, type Ending, streamOf, WHOLE } from "../../answer-stream.ts";
import type { EventLog } from "../../event-log.ts";
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
