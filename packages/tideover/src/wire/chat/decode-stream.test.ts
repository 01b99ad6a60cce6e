import { describe, expect, test } from "vitest";
import type { AnswerStream } from "../../engine/answer-stream.ts";
import { failure } from "../../engine/failure.ts";
import { ScriptedSource } from "../testing/scripted-source.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { decodeStream } from "./decode-stream.ts";
import { StreamDecoder } from "./stream-decoder.ts";

const options: DecodeOptions = {
  operation: "chat",
  classifyError: (error, committed) => failure("overloaded", "classified", String(error.message), { committed }),
};

const bytesOf = (text: string) => new TextEncoder().encode(text);
const frame = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`;
const chunk = (content: string, finish: string | null = null, index = 0) =>
  frame({ choices: [{ index, delta: { content }, finish_reason: finish }] });
const DONE = "data: [DONE]\n\n";

const open = (texts: readonly string[], end?: ConstructorParameters<typeof ScriptedSource>[1], more = {}) => {
  const source = new ScriptedSource(texts.map(bytesOf), end);
  return { source, stream: decodeStream(source, { ...options, ...more }) };
};

/** What the reads give, in short: the number of events of a batch, or the ending's reason. */
async function readAll(stream: AnswerStream): Promise<(number | string)[]> {
  const seen: (number | string)[] = [];
  for (;;) {
    const next = await stream.read();
    if (next.type === "ending") return [...seen, next.failure?.reason ?? "whole"];
    seen.push(next.events.length);
  }
}

const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

test("one read of bytes gives one batch, and keep-alives give none", async () => {
  const { stream } = open([": keep-alive\n\n", chunk("a") + chunk("b"), "\n", ": keep-alive\n\n", chunk("c", "stop")]);
  expect(await readAll(stream)).toEqual([2, 1, "whole"]);
});

test("nothing is pulled from the source while no read is pending", async () => {
  const { source, stream } = open([chunk("a"), chunk("b", "stop")]);
  await settle();
  expect(source.reads).toBe(0);
  await stream.read();
  await settle();
  expect(source.reads).toBe(1);
});

describe("[DONE]", () => {
  test("ends the answer at once while the connection stays open, and the source is cancelled", async () => {
    const { source, stream } = open([chunk("a", "stop") + DONE], "open");
    expect(await readAll(stream)).toEqual([1, "whole"]);
    await settle();
    expect(source.cancelled).toBe(1);
  });

  test("with the end of the bytes behind it leaves the connection usable", async () => {
    const { source, stream } = open([chunk("a", "stop") + DONE]);
    expect(await readAll(stream)).toEqual([1, "whole"]);
    await settle();
    expect(source.cancelled).toBe(0);
  });
});

describe("cancel", () => {
  const reason = failure("cancelled", "caller-gone", "The caller cancelled the request.");

  test("settles a pending read and cancels the source, once", async () => {
    const { source, stream } = open([": keep-alive\n\n"], "open");
    const pending = stream.read();
    await settle();
    stream.cancel(reason);
    stream.cancel(failure("deadline", "deadline", "Too late."));
    expect(await pending).toEqual({ type: "ending", failure: reason });
    expect(await stream.read()).toEqual({ type: "ending", failure: reason });
    expect(source.cancelled).toBe(1);
  });

  test("between reads gives its reason to the next read", async () => {
    const { source, stream } = open([chunk("a"), chunk("b", "stop")]);
    await stream.read();
    stream.cancel(reason);
    expect(await stream.read()).toEqual({ type: "ending", failure: reason });
    expect(source).toMatchObject({ reads: 1, cancelled: 1 });
  });

  test("after the ending does nothing", async () => {
    const { source, stream } = open([chunk("a", "stop")]);
    await readAll(stream);
    stream.cancel(reason);
    expect(await stream.read()).toEqual({ type: "ending" });
    expect(source.cancelled).toBe(0);
  });
});

describe("a connection that breaks", () => {
  const reset = failure("fault", "connection-reset", "The connection was reset.", { provider: "box" });

  test("before content", async () => {
    const { stream } = open([": keep-alive\n\n"], reset);
    expect(await stream.read()).toEqual({ type: "ending", failure: reset });
  });

  test("after content says so", async () => {
    const { stream } = open([chunk("a")], reset);
    await stream.read();
    expect(await stream.read()).toEqual({ type: "ending", failure: { ...reset, committed: true } });
  });

  test("after the finish takes nothing from the answer", async () => {
    const { stream } = open([chunk("a", "stop")], reset);
    expect(await readAll(stream)).toEqual([1, "whole"]);
  });
});

test("a fault cancels the source: the rest of the body is of no use", async () => {
  const { source, stream } = open([chunk("a"), "data: {\n\n"], "open");
  expect(await readAll(stream)).toEqual([1, "malformed-frame"]);
  expect(source.cancelled).toBe(1);
});

describe("several choices", () => {
  const finishes = async (texts: string[], choices?: number) => {
    const { stream } = open(texts, "end", { choices });
    const found: (string | undefined)[] = [];
    for (;;) {
      const next = await stream.read();
      if (next.type === "ending") return [...found, next.failure?.reason ?? "whole"];
      for (const event of next.events) found.push(event.finishReason);
    }
  };

  test("only the event that ends the last open choice has the finish reason", async () => {
    expect(
      await finishes([chunk("a", null, 0), chunk("b", null, 1), chunk("", "stop", 1), chunk("", "length", 0)]),
    ).toEqual([undefined, undefined, undefined, "length", "whole"]);
  });

  test("a choice that was asked for and never came is missing", async () => {
    expect(await finishes([chunk("a", "stop", 0)], 2)).toEqual([undefined, "cut"]);
    expect(await finishes([chunk("a", "stop", 0), chunk("b", "stop", 1)], 2)).toEqual([undefined, "stop", "whole"]);
  });

  test("more than any request can ask for is a fault", async () => {
    const many = Array.from({ length: 1100 }, (_, index) => ({ index, delta: { content: "a" } }));
    expect((await finishes([frame({ choices: many })])).at(-1)).toBe("malformed-frame");
  });
});

describe("caps", () => {
  const decoder = () => new StreamDecoder({ ...options, maxFrameBytes: 200, maxBytes: 200 });

  test("a frame that never ends is a fault after what came before it", () => {
    const { events, ending } = decoder().push(bytesOf(`${chunk("a")}data: ${"x".repeat(300)}`));
    expect(events).toHaveLength(1);
    expect(ending?.failure).toMatchObject({ kind: "fault", reason: "frame-too-large", committed: true });
  });

  test("a document where a stream was asked for has its own", () => {
    expect(decoder().push(bytesOf(`\n\n{"choices": "${"x".repeat(300)}`)).ending?.failure?.reason).toBe(
      "body-too-large",
    );
  });

  test("blank lines and keep-alives, however many, are no frame", () => {
    const patient = decoder();
    for (let count = 0; count < 500; count++)
      expect(patient.push(bytesOf("\n: keep-alive\n\n")).ending).toBeUndefined();
    expect(patient.push(bytesOf(chunk("a"))).events).toHaveLength(1);
  });
});

test("an error object with text beside it gives the text first", async () => {
  const { stream } = open([
    frame({ error: { message: "gone" }, choices: [{ index: 0, delta: { content: "a" }, finish_reason: "error" }] }),
  ]);
  const batch = await stream.read();
  expect(batch).toMatchObject({ events: [{ substance: "content", finishReason: undefined }] });
  expect(batch.type === "batch" && batch.events[0]?.json).toEqual({
    choices: [{ index: 0, delta: { content: "a" }, finish_reason: null }],
  });
  expect(await stream.read()).toMatchObject({ failure: { message: "gone", committed: true } });
});

test("an error of a choice is an error", async () => {
  const { stream } = open([frame({ choices: [{ index: 0, delta: {}, error: { code: 429, message: "slow down" } }] })]);
  expect(await stream.read()).toMatchObject({ failure: { message: "slow down", committed: false } });
});
