import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AnswerEvent, Batch, Ending } from "../../engine/answer-stream.ts";
import { EventLog } from "../../engine/event-log.ts";
import { failure } from "../../engine/failure.ts";
import { ScriptedSource } from "../testing/scripted-source.ts";
import { AnswerText } from "./answer-text.ts";
import { decodeStream } from "./decode-stream.ts";
import { AnswerFolder } from "./fold.ts";

const encoder = new TextEncoder();
const frame = (data: string) => `data: ${data}\n\n`;
const around = (delta: string, rest = "") =>
  `{"id":"c","created":1,"model":"m","choices":[{"index":0,"delta":{${delta}},"logprobs":null,"finish_reason":null}]${rest}}`;
const content = (text: string) => around(`"content":${JSON.stringify(text)}`);

async function read(pieces: readonly (string | Uint8Array)[]): Promise<{ events: AnswerEvent[]; ending: Ending }> {
  const bytes = pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece));
  const stream = decodeStream(new ScriptedSource(bytes), {
    operation: "chat",
    classifyError: () => failure("fault", "in-band", "An error came."),
  });
  const events: AnswerEvent[] = [];
  for (;;) {
    const next: Batch | Ending = await stream.read();
    if (next.type === "ending") return { events, ending: next };
    events.push(...next.events);
  }
}

/** Which events were recognised as pieces. */
const recognised = ({ events }: { events: readonly AnswerEvent[] }) => events.map((event) => event.piece !== undefined);

describe("what is like the frame before it is recognised", () => {
  test("from the second one on, in the same read and in the next", async () => {
    const read1 = frame(content("a")) + frame(content("b"));
    const result = await read([frame(content("0")), read1, frame(content("c"))]);
    expect(recognised(result)).toEqual([false, true, true, true]);
    expect(recognised(await read([frame(content("0")) + read1]))).toEqual([false, true, true]);
    expect(result.events.map((event) => event.data)).toEqual(["0", "a", "b", "c"].map(content));
    expect(result.events[2]).toMatchObject({
      piece: { choice: 0, member: "content", text: "b" },
      substance: "content",
    });
    expect(result.events[2]?.json).toEqual(JSON.parse(content("b")));
  });

  test.each(["", " \n", '"quoted" \\ back', "海\u0000é😀", "\ud83d", "/", "a]}b"])(
    "whatever the text: %j",
    async (text) => {
      const result = await read([frame(content("0")), frame(content(text))]);
      expect(recognised(result)).toEqual([false, true]);
      expect(result.events[1]?.piece?.text).toBe(text);
      expect(result.events[1]?.substance).toBe(text === "" ? "none" : text.trim() === "" ? "blank" : "content");
    },
  );

  test("with spaces, in reasoning, in completions, in another choice, after a member of the same name", async () => {
    const forms = [
      (text: string) => `{"choices": [{"index": 0, "delta": {"content" : "${text}"}}]}`,
      (text: string) => around(`"content":null,"reasoning_content":"${text}"`),
      (text: string) => `{"choices":[{"index":0,"text":"${text}"}]}`,
      (text: string) => `{"choices":[{"index":3,"delta":{"content":"${text}"}}]}`,
      (text: string) =>
        `{"content":"${text}","note":"\\"content\\":\\"x\\"","choices":[{"delta":{"content":"${text}"}}]}`,
    ];
    const results = await Promise.all(forms.map((form) => read([frame(form("one")), frame(form("two"))])));
    const pieces = results.map((result) => result.events[1]?.piece);
    expect(pieces.map((piece) => piece && { choice: piece.choice, member: piece.member, text: piece.text })).toEqual([
      { choice: 0, member: "content", text: "two" },
      { choice: 0, member: "reasoning_content", text: "two" },
      { choice: 0, member: "text", text: "two" },
      { choice: 3, member: "content", text: "two" },
      // Both texts change, so neither place alone is what differs.
      undefined,
    ]);
  });
});

