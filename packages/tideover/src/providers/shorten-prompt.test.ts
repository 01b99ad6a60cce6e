import fc from "fast-check";
import { type CallRequest, isJsonObject, type Json, type JsonObject } from "tideover/engine";
import { describe, expect, test } from "vitest";
import { canFit, isTooLongFor } from "./fit-prompt.ts";
import { estimateConversation } from "./prompt-size.ts";
import { lastTurnOnly, shortenPrompt } from "./shorten-prompt.ts";

const LONG = "tide ".repeat(100);
const requestOf = (messages: readonly Json[], more: JsonObject = {}): CallRequest => {
  const body = { model: "m", messages, ...more };
  return {
    operation: "chat",
    model: "m",
    body,
    bytes: new TextEncoder().encode(JSON.stringify(body)),
    stream: false,
    includeUsage: false,
  };
};
const CONVERSATION: readonly JsonObject[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: `first ${LONG}` },
  { role: "assistant", content: null, tool_calls: [{ id: "1", function: { name: "tide", arguments: LONG } }] },
  { role: "tool", tool_call_id: "1", content: LONG },
  { role: "assistant", content: "At six." },
  { role: "user", content: `second ${LONG}` },
  { role: "assistant", content: LONG },
  { role: "user", content: "And low?" },
];

describe("shortening", () => {
  test("leaves out whole turns, the oldest first, and never what the system said", () => {
    const once = shortenPrompt(requestOf(CONVERSATION), 350);
    expect(once?.request.body.messages).toEqual([CONVERSATION[0], ...CONVERSATION.slice(5)]);
    expect(once?.droppedMessages).toBe(4);
    const twice = shortenPrompt(requestOf(CONVERSATION), 40);
    expect(twice?.request.body.messages).toEqual([CONVERSATION[0], CONVERSATION[7]]);
    expect(JSON.parse(new TextDecoder().decode(twice?.request.bytes))).toEqual(twice?.request.body);
  });

  test("is impossible where the rest is too long by itself, and needless where all fits", () => {
    expect(shortenPrompt(requestOf(CONVERSATION), 5)).toBeUndefined();
    expect(shortenPrompt(requestOf([{ role: "user", content: LONG }]), 50)).toBeUndefined();
    expect(shortenPrompt(requestOf(CONVERSATION), 10_000)).toBeUndefined();
  });

  test("goes down to the last turn, and no further", () => {
    const shortest = lastTurnOnly(requestOf(CONVERSATION));
    expect(shortest?.request.body.messages).toEqual([CONVERSATION[0], CONVERSATION[7]]);
    expect(shortest === undefined || lastTurnOnly(shortest.request)).toBeUndefined();
  });

  test("gives a conversation that fits, ends as it did, and is a part of the given one in its order", () => {
    const message = fc.record({
      role: fc.constantFrom("system", "user", "assistant", "tool"),
      content: fc.string({ maxLength: 200 }),
    });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), fc.nat(300), (messages, most) => {
        const shortened = shortenPrompt(requestOf(messages), most);
        if (shortened === undefined) return;
        const kept = shortened.request.body.messages as Json[];
        expect(estimateConversation(kept)).toBeLessThanOrEqual(most);
        expect(kept.length + shortened.droppedMessages).toBe(messages.length);
        expect(kept.at(-1)).toBe(messages.at(-1));
        expect(messages.filter((one) => kept.includes(one))).toEqual(kept);
        const system = (one: Json) => isJsonObject(one) && one.role === "system";
        expect(kept.filter(system)).toEqual(messages.filter(system));
      }),
    );
  });
});

describe("what fits", () => {
  test("leaves room for the answer that was asked for, at most a quarter", () => {
    const messages = [{ role: "user", content: "x".repeat(1_000) }];
    expect(isTooLongFor(requestOf(messages, { max_tokens: 10 }), 320)).toBe(false);
    expect(isTooLongFor(requestOf(messages, { max_tokens: 4_000 }), 320)).toBe(true);
    expect(isTooLongFor(requestOf(messages), 500)).toBe(false);
  });

  test("counts Chinese twice as much as English, and a picture as more than its name", () => {
    const sizeOf = (content: Json) => estimateConversation([{ role: "user", content }]);
    expect(sizeOf("潮".repeat(100))).toBe(64);
    expect(sizeOf("a".repeat(100))).toBe(34);
    // Of a very long text only the beginning is looked at.
    expect(sizeOf("潮".repeat(1_000_000))).toBe(600_004);
    expect(sizeOf([{ type: "image_url", image_url: { url: `data:${"x".repeat(10_000)}` } }])).toBe(804);
  });

  test("can be what fits once it is shortened, or summed up", () => {
    expect(canFit(requestOf(CONVERSATION), 100, false)).toBe(true);
    expect(canFit(requestOf(CONVERSATION), 12, false)).toBe(false);
    const one = requestOf([{ role: "user", content: LONG.repeat(20) }]);
    expect(canFit(one, 1_000, false)).toBe(false);
    expect(canFit(one, 1_000, true)).toBe(true);
    // Too little room for a summary.
    expect(canFit(one, 150, true)).toBe(false);
  });
});
