import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../engine/json.ts";
import { chatRequestOf } from "./chat-request.ts";

const LEAST = { model: "m", max_tokens: 64, messages: [{ role: "user", content: "Hello" }] };

function bodyOf(more: JsonObject): JsonObject {
  const made = chatRequestOf({ ...LEAST, ...more });
  if (made.type === "request-flaw") throw new Error(made.message);
  return made.body;
}

function flawOf(more: JsonObject): string | undefined {
  const made = chatRequestOf({ ...LEAST, ...more });
  return made.type === "request-flaw" ? made.param : undefined;
}

describe("a conversation", () => {
  test("the least of it stays as it is", () => {
    expect(bodyOf({})).toEqual(LEAST);
  });

  test("the system text comes first, its blocks apart", () => {
    const system = [
      { type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } },
      { type: "text", text: "Be kind." },
    ];
    expect(bodyOf({ system }).messages).toEqual([
      { role: "system", content: "Be brief.\n\nBe kind." },
      { role: "user", content: "Hello" },
    ]);
  });

  test("a turn of thinking and tools goes back whole, the results right behind the calls", () => {
    const messages = [
      { role: "user", content: "How high is the tide?" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "I must look.", signature: "x" },
          { type: "redacted_thinking", data: "…" },
          { type: "text", text: "A moment." },
          { type: "tool_use", id: "call_1", name: "tide", input: { city: "青岛" } },
          { type: "tool_use", id: "call_2", name: "now", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "Hurry." },
          { type: "tool_result", tool_use_id: "call_1", content: [{ type: "text", text: "2.4 m" }] },
          { type: "tool_result", tool_use_id: "call_2", content: "no clock", is_error: true },
        ],
      },
    ];
    expect(bodyOf({ messages }).messages).toEqual([
      { role: "user", content: "How high is the tide?" },
      {
        role: "assistant",
        content: "A moment.",
        reasoning_content: "I must look.",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "tide", arguments: '{"city":"青岛"}' } },
          { id: "call_2", type: "function", function: { name: "now", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "2.4 m" },
      { role: "tool", tool_call_id: "call_2", content: "Error: no clock" },
      { role: "user", content: "Hurry." },
    ]);
  });

  test("images are passed, also those of a tool's result", () => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBO" } };
    const shown = { type: "image_url", image_url: { url: "data:image/png;base64,iVBO" } };
    const linked = { type: "image", source: { type: "url", url: "https://example.com/tide.png" } };
    const content = [
      { type: "tool_result", tool_use_id: "call_1", content: [image] },
      linked,
      { type: "text", text: "?" },
    ];
    expect(bodyOf({ messages: [{ role: "user", content }] }).messages).toEqual([
      { role: "tool", tool_call_id: "call_1", content: "" },
      {
        role: "user",
        content: [
          shown,
          { type: "image_url", image_url: { url: "https://example.com/tide.png" } },
          { type: "text", text: "?" },
        ],
      },
    ]);
  });

  test("a last message of the assistant is the beginning of the answer", () => {
    const messages = [...LEAST.messages, { role: "assistant", content: "The tide" }];
    expect(bodyOf({ messages }).messages).toEqual([
      ...LEAST.messages,
      { role: "assistant", content: "The tide", prefix: true },
    ]);
  });
});

describe("settings", () => {
  test("tools and their choice", () => {
    const tools = [{ name: "tide", description: "Level.", input_schema: { type: "object" }, cache_control: null }];
    const choice = { type: "tool", name: "tide", disable_parallel_tool_use: true };
    expect(bodyOf({ tools, tool_choice: choice })).toMatchObject({
      tools: [{ type: "function", function: { name: "tide", description: "Level.", parameters: { type: "object" } } }],
      tool_choice: { type: "function", function: { name: "tide" } },
      parallel_tool_calls: false,
    });
    expect(bodyOf({ tools, tool_choice: { type: "any" } }).tool_choice).toBe("required");
    expect(bodyOf({ tools: [] })).toEqual(LEAST);
  });

  test("thinking, effort, stops, a schema, and a stream with usage", () => {
    const body = bodyOf({
      thinking: { type: "enabled", budget_tokens: 1_024 },
      output_config: { effort: "max", format: { type: "json_schema", schema: { type: "object" } } },
      stop_sequences: ["END"],
      stream: true,
      service_tier: "auto",
      metadata: { user_id: "u" },
    });
    expect(body).toEqual({
      ...LEAST,
      thinking: { type: "enabled" },
      reasoning_effort: "max",
      response_format: {
        type: "json_schema",
        json_schema: { name: "answer", schema: { type: "object" }, strict: true },
      },
      stop: ["END"],
      stream: true,
      stream_options: { include_usage: true },
      metadata: { user_id: "u" },
    });
    expect(bodyOf({ thinking: { type: "adaptive" } })).toEqual(LEAST);
    expect(bodyOf({ thinking: { type: "disabled" } }).thinking).toEqual({ type: "disabled" });
  });
});

test.each<[JsonObject, string]>([
  [{ messages: [] }, "messages"],
  [{ messages: [{ role: "tool", content: "" }] }, "messages[0].role"],
  [{ messages: [{ role: "user", content: 7 }] }, "messages[0].content"],
  [{ messages: [{ role: "user", content: ["x"] }] }, "messages[0].content[0]"],
  [{ messages: [{ role: "user", content: [{ type: "video" }] }] }, "messages[0].content[0]"],
  [
    { messages: [{ role: "user", content: [{ type: "image", source: { type: "file" } }] }] },
    "messages[0].content[0].source",
  ],
  [{ messages: [{ role: "user", content: [{ type: "tool_result" }] }] }, "messages[0].content[0].tool_use_id"],
  [{ messages: [{ role: "assistant", content: [{ type: "server_tool_use" }] }] }, "messages[0].content[0]"],
  [{ system: [{ type: "image" }] }, "system[0]"],
  [{ max_tokens: 0 }, "max_tokens"],
  [{ mcp_servers: [{ name: "x" }] }, "mcp_servers"],
  [{ tools: [{ name: "x" }] }, "tools[0].input_schema"],
  [{ tools: [{ type: "bash_20250124", name: "bash" }] }, "tools[0]"],
  [{ tool_choice: { type: "some" } }, "tool_choice.type"],
  [{ thinking: { type: "deep" } }, "thinking.type"],
  [{ stop_sequences: [1] }, "stop_sequences"],
])("%j is refused at %s", (more, param) => {
  expect(flawOf(more)).toBe(param);
});
