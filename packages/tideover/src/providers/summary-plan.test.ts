import fc from "fast-check";
import { type CallRequest, isJsonObject, type Json, type JsonObject } from "tideover/engine";
import { describe, expect, test } from "vitest";
import { estimateConversation, estimateText } from "./prompt-size.ts";
import { planSummary } from "./summary-plan.ts";
import { inPieces, transcribed } from "./transcript.ts";

const LONG = "The tide rises and falls. ".repeat(40);
const requestOf = (messages: readonly Json[]): CallRequest => {
  const body = { model: "m", messages, top_p: 0.5 };
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return { operation: "chat", model: "m", body, bytes, stream: false, includeUsage: false };
};
const SYSTEM = { role: "system", content: "Be brief." };
const conversation = (turns: number): JsonObject[] => [
  SYSTEM,
  ...Array.from({ length: turns }, (_, turn) => [
    { role: "user", content: `question ${turn}: ${LONG}` },
    { role: "assistant", content: `answer ${turn}: ${LONG}` },
  ]).flat(),
  { role: "user", content: "How high is the tide?" },
];
const terms = { room: 1_500, part: 1, asksUsage: false };
const contentOf = (message: Json | undefined) =>
  isJsonObject(message) && typeof message.content === "string" ? message.content : "";
const messagesOf = (request: CallRequest | undefined) => (request?.body.messages ?? []) as JsonObject[];
const asked = (request: CallRequest | undefined) => contentOf(messagesOf(request)[1]);

describe("a conversation that is too long", () => {
  test("is told in a summary, but for the newest turns and what the system says", () => {
    const all = conversation(6);
    const plan = planSummary(requestOf(all), terms);
    const fitted = plan?.withSummaries(plan.pieces.map((_, index) => `Summary ${index}.`));
    const kept = messagesOf(fitted?.request);
    expect(kept.slice(0, 3)).toEqual([
      SYSTEM,
      { role: "user", content: expect.stringMatching(/^Summary of the conversation so far:\nSummary 0\./) },
      { role: "assistant", content: "Understood." },
    ]);
    const word = kept.slice(3);
    expect(word.length).toBeGreaterThan(1);
    expect(word).toEqual(all.slice(-word.length));
    expect(fitted).toMatchObject({ droppedMessages: 0, summarisedMessages: 12 - (word.length - 1) });
    expect(JSON.parse(new TextDecoder().decode(fitted?.request.bytes))).toEqual(fitted?.request.body);
  });

  test("is asked for in pieces that fit, in the order of the conversation", () => {
    const plan = planSummary(requestOf(conversation(6)), terms);
    expect(plan?.pieces.length).toBeGreaterThan(1);
    for (const { body } of plan?.pieces ?? []) {
      expect(estimateConversation(body.messages as Json[]) + Number(body.max_tokens)).toBeLessThan(terms.room);
      expect(body).toMatchObject({ model: "m", stream: true, temperature: 0 });
      expect(body).not.toHaveProperty("top_p");
    }
    expect(asked(plan?.pieces[0])).toMatch(/^User: question 0: The tide/);
    expect(plan?.pieces.map(asked).join("\n\n")).toContain("Assistant: answer 2: The tide");
  });

  test("of more text than may be asked for leaves out the oldest, and says so", () => {
    const plan = planSummary(requestOf(conversation(60)), terms);
    expect(plan?.pieces).toHaveLength(8);
    const fitted = plan?.withSummaries(plan.pieces.map(() => "It went up and down."));
    expect(fitted?.droppedMessages).toBeGreaterThan(80);
    expect((fitted?.droppedMessages ?? 0) + (fitted?.summarisedMessages ?? 0)).toBeLessThanOrEqual(120);
    expect(asked(plan?.pieces.at(-1))).toContain("answer");
  });

  test("with smaller pieces where the provider counts more", () => {
    const whole = planSummary(requestOf(conversation(3)), terms);
    const half = planSummary(requestOf(conversation(3)), { ...terms, part: 0.5 });
    expect(half?.pieces.length).toBeGreaterThan(whole?.pieces.length ?? 99);
  });

  test("is not summed up for the rest of an answer, nor where there is no room for a summary", () => {
    const request = requestOf(conversation(6));
    expect(planSummary({ ...request, continuation: { restart: false } }, terms)).toBeUndefined();
    expect(planSummary(request, { ...terms, room: 200 })).toBeUndefined();
    expect(planSummary(requestOf([{ role: "system", content: LONG.repeat(9) }, SYSTEM]), terms)).toBeUndefined();
  });

  test("asks for the usage where the host tells it", () => {
    const plan = planSummary(requestOf(conversation(6)), { ...terms, asksUsage: true });
    expect(plan?.pieces[0]).toMatchObject({ includeUsage: true, body: { stream_options: { include_usage: true } } });
  });
});

