import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../engine/json.ts";
import { eventFrom } from "./chat-event.ts";
import { AnswerFolder } from "./fold.ts";
import { unfold } from "./unfold.ts";

const text = fc.string({ unit: fc.constantFrom("a", "海", "🌊", " ", "\n", '"') });
const nonEmpty = text.filter((value) => value !== "");
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const token = fc.record({ token: text, logprob: fc.double({ noNaN: true, max: 0 }), top_logprobs: fc.constant([]) });
const logprobs = fc.oneof(
  fc.constant(null),
  fc.record({ content: fc.array(token, { minLength: 1, maxLength: 3 }), refusal: fc.constant(null) }),
);
const toolCall = fc.record({
  id: nonEmpty,
  type: fc.constant("function"),
  function: fc.record({ name: nonEmpty, arguments: text }),
});

/** Members that are undefined are absent, as in JSON. */
const compact = (members: Record<string, unknown>) => JSON.parse(JSON.stringify(members)) as JsonObject;

/** Messages as providers write them: with calls or a refusal, content is a text that is not empty, or null. */
const message = fc
  .record({
    content: text,
    reasoning_content: optional(text),
    reasoning: optional(text),
    refusal: optional(fc.oneof(fc.constant(null), nonEmpty)),
    tool_calls: optional(fc.uniqueArray(toolCall, { minLength: 1, maxLength: 3, selector: (call) => call.id })),
    annotations: optional(fc.array(fc.record({ type: text }), { maxLength: 2 })),
  })
  .map((members) => {
    const elsewhere = members.tool_calls !== undefined || typeof members.refusal === "string";
    return { role: "assistant", ...members, content: members.content === "" && elsewhere ? null : members.content };
  });

const ending = {
  finish_reason: fc.constantFrom("stop", "length", "tool_calls", null),
  stop_reason: optional(fc.nat()),
};
const count = fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat() });
const document = (choice: fc.Arbitrary<Record<string, unknown>>, object: string) =>
  fc
    .record({
      id: nonEmpty,
      created: fc.integer({ min: 1, max: 2_000_000_000 }),
      model: nonEmpty,
      choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
      usage: optional(count),
      system_fingerprint: optional(fc.oneof(fc.constant(null), text)),
      vendor: optional(fc.record({ any: fc.nat() })),
    })
    .map(({ choices, ...members }) =>
      compact({ ...members, object, choices: choices.map((one, index) => ({ index, ...one })) }),
    );

const chat = document(fc.record({ message, logprobs: optional(logprobs), ...ending }), "chat.completion");
const completion = document(fc.record({ text, logprobs: optional(logprobs), ...ending }), "text_completion");

function fold(events: readonly JsonObject[], operation: "chat" | "completions"): JsonObject {
  const folder = new AnswerFolder(operation);
  for (const event of events) folder.add(eventFrom(event, false));
  return folder.result();
}

const chunksOf = (whole: JsonObject, operation: "chat" | "completions") =>
  unfold(whole, operation).map((event) => event.json);

test("folding the chunks that a chat answer unfolds to gives the answer", () => {
  fc.assert(
    fc.property(chat, (whole) => {
      expect(fold(chunksOf(whole, "chat"), "chat")).toEqual(whole);
    }),
    { numRuns: 500 },
  );
});

test("folding the chunks that a completion unfolds to gives the completion", () => {
  fc.assert(
    fc.property(completion, (whole) => {
      expect(fold(chunksOf(whole, "completions"), "completions")).toEqual(whole);
    }),
  );
});

/** Cuts a text into pieces between code points, as tokens do. */
function piecesOf(value: string, size: number): string[] {
  const characters = [...value];
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(""));
  return pieces;
}

test("folding an answer that came token by token, its choices interleaved, gives the answer", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, text, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 3 }),
      (said) => {
        const queues = said.map(([reasoning, content, size], index) => [
          { index, delta: { role: "assistant", content: null, reasoning_content: "" }, finish_reason: null },
          ...piecesOf(reasoning, size).map((piece) => ({ index, delta: { content: null, reasoning_content: piece } })),
          ...piecesOf(content, size).map((piece) => ({ index, delta: { content: piece, reasoning_content: null } })),
          { index, delta: { content: "" }, finish_reason: "stop" },
        ]);
        const chunks: JsonObject[] = [];
        while (queues.some((queue) => queue.length > 0)) {
          for (const queue of queues) {
            const next = queue.shift();
            if (next !== undefined) chunks.push({ choices: [next] });
          }
        }
        expect(fold(chunks, "chat").choices).toEqual(
          said.map(([reasoning, content], index) => ({
            index,
            message: { role: "assistant", content, reasoning_content: reasoning },
            finish_reason: "stop",
          })),
        );
      },
    ),
  );
});
