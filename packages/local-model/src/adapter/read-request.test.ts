import type { JsonObject } from "tideover/engine";
import { defineProvider } from "tideover/providers";
import { describe, expect, test } from "vitest";
import { readRequest } from "./read-request.ts";

const TINY = defineProvider("tiny", { preset: "onnx" });
const MESSAGES = [{ role: "user", content: "High tide?" }];

function read(body: JsonObject, shown?: string) {
  const result = readRequest(TINY, { messages: MESSAGES, ...body }, shown);
  if (result.type === "failure") throw new Error(result.message);
  return result;
}

test("a plain request is taken as it is", () => {
  const body = {
    max_tokens: 50,
    max_completion_tokens: 40,
    temperature: 0.5,
    top_p: 0.9,
    seed: 7,
    stop: "END",
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    response_format: { type: "json_object" },
    tools: [],
    tool_choice: "auto",
    logprobs: false,
    n: 1,
  };
  expect(read(body)).toEqual({
    type: "read",
    repeat: "",
    chat: {
      messages: MESSAGES,
      start: undefined,
      maxTokens: 40,
      temperature: 0.5,
      topP: 0.9,
      seed: 7,
      stop: ["END"],
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      json: true,
    },
  });
});

test("text parts, absent contents and the newer name of the system role are understood", () => {
  const messages = [
    {
      role: "developer",
      content: [
        { type: "text", text: "Be " },
        { type: "text", text: "brief." },
      ],
    },
    { role: "assistant", content: null },
    ...MESSAGES,
  ];
  expect(read({ messages }).chat.messages).toEqual([
    { role: "system", content: "Be brief." },
    { role: "assistant", content: "" },
    ...MESSAGES,
  ]);
});

describe("a text to go on from", () => {
  const messages = [...MESSAGES, { role: "assistant", content: "At", reasoning_content: "It is six.", prefix: true }];

  test("becomes the answer's beginning", () => {
    const { chat } = read({ messages });
    expect(chat.messages).toEqual(MESSAGES);
    expect(chat.start).toEqual({ reasoning: "It is six.", content: "At" });
  });

  test("of a cut answer: the model goes on after the last shown word, and what was shown is repeated in front", () => {
    const { chat, repeat } = read({ messages }, "At six in the");
    expect(chat.start).toEqual({ reasoning: "It is six.", content: "At six in the" });
    expect(repeat).toBe(" six in the");
  });

  test("of a cut answer that is begun anew: all of it is repeated", () => {
    const { chat, repeat } = read({}, "At six");
    expect(chat.start).toEqual({ reasoning: "", content: "At six" });
    expect(repeat).toBe("At six");
  });
});

describe("what it cannot serve is incompatible, with the reason", () => {
  const tool = { type: "function", function: { name: "tide" } };
  const image = [{ type: "image_url", image_url: { url: "data:" } }];
  test.each<[string, JsonObject, string]>([
    ["tools", { tools: [tool] }, "tools-asked"],
    ["a tool that must be called", { tool_choice: "required" }, "tools-asked"],
    ["older functions", { functions: [{ name: "tide" }] }, "functions-asked"],
    ["a schema", { response_format: { type: "json_schema", json_schema: {} } }, "format-asked"],
    ["images", { messages: [{ role: "user", content: image }] }, "images-asked"],
    ["sound", { messages: [{ role: "user", content: [{ type: "input_audio" }] }] }, "parts-asked"],
    ["several choices", { n: 2 }, "several-choices-asked"],
    ["log probabilities", { logprobs: true }, "logprobs-asked"],
    ["another model's token numbers", { logit_bias: { "50256": -100 } }, "logit_bias-asked"],
    ["spoken answers", { modalities: ["text", "audio"] }, "modality-asked"],
    ["a film", { messages: [{ role: "user", content: [{ type: "video_url" }] }] }, "parts-asked"],
    ["another kind of answers", { modalities: ["image"] }, "modality-asked"],
    ["a grammar", { response_format: { type: "grammar" } }, "format-asked"],
    ["a search", { web_search_options: { user_location: null } }, "web_search_options-asked"],
    ["tool calls in the conversation", { messages: [{ role: "tool", content: "6" }] }, "tools-asked"],
    ["no messages", { messages: [] }, "messages-unreadable"],
  ])("%s", (_, body, reason) => {
    const result = readRequest(TINY, { messages: MESSAGES, ...body }, undefined);
    expect(result).toMatchObject({ type: "failure", kind: "incompatible", reason });
  });

  test("tools that may not be called ask for nothing", () => {
    expect(read({ tools: [tool], tool_choice: "none" }).type).toBe("read");
  });
});
