import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../engine/json.ts";
import { chatRequestOf } from "../messages/chat-request.ts";
import { DEFAULT_MAX_TOKENS, messagesRequestOf } from "./messages-request.ts";

const HELLO = { role: "user", content: "Hello" };
const LEAST = { model: "m", messages: [HELLO] };

function bodyOf(more: JsonObject): JsonObject {
  const made = messagesRequestOf({ ...LEAST, ...more });
  if (made.type === "request-flaw") throw new Error(made.message);
  return made.body;
}

function flawOf(more: JsonObject): string | undefined {
  const made = messagesRequestOf({ ...LEAST, ...more });
  return made.type === "request-flaw" ? made.param : undefined;
}

const say = (text: string) => ({ type: "text", text });
const tool = { type: "function", function: { name: "tide", description: "How high", parameters: { type: "object" } } };
const call = (id: string, args: string) => ({ id, type: "function", function: { name: "tide", arguments: args } });

describe("a conversation", () => {
  test("the least of it", () => {
    expect(bodyOf({})).toEqual({
      model: "m",
      max_tokens: DEFAULT_MAX_TOKENS,
      messages: [{ role: "user", content: [say("Hello")] }],
    });
  });

  test("instructions stand apart, wherever they were", () => {
    const messages = [
      { role: "system", content: "Be brief." },
      HELLO,
      { role: "developer", content: [say("Be kind."), say("")] },
    ];
    expect(bodyOf({ messages })).toMatchObject({
      system: "Be brief.\n\nBe kind.",
      messages: [{ role: "user", content: [say("Hello")] }],
    });
  });

  test("the results of tools come in one turn, with what the user says then; reasoning is left out", () => {
    const messages = [
      HELLO,
      {
        role: "assistant",
        content: null,
        reasoning_content: "Look.",
        tool_calls: [call("1", '{"at":"青岛"}'), call("2", "")],
      },
      { role: "tool", tool_call_id: "1", content: "2.4 m" },
      { role: "tool", tool_call_id: "2", content: "" },
      { role: "user", content: "Hurry." },
    ];
    expect(bodyOf({ messages }).messages).toEqual([
      { role: "user", content: [say("Hello")] },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "1", name: "tide", input: { at: "青岛" } },
          { type: "tool_use", id: "2", name: "tide", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "1", content: [say("2.4 m")] },
          { type: "tool_result", tool_use_id: "2" },
          say("Hurry."),
        ],
      },
    ]);
  });

  test("images and files, by address and as bytes", () => {
    const content = [
      { type: "image_url", image_url: { url: "https://example.com/a.png" } },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,BBBB" } },
    ];
    expect(bodyOf({ messages: [{ role: "user", content }] }).messages).toEqual([
      {
        role: "user",
        content: [
          { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
          {
            type: "document",
            source: { type: "base64", media_type: "application/pdf", data: "BBBB" },
            title: "a.pdf",
          },
        ],
      },
    ]);
  });

  test("a turn that says nothing is left out, and what one side says in a row is one turn", () => {
    const messages = [HELLO, { role: "assistant", content: "" }, { role: "user", content: "Are you there?" }];
    expect(bodyOf({ messages }).messages).toEqual([{ role: "user", content: [say("Hello"), say("Are you there?")] }]);
  });

  test.each<[string, Json]>([
    ["messages[0]", "Hello"],
    ["messages[0].role", { role: "function", content: "x" }],
    ["messages[0].content[0]", { role: "user", content: [{ type: "input_audio", input_audio: {} }] }],
    ["messages[0].content[0]", { role: "user", content: ["Hello"] }],
    ["messages[0].tool_calls[0]", { role: "assistant", tool_calls: [call("1", "{half")] }],
    ["messages[0].tool_calls[0]", { role: "assistant", tool_calls: [{ id: "1", type: "custom" }] }],
    ["messages[0].tool_call_id", { role: "tool", content: "x" }],
  ])("what has no counterpart is named: %s", (param, message) => {
    expect(flawOf({ messages: [message] })).toBe(param);
  });
});

