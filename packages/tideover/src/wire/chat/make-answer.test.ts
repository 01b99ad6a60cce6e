import { expect, test } from "vitest";
import { AnswerFolder } from "./fold.ts";
import { type TextAnswer, textAnswerEvents } from "./make-answer.ts";

const answer: TextAnswer = {
  id: "a",
  created: 7,
  model: "template",
  text: "We are busy.",
  stream: false,
  operation: "chat",
};

test("unstreamed: one whole document", () => {
  const events = textAnswerEvents({ ...answer, usage: { promptTokens: 3, completionTokens: 4 } });
  expect(events).toMatchObject([{ whole: true, substance: "content", finishReason: "stop" }]);
  expect(events[0]?.json).toEqual({
    id: "a",
    object: "chat.completion",
    created: 7,
    model: "template",
    choices: [
      { index: 0, message: { role: "assistant", content: "We are busy." }, logprobs: null, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  });
});

test.each(["chat", "completions", "fim"] as const)("streamed %s folds to the same document", (operation) => {
  const events = textAnswerEvents({ ...answer, operation, stream: true });
  const folder = new AnswerFolder(operation);
  for (const event of events) folder.add(event);
  expect(events.map((event) => event.whole)).not.toContain(true);
  expect(events.at(-1)?.finishReason).toBe("stop");
  expect(folder.result()).toEqual(textAnswerEvents({ ...answer, operation })[0]?.json);
});