describe("one message that is too long", () => {
  const text = `Read this. ${LONG.repeat(12)} What does it say?`;

  test("keeps its beginning and its end, with a summary between", () => {
    const plan = planSummary(requestOf([SYSTEM, { role: "user", content: text }]), terms);
    const fitted = plan?.withSummaries(plan.pieces.map(() => "Up and down."));
    const [system, user] = messagesOf(fitted?.request);
    expect(system).toEqual(SYSTEM);
    const [head = "", tail = ""] = contentOf(user).split(/\n\[… (?:Up and down\.\n?)+ …\]\n/);
    expect(text.startsWith(head) && head.startsWith("Read this. The tide")).toBe(true);
    expect(text.endsWith(tail) && tail.endsWith("What does it say?")).toBe(true);
    expect(fitted).toMatchObject({ droppedMessages: 0, summarisedMessages: 1 });
    expect(estimateConversation([system ?? null, user ?? null])).toBeLessThanOrEqual(terms.room);
  });

  test("may stand among parts, and behind older turns, which are told in a summary of their own", () => {
    const picture = { type: "image_url", image_url: { url: "data:," } };
    const last = { role: "user", content: [picture, { type: "text", text }] };
    const plan = planSummary(requestOf([...conversation(1).slice(0, 3), last]), { ...terms, room: 3_000 });
    const texts = plan?.pieces.map((piece) => (asked(piece).startsWith("User: question 0") ? "Older." : "Middle."));
    expect(texts?.[0]).toBe("Older.");
    const fitted = plan?.withSummaries(texts ?? []);
    const [, told, , user] = messagesOf(fitted?.request);
    expect(contentOf(told)).toContain("Older.");
    expect(user?.content).toEqual([picture, { type: "text", text: expect.stringContaining("[… Middle.") }]);
    expect(fitted?.summarisedMessages).toBe(3);
  });
});

test("whatever is summed up, the result fits, keeps the system's words and ends as it did", () => {
  const message = fc.record({
    role: fc.constantFrom("system", "user", "assistant", "tool"),
    content: fc.string({ maxLength: 3_000, unit: fc.constantFrom("a", " ", "潮", "𝄞", "b", "c") }),
  });
  const summary = fc.string({ maxLength: 2_000 });
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 10 }), summary, fc.nat(2_000), (messages, told, more) => {
      const room = 300 + more;
      const plan = planSummary(requestOf(messages), { ...terms, room });
      if (plan === undefined) return;
      for (const { body } of plan.pieces) {
        expect(estimateConversation(body.messages as Json[]) + Number(body.max_tokens)).toBeLessThanOrEqual(room);
        expect(JSON.stringify(body)).not.toMatch(/\\ud[89a-f]/);
      }
      const fitted = plan.withSummaries(plan.pieces.map(() => told));
      if (fitted === undefined) return;
      const kept = fitted.request.body.messages as Json[];
      expect(estimateConversation(kept)).toBeLessThanOrEqual(room);
      const isSystem = (one: Json) => isJsonObject(one) && one.role === "system";
      expect(kept.filter(isSystem)).toEqual(messages.filter(isSystem));
      expect(contentOf(kept.at(-1)).at(-1)).toBe(contentOf(messages.at(-1)).at(-1));
    }),
  );
});

describe("pieces", () => {
  test("hold whole passages while these fit, and are cut between words", () => {
    const passages = [LONG, "one", "two"].map((text, message) => ({ message, text, place: "turns" as const }));
    const pieces = inPieces(passages, 100, 99);
    expect(pieces.at(-1)?.text).toMatch(/falls\. \n\none\n\ntwo$/);
    expect(pieces.map(({ text }) => text).join("")).toContain(LONG.slice(0, 100));
    for (const { text } of pieces) {
      expect(estimateText(text)).toBeLessThanOrEqual(102);
      expect(text).not.toMatch(/^\S+ing\b/);
    }
  });

  test("tell who calls what", () => {
    const calls = [{ function: { name: "tide", arguments: "{}" } }];
    expect(transcribed({ role: "assistant", content: null, tool_calls: calls })).toBe("Assistant: [calls tide({})]");
    expect(transcribed({ role: "user", content: [{ type: "image_url" }, { type: "text", text: "?" }] })).toBe(
      "User: [image_url]\n?",
    );
    expect(transcribed({ role: "assistant", content: null })).toBe("");
  });
});
