import type { JsonObject } from "tideover/engine";
import { expect, test } from "vitest";
import { callModel, chatBody, testModel } from "../testing/call-model.ts";

test.each([
  ["{", 400, "not a valid JSON object"],
  [{ model: "m" }, 400, "Empty input messages"],
  [{ messages: [] }, 422, "missing field `model`"],
  [chatBody("x", { temperature: "warm" }), 422, 'temperature: invalid type: string \\"warm\\", expected f32'],
  [chatBody("x", { temperature: 3 }), 400, "valid range of temperature is [0, 2]"],
  [chatBody("x", { max_tokens: 0 }), 400, "valid range of max_tokens"],
  [{ model: "m", messages: [{ role: "boss", content: "x" }] }, 422, "messages[0].role: unknown variant `boss`"],
  [{ model: "m", messages: [{ role: "user", content: [{ type: "video" }] }] }, 422, "unknown variant `video`"],
  [{ model: "m", messages: [{ role: "assistant", content: null }] }, 400, "content or tool_calls must be set"],
  [chatBody("x", { response_format: { type: "json_object" } }), 400, "must contain the word 'json'"],
  [chatBody("x", { user_id: "no spaces" }), 400, "Invalid user_id"],
])("a wrong body %j gives %i", async (body, status, message) => {
  const received = await callModel(testModel(), body);
  expect(received.status).toBe(status);
  expect(received.text).toContain(message);
  expect(received.text).toContain('"param":null');
});

test("serde's message names line and column of the offending value", async () => {
  const text = '{"model": "m",\n "messages": [{"role": "user", "content": "x"}],\n "stream": "yes"}';
  expect((await callModel(testModel(), text)).text).toContain("expected a boolean at line 3 column 16");
});

test("reasoning history follows the era", async () => {
  const tools = [{ type: "function", function: { name: "f", parameters: {} } }];
  const history = (reasoning: object): JsonObject => ({
    model: "m",
    thinking: { type: "enabled" },
    messages: [
      { role: "user", content: "x" },
      { role: "assistant", content: "y", ...reasoning },
      { role: "user", content: "z" },
    ],
  });
  const status = async (body: JsonObject, options = {}) => (await callModel(testModel(options), body)).status;
  expect(await status({ ...history({}), tools })).toBe(400);
  expect(await status({ ...history({ reasoning_content: "" }), tools })).toBe(200);
  expect(await status(history({}))).toBe(200);
  expect(await status(history({ reasoning_content: "r" }), { reasoningHistory: "refused" })).toBe(400);
  expect(await status({ ...history({}), tools }, { reasoningHistory: "ignored" })).toBe(200);
});