describe("what is not, goes the long way", () => {
  test.each([
    ["another member", around('"content":"b","extra":1')],
    [
      "a finish",
      '{"id":"c","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}',
    ],
    ["usage", around('"content":"b"', ',"usage":{"prompt_tokens":1,"completion_tokens":1}')],
    ["another identity", content("b").replace('"c"', '"d"')],
    ["a call", around('"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":""}}]')],
  ])("%s", async (_what, other) => {
    const result = await read([frame(content("a")), frame(other), frame("[DONE]")]);
    expect(result.events[1]?.piece).toBeUndefined();
    expect(result.events[1]?.json).toEqual(JSON.parse(other));
  });

  test.each([
    ["an end of the string in the text", content("a").replace('"a"', '"b","error":{"message":"x"},"x":"y"')],
    ["a raw line break", content("a").replace('"a"', '"b\tc"')],
    ["an escape that is none", content("a").replace('"a"', '"b\\x"')],
  ])("%s is judged as ever", async (_what, other) => {
    const [first, alone] = await Promise.all([read([frame(content("a")), frame(other)]), read([frame(other)])]);
    expect(first.events[1]?.piece).toBeUndefined();
    expect(first.ending.failure?.reason).toBe(
      alone.ending.failure?.reason === "blank-body" ? "cut" : alone.ending.failure?.reason,
    );
  });

  test("invalid UTF-8 becomes U+FFFD, as it does everywhere", async () => {
    const bytes = encoder.encode(frame(content("#")));
    bytes[bytes.indexOf(0x23)] = 0xff;
    const result = await read([frame(content("a")), bytes]);
    expect(result.events[1]?.data).toBe(content("\ufffd"));
    expect(result.events[1]?.frame).toBeUndefined();
  });

  test("data of several lines, fields beside it, and frames that end in CR LF", async () => {
    const odd = (text: string) => [
      `data: {"choices":\ndata: [{"delta":{"content":"${text}"}}]}\n\n`,
      `event: x\n${frame(content(text))}`,
      frame(content(text)).replaceAll("\n", "\r\n"),
    ];
    for (const [index, first] of odd("a").entries()) {
      const result = await read([first, odd("b")[index] ?? ""]);
      expect(recognised(result)).toEqual([false, false]);
      expect(result.events[1]?.json.choices).toMatchObject([{ delta: { content: "b" } }]);
    }
  });

  test("a frame after something else is compared with nothing older", async () => {
    const role = around('"role":"assistant"');
    const result = await read([frame(content("a")), frame(role), frame(content("b")), frame(content("c"))]);
    expect(recognised(result)).toEqual([false, false, false, true]);
  });
});

const anyFrame = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: "grapheme" }).map(content) },
  { weight: 2, arbitrary: fc.string().map((text) => around(`"reasoning_content":${JSON.stringify(text)}`)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(around('"role":"assistant","content":""'), content("a").replace('"c"', '"d"')),
  },
  { weight: 1, arbitrary: fc.string().map((text) => content(text).replace('"index":0', '"index":1')) },
);

test("recognised or not, the events, the folded answer and its texts are the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyFrame, { minLength: 1, maxLength: 30 }),
      fc.infiniteStream(fc.nat(400)),
      async (all, cuts) => {
        const bytes = encoder.encode(all.map(frame).join(""));
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; ) {
          const size = 1 + cuts.next().value;
          pieces.push(bytes.slice(at, at + size));
          at += size;
        }
        const quick = (await read(pieces)).events;
        const plain = all.map((data): AnswerEvent => ({ ...quick[0], data, json: JSON.parse(data) }) as AnswerEvent);
        expect(quick.map(({ data, json }) => ({ data, json }))).toEqual(
          plain.map(({ data, json }) => ({ data, json })),
        );
        expect(EventLog.of(quick).texts()).toEqual(all);
        const slow = (await read(all.map((data) => `event: x\n${frame(data)}`))).events;
        expect(slow.some((event) => event.piece !== undefined)).toBe(false);
        expect(quick.map((event) => event.substance)).toEqual(slow.map((event) => event.substance));
        const folded = [quick, slow].map((events) => {
          const folder = new AnswerFolder("chat");
          const text = new AnswerText();
          for (const event of events) {
            folder.add(event);
            text.add(event);
          }
          return { json: folder.result(), texts: text.indexes.map((index) => text.choice(index)) };
        });
        expect(folded[0]).toEqual(folded[1]);
      },
    ),
    { numRuns: 200 },
  );
});