describe("the other members", () => {
  test("lengths: the caller's, else the model's, else the default", () => {
    expect(bodyOf({ max_tokens: 5 }).max_tokens).toBe(5);
    expect(bodyOf({ max_tokens: 5, max_completion_tokens: 6 }).max_tokens).toBe(6);
    expect(messagesRequestOf(LEAST, 77)).toMatchObject({ body: { max_tokens: 77 } });
  });

  test("temperature, stops, user and stream in their own words", () => {
    const made = bodyOf({ temperature: 1.7, top_p: 0.5, top_k: 3, stop: ["END", "\n"], user: "u", stream: true });
    expect(made).toMatchObject({ temperature: 1, top_p: 0.5, top_k: 3, stop_sequences: ["END"], stream: true });
    expect(made.metadata).toEqual({ user_id: "u" });
    expect(bodyOf({ stop: "END" }).stop_sequences).toEqual(["END"]);
    expect(bodyOf({ temperature: 0.2 }).temperature).toBe(0.2);
    expect(bodyOf({ temperature: "hot" }).temperature).toBe("hot");
  });

  test("tools and how they may be chosen", () => {
    expect(bodyOf({ tools: [tool] })).toMatchObject({
      tools: [{ name: "tide", description: "How high", input_schema: { type: "object" } }],
    });
    const chosen = (more: JsonObject) => bodyOf({ tools: [tool], ...more }).tool_choice;
    expect(chosen({})).toBeUndefined();
    expect(chosen({ tool_choice: "auto" })).toEqual({ type: "auto" });
    expect(chosen({ tool_choice: "required" })).toEqual({ type: "any" });
    expect(chosen({ tool_choice: "none" })).toEqual({ type: "none" });
    expect(chosen({ parallel_tool_calls: false })).toEqual({ type: "auto", disable_parallel_tool_use: true });
    expect(chosen({ tool_choice: { type: "function", function: { name: "tide" } } })).toEqual({
      type: "tool",
      name: "tide",
    });
    const bare = { type: "function", function: { name: "now", strict: true } };
    expect(bodyOf({ tools: [bare] }).tools).toEqual([
      { name: "now", strict: true, input_schema: { type: "object", properties: {} } },
    ]);
    expect(flawOf({ tools: [{ type: "web_search" }] })).toBe("tools[0]");
  });

  test("thinking has room, or is left out; it decides the temperature", () => {
    const thinking = { type: "enabled" };
    expect(bodyOf({ thinking, max_tokens: 4_000, temperature: 0 })).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 2_000 },
    });
    expect(bodyOf({ thinking, temperature: 0 })).not.toHaveProperty("temperature");
    expect(bodyOf({ thinking, max_tokens: 1_500 }).thinking).toEqual({ type: "enabled", budget_tokens: 1_024 });
    expect(bodyOf({ thinking: { ...thinking, budget_tokens: 9_999 }, max_tokens: 2_000 }).thinking).toEqual({
      type: "enabled",
      budget_tokens: 1_999,
    });
    expect(bodyOf({ thinking, max_tokens: 1_024 })).not.toHaveProperty("thinking");
    expect(bodyOf({ thinking: { type: "disabled" }, temperature: 0 })).toMatchObject({
      thinking: { type: "disabled" },
      temperature: 0,
    });
    const loop = [HELLO, { role: "assistant", tool_calls: [call("1", "{}")] }, { role: "tool", tool_call_id: "1" }];
    expect(bodyOf({ thinking, messages: loop })).not.toHaveProperty("thinking");
  });

  test("effort and schema", () => {
    const schema = { type: "object" };
    expect(bodyOf({ reasoning_effort: "xhigh" }).output_config).toEqual({ effort: "max" });
    expect(bodyOf({ reasoning_effort: "low" }).output_config).toEqual({ effort: "low" });
    expect(
      bodyOf({ response_format: { type: "json_schema", json_schema: { name: "x", schema } } }).output_config,
    ).toEqual({ format: { type: "json_schema", schema } });
    expect(bodyOf({ response_format: { type: "text" } })).not.toHaveProperty("output_config");
    expect(flawOf({ response_format: { type: "json_object" } })).toBe("response_format");
  });

  test.each<[string, JsonObject]>([
    ["n", { n: 2 }],
    ["logprobs", { logprobs: true }],
    ["logit_bias", { logit_bias: { 1: 2 } }],
    ["presence_penalty", { presence_penalty: 0.5 }],
    ["functions", { functions: [{ name: "x" }] }],
    ["modalities", { modalities: ["text", "audio"] }],
  ])("what would make another answer is refused: %s", (param, more) => {
    expect(flawOf(more)).toBe(param);
  });

  test("what asks for nothing, or steers another service, is left out", () => {
    const nothing = { n: 1, logprobs: false, logit_bias: {}, presence_penalty: 0, stop: null, modalities: ["text"] };
    const others = { seed: 1, store: true, service_tier: "auto", metadata: { a: "b" }, stream_options: {} };
    expect(bodyOf({ ...nothing, ...others })).toEqual(bodyOf({}));
  });
});

test("what Messages say in chat, they say again in Messages", () => {
  const written = {
    model: "m",
    max_tokens: 2_000,
    system: "Be brief.",
    messages: [
      { role: "user", content: [say("How high?")] },
      {
        role: "assistant",
        content: [say("A moment."), { type: "tool_use", id: "1", name: "tide", input: { at: "x" } }],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "1", content: [say("2 m")] }, say("So?")] },
    ],
    tools: [{ name: "tide", input_schema: { type: "object" } }],
    tool_choice: { type: "any", disable_parallel_tool_use: true },
    stop_sequences: ["END"],
    temperature: 0.5,
    output_config: { effort: "high" },
  };
  const chat = chatRequestOf(written);
  if (chat.type === "request-flaw") throw new Error(chat.message);
  expect(messagesRequestOf(chat.body)).toEqual({ type: "messages-request", body: written });
});
