import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitAt } from "../testing/scripted-source.ts";
import { type SseFrame, SseParser } from "./sse-parser.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function parse(chunks: readonly Uint8Array[]): SseFrame[] {
  const parser = new SseParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

const dataOf = (text: string) => parse([bytesOf(text)]).map((frame) => frame.data);

/** The same stream as an independent parser reads it. */
function oracle(bytes: Uint8Array): SseFrame[] {
  const frames: SseFrame[] = [];
  const parser = createParser({
    onEvent: ({ event, data, id }) => frames.push({ event: event === undefined ? "message" : event, data, id }),
  });
  parser.feed(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  return frames;
}

describe("the rules of the HTML standard", () => {
  test.each([
    ["LF", "data: a\n\ndata: b\n\n", ["a", "b"]],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
    ["CR", "data: a\r\rdata: b\r\r", ["a", "b"]],
    ["mixed line ends", "data: a\r\ndata: b\n\rdata: c\r\n\n", ["a\nb", "c"]],
    ["several data lines", "data: a\ndata:\ndata: b\n\n", ["a\n\nb"]],
    ["one space is removed, not two", "data:  a\ndata:b\n\n", [" a\nb"]],
    ["a field without a colon", "data\n\ndata\ndata\n\n", ["", "\n"]],
    ["comments give nothing", ": keep-alive\n\n:\n\ndata: a\n: within\ndata: b\n\n", ["a\nb"]],
    ["an event without data gives nothing", "event: ping\nid: 1\n\ndata: a\n\n", ["a"]],
    ["unknown fields are ignored", "datas: x\n data: y\nfoo\nretry: 10\ndata: a\n\n", ["a"]],
    ["an unfinished event is not dispatched", "data: a\n\ndata: b\n", ["a"]],
  ])("%s", (_, text, expected) => {
    expect(dataOf(text)).toEqual(expected);
  });

  test("type and id belong to their own frame", () => {
    expect(parse([bytesOf("event: error\nid: 7\ndata: a\n\ndata: b\n\nid: \0\ndata: c\n\n")])).toEqual([
      { event: "error", data: "a", id: "7" },
      { event: "message", data: "b", id: undefined },
      { event: "message", data: "c", id: undefined },
    ]);
  });

  test("a byte order mark is removed at the start only", () => {
    expect(dataOf("\uFEFFdata: \uFEFFa\n\n")).toEqual(["\uFEFFa"]);
    expect(dataOf("data: a\n\n\uFEFFdata: b\n\n")).toEqual(["a"]);
  });

  test("CRLF split between two reads ends one line", () => {
    expect(parse([bytesOf("data: a\r"), bytesOf("\ndata: b\r"), bytesOf("\n\r"), bytesOf("\n")])).toEqual([
      { event: "message", data: "a\nb", id: undefined },
    ]);
  });

  test("invalid UTF-8 becomes the replacement character", () => {
    expect(parse([bytesOf("data: a"), Uint8Array.of(0xff, 0xe6, 0xb5), bytesOf("\n\n")])[0]?.data).toBe(
      "a\uFFFD\uFFFD",
    );
  });
});

describe("property", () => {
  const piece = fc.constantFrom(
    "data: ",
    "data:",
    "data",
    "event: ",
    "id: ",
    "retry: 5",
    ": c",
    ":",
    " ",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\r\n\r\n",
    "海🌊",
    "é",
    "\uFEFF",
    "\0",
    "x",
    '{"a":1}',
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));

  test("an independent parser reads the same frames", () => {
    fc.assert(
      fc.property(text, (stream) => {
        expect(parse([bytesOf(stream)])).toEqual(oracle(bytesOf(stream)));
      }),
      { numRuns: 1000 },
    );
  });

  test("any split gives the same frames", () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(400), { maxLength: 20 }), (stream, cuts) => {
        const bytes = bytesOf(stream);
        const chunks = splitAt(
          bytes,
          cuts.map((cut) => cut % (bytes.length + 1)),
        );
        expect(parse(chunks)).toEqual(parse([bytes]));
        expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(parse([bytes]));
      }),
    );
  });

  test("any bytes at all give the same frames as the independent parser's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        const bytes = new Uint8Array([...bytesOf("data: "), ...noise, ...bytesOf("\n\n")]);
        expect(parse([bytes])).toEqual(oracle(bytes));
      }),
    );
  });
});

test("the source may reuse its memory after a read", () => {
  const parser = new SseParser();
  const memory = bytesOf("data: one");
  parser.push(memory);
  memory.fill(0x20);
  expect(parser.push(bytesOf(" two\n\n"))[0]?.data).toBe("one two");
});

test.each([
  ["", false],
  ["data: a\n\n", false],
  [": keep-al", false],
  ["data: a\n\n: keep-alive\n", false],
  ["d", true],
  ["data: a\n", true],
  ["data: a\n\nevent: x\n", true],
])("after %j a partial frame is there: %j", (text, expected) => {
  const parser = new SseParser();
  parser.push(bytesOf(text));
  expect(parser.hasPartial()).toBe(expected);
});

describe("the cap of a frame", () => {
  test.each([
    ["one line", ["data: 0123456789\n\n"]],
    ["a line that never ends", ["data: 01234", "56789"]],
    ["many short lines", ["data: 0\n", "data: 1\n", "data: 2\n"]],
    ["a comment that never ends", [": keep-alive keep-alive"]],
  ])("%s fails the parser", (_, chunks) => {
    const parser = new SseParser(15);
    for (const chunk of chunks) expect(parser.push(bytesOf(chunk))).toEqual([]);
    expect(parser.failure).toMatchObject({ kind: "fault", reason: "frame-too-large" });
    expect(parser.push(bytesOf("\n\ndata: a\n\n"))).toEqual([]);
  });

  test("frames before the one that is too large are given", () => {
    const parser = new SseParser(15);
    expect(parser.push(bytesOf("data: a\n\ndata: 0123456789\n\n")).map((frame) => frame.data)).toEqual(["a"]);
    expect(parser.failure?.reason).toBe("frame-too-large");
  });

  test("many frames and comments, each below the cap, never reach it", () => {
    const parser = new SseParser(15);
    for (let count = 0; count < 100; count++) {
      expect(parser.push(bytesOf(": keep-alive\n\ndata: 0123\n\n"))).toHaveLength(1);
    }
    expect(parser.failure).toBeUndefined();
  });
});

test("a big frame that comes byte by byte is one frame", () => {
  const parser = new SseParser();
  const size = 1024 * 1024;
  const bytes = bytesOf(`data: ${"x".repeat(size)}\n\n`);
  let frames: SseFrame[] = [];
  for (let at = 0; at < bytes.length; at++) frames = frames.concat(parser.push(bytes.subarray(at, at + 1)));
  expect(frames.map((frame) => frame.data.length)).toEqual([size]);
});
