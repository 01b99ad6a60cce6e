import fc from "fast-check";
import { type CallRequest, isJsonObject, type Json, type JsonObject } from "tideover/engine";
import { describe, expect, test } from "vitest";
import { canBeFitted } from "./fit-prompt.ts";
import { promptLength } from "./prompt-length.ts";
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

  test("to the last turn never fails for want of a part of a token", () => {
    const message = fc.record({
      role: fc.constantFrom("system", "user", "assistant"),
      content: fc.string({ minLength: 1, maxLength: 60 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (before) => {
        const last = { role: "user", content: "And low?" };
        const shortest = lastTurnOnly(requestOf([...before, last]));
        const system = before.filter(({ role }) => role === "system");
        if (system.length === before.length) expect(shortest).toBeUndefined();
        else expect(shortest?.request.body.messages).toEqual([...system, last]);
        const exactly = estimateConversation([...system, last]);
        expect(shortenPrompt(requestOf([...before, last]), exactly)?.request).toEqual(shortest?.request);
      }),
    );
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
    expect(promptLength(requestOf(messages, { max_tokens: 10 }), 320)).toBe("fits");
    expect(promptLength(requestOf(messages, { max_tokens: 4_000 }), 320)).toBe("perhaps-too-long");
    expect(promptLength(requestOf(messages), 500)).toBe("fits");
  });

  test("may do so by half more than is estimated, for tokenizers differ", () => {
    const messages = [{ role: "user", content: "x".repeat(1_000) }];
    const inRoom = (room: number) => promptLength(requestOf(messages, { max_tokens: 10 }), room + 10);
    expect([inRoom(304), inRoom(303), inRoom(203), inRoom(202)]).toEqual([
      "fits",
      "perhaps-too-long",
      "perhaps-too-long",
      "too-long",
    ]);
  });

  test("counts Chinese twice as much as English, and a picture as more than its name", () => {
    const sizeOf = (content: Json) => estimateConversation([{ role: "user", content }]);
    expect(sizeOf("潮".repeat(100))).toBe(64);
    expect(sizeOf("a".repeat(100))).toBe(34);
    // Of a very long text only the beginning is looked at.
    expect(sizeOf("潮".repeat(1_000_000))).toBe(600_004);
    expect(sizeOf([{ type: "image_url", image_url: { url: `data:${"x".repeat(10_000)}` } }])).toBe(804);
  });

  test("is as large as its parts together", () => {
    const calls = fc.array(fc.record({ id: fc.string(), function: fc.record({ arguments: fc.string() }) }));
    const message = fc.record(
      { role: fc.constantFrom("system", "user", "assistant"), content: fc.string(), tool_calls: calls },
      { requiredKeys: ["role"] },
    ) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        const parts = messages.map((one) => estimateConversation([one]));
        expect(estimateConversation(messages)).toBe(parts.reduce((sum, part) => sum + part, 0));
      }),
    );
  });

  test("is looked at up to a total; the rest is taken to be like that, from the newest on", () => {
    const old = Array.from({ length: 20 }, () => ({ role: "assistant", content: "a".repeat(64 * 1_024) }));
    const recent = Array.from({ length: 16 }, () => ({ role: "user", content: "潮".repeat(64 * 1_024) }));
    const ofRecent = 16 * estimateConversation(recent.slice(0, 1));
    // The older ones are no longer looked at, and counted as the newer ones are written.
    expect(estimateConversation([...old, ...recent])).toBe(Math.round(ofRecent * (36 / 16)));
    expect(estimateConversation([...recent, ...old])).toBeLessThan(ofRecent * 2);
    // What stays of a conversation beyond the total has the size that it had in it.
    const whole = [{ role: "system", content: "a".repeat(5_000) }, ...recent, ...old, ...recent, ...old];
    const shortened = shortenPrompt(requestOf(whole), 700_000);
    const kept = shortened?.request.body.messages as Json[];
    expect(shortened?.droppedMessages).toBeGreaterThan(0);
    expect(estimateConversation(kept)).toBeLessThanOrEqual(700_000);
  });

  test("counts what tools are called with, however deep it is nested", () => {
    const sizeOf = (call: Json) => estimateConversation([{ role: "assistant", tool_calls: [call] }]);
    expect(sizeOf({ function: { name: "tide", arguments: "a".repeat(1_000) } })).toBe(4 + 20 + 302);
    expect(sizeOf({ function: { arguments: { at: "a".repeat(1_000) } } })).toBe(4 + 20 + 300);
    let deep: Json = "a".repeat(1_000);
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(sizeOf(deep)).toBe(24);
  });

  test("can be what fits once it is shortened, or summed up", () => {
    expect(canBeFitted(requestOf(CONVERSATION), 100, false)).toBe(true);
    expect(canBeFitted(requestOf(CONVERSATION), 12, false)).toBe(false);
    const one = requestOf([{ role: "user", content: LONG.repeat(20) }]);
    expect(canBeFitted(one, 1_000, false)).toBe(false);
    expect(canBeFitted(one, 1_000, true)).toBe(true);
    // Too little room for a summary.
    expect(canBeFitted(one, 150, true)).toBe(false);
  });
});
