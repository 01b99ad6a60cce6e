import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../engine/json.ts";
import { chatRequestOfResponse } from "./chat-request.ts";
import { keptRequestBytes, readKeptRequest } from "./kept-request.ts";
import { isResponseId, itemId, responseId } from "./response-id.ts";

function bodyOf(more: JsonObject, history: readonly JsonObject[] = []): JsonObject {
  const made = chatRequestOfResponse({ request: { model: "m", input: "Hi", ...more }, history });
  if (made.type !== "chat-request") throw new Error(made.message);
  return made.body;
}

function flawOf(more: JsonObject): { param: string; message: string } {
  const made = chatRequestOfResponse({ request: { model: "m", input: "Hi", ...more }, history: [] });
  if (made.type === "chat-request") throw new Error("It was translated.");
  return made;
}

describe("the members", () => {
  test.each<[JsonObject, JsonObject]>([
    [
      { max_output_tokens: 9, temperature: 0, top_p: null },
      { max_tokens: 9, temperature: 0 },
    ],
    [{ stream: true }, { stream: true, stream_options: { include_usage: true } }],
    [{ store: false, include: ["x"], truncation: "auto", service_tier: "flex", prompt_cache_key: "k" }, {}],
    [{ reasoning: { effort: "low", summary: "auto" } }, { reasoning_effort: "low" }],
    [{ reasoning: { effort: "none" } }, { thinking: { type: "disabled" } }],
    [{ text: { format: { type: "text" }, verbosity: "low" } }, {}],
    [{ text: { format: { type: "json_object" } } }, { response_format: { type: "json_object" } }],
    [
      { text: { format: { type: "json_schema", name: "a", schema: {}, strict: true } } },
      { response_format: { type: "json_schema", json_schema: { name: "a", schema: {}, strict: true } } },
    ],
    [
      { tools: [{ type: "function", name: "f", parameters: {}, strict: true }], tool_choice: "required" },
      {
        tools: [{ type: "function", function: { name: "f", parameters: {}, strict: true } }],
        tool_choice: "required",
      },
    ],
    [
      { tool_choice: { type: "function", name: "f" }, tools: [] },
      { tool_choice: { type: "function", function: { name: "f" } } },
    ],
    [
      { metadata: { a: "b" }, thinking: { type: "enabled" } },
      { metadata: { a: "b" }, thinking: { type: "enabled" } },
    ],
  ])("%j becomes %j", (given, expected) => {
    expect(bodyOf(given)).toEqual({ model: "m", messages: [{ role: "user", content: "Hi" }], ...expected });
  });
});

describe("the conversation", () => {
  test("instructions, what was said before, the input", () => {
    const history = [{ role: "user", content: "First" }];
    expect(bodyOf({ instructions: "Be brief." }, history).messages).toEqual([
      { role: "system", content: "Be brief." },
      ...history,
      { role: "user", content: "Hi" },
    ]);
  });

  test("what the assistant thought, said and called in one turn is one message", () => {
    const input = [
      { role: "developer", content: [{ type: "input_text", text: "Be brief." }] },
      { role: "user", content: "How high?" },
      { type: "reasoning", id: "rs_1", summary: [], content: [{ type: "reasoning_text", text: "Look." }] },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "A moment." }] },
      { type: "function_call", call_id: "c1", name: "tide", arguments: "{}" },
      { type: "function_call", call_id: "c2", name: "wind", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "2 m" },
      {
        type: "function_call_output",
        call_id: "c2",
        output: [
          { type: "input_text", text: "3 kn" },
          { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "low" },
        ],
      },
      { role: "assistant", content: "Two metres." },
      { role: "assistant", content: "And wind." },
    ];
    expect(bodyOf({ input }).messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "How high?" },
      {
        role: "assistant",
        content: "A moment.",
        reasoning_content: "Look.",
        tool_calls: [
          { id: "c1", type: "function", function: { name: "tide", arguments: "{}" } },
          { id: "c2", type: "function", function: { name: "wind", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "c1", content: "2 m" },
      { role: "tool", tool_call_id: "c2", content: "3 kn" },
      {
        role: "user",
        content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "low" } }],
      },
      { role: "assistant", content: "Two metres." },
      { role: "assistant", content: "And wind." },
    ]);
  });

  test("sealed thinking alone says nothing", () => {
    const input = [
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "…" },
      { role: "user", content: "Hi" },
    ];
    expect(bodyOf({ input }).messages).toEqual([{ role: "user", content: "Hi" }]);
  });
});

test.each<[JsonObject, string]>([
  [{ input: [] }, "input"],
  [{ input: 5 }, "input"],
  [{ input: [7] }, "input[0]"],
  [{ input: [{ role: "wizard", content: "x" }] }, "input[0].role"],
  [{ input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] }, "input[0].content[0]"],
  [{ input: [{ type: "item_reference", id: "x" }] }, "input[0]"],
  [{ input: [{ type: "function_call", name: "f", arguments: "{}" }] }, "input[0].call_id"],
  [{ instructions: 5 }, "instructions"],
  [{ max_output_tokens: 0 }, "max_output_tokens"],
  [{ stream: "yes" }, "stream"],
  [{ tools: [{ type: "mcp" }] }, "tools[0]"],
  [{ tool_choice: { type: "allowed_tools" } }, "tool_choice"],
  [{ reasoning: "high" }, "reasoning"],
  [{ text: { format: { type: "grammar" } } }, "text.format"],
  [{ top_logprobs: 3 }, "top_logprobs"],
  [{ prompt: { id: "p" } }, "prompt"],
  [{ background: true, store: false }, "store"],
])("%j is refused at %s", (given, param) => {
  expect(flawOf(given)).toMatchObject({ param, message: expect.stringContaining(`\`${param}\` `) });
});

test("a kept request comes back, and nothing else is taken for one", () => {
  const kept = { request: { model: "m", input: "你好" }, history: [{ role: "user", content: "a" }] };
  expect(readKeptRequest(keptRequestBytes(kept))).toEqual(kept);
  for (const text of ["", "[]", '{"request":1,"history":[]}', '{"request":{}}']) {
    expect(readKeptRequest(new TextEncoder().encode(text))).toBeUndefined();
  }
});

test("identifiers", () => {
  const id = responseId("0f1e-2d3c:x");
  expect([id, isResponseId(id), isResponseId("job_1")]).toEqual(["resp_0f1e2d3cx", true, false]);
  expect(responseId("x".repeat(90))).toHaveLength(60);
  expect(itemId("msg", id, 2)).toBe("msg_0f1e2d3cx_2");
});
