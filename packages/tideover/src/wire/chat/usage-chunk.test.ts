import { expect, test } from "vitest";
import type { JsonObject } from "../../engine/json.ts";
import { eventFrom } from "./chat-event.ts";
import { hideInjectedUsage } from "./usage-chunk.ts";

const usage = { prompt_tokens: 1, completion_tokens: 2 };

test("a trailing usage chunk is hidden", () => {
  expect(hideInjectedUsage(eventFrom({ choices: [], usage }, false))).toBeUndefined();
});

test.each<[string, JsonObject, boolean]>([
  ["usage on a finish chunk", { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage }, false],
  ["a chunk without choices and usage", { choices: [], usage: null, prompt_filter_results: [] }, false],
  ["a whole document", { choices: [], usage }, true],
  ["embeddings", { data: [], usage }, true],
])("%s is left alone", (_, json, whole) => {
  const event = eventFrom(json, whole);
  expect(hideInjectedUsage(event)).toBe(event);
});
