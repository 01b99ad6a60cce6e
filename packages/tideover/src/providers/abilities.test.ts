import type { JsonObject } from "tideover/engine";
import { expect, test } from "vitest";
import { lackOf } from "./abilities.ts";
import { ABILITIES, type Ability } from "./catalogue/preset.ts";
import { defineProvider } from "./provider.ts";

const tool = { type: "function", function: { name: "tide" } };
const user = { role: "user", content: "Tide?" };
const parts = (type: string) => [{ role: "user", content: [{ type: "text", text: "x" }, { type }] }];

const lackIn = (body: JsonObject, lacks: readonly Ability[]) =>
  lackOf(defineProvider("box", { preset: "ollama", lacks }), { messages: [user], ...body });

test.each<[Ability, string, JsonObject]>([
  ["tools", "tools-asked", { tools: [tool] }],
  ["tools", "tools-asked", { tool_choice: "required" }],
  ["tools", "functions-asked", { functions: [{ name: "tide" }] }],
  ["tools", "tools-asked", { messages: [user, { role: "assistant", tool_calls: [{ id: "1" }] }] }],
  ["tools", "tools-asked", { messages: [user, { role: "tool", content: "6" }] }],
  ["images", "images-asked", { messages: parts("image_url") }],
  ["audio", "parts-asked", { messages: parts("input_audio") }],
  ["audio", "modality-asked", { modalities: ["text", "audio"] }],
  ["json", "json-asked", { response_format: { type: "json_object" } }],
  ["schema", "format-asked", { response_format: { type: "json_schema", json_schema: {} } }],
  ["choices", "several-choices-asked", { n: 2 }],
  ["logprobs", "logprobs-asked", { top_logprobs: 3 }],
])("who lacks %s refuses (%s): %j", (ability, reason, body) => {
  expect(lackIn(body, [ability])).toMatchObject({ kind: "incompatible", reason, provider: "box" });
  expect(
    lackIn(
      body,
      ABILITIES.filter((one) => one !== ability),
    ),
  ).toBeUndefined();
});

test.each<[JsonObject]>([
  [{ tools: [], functions: [], logprobs: false, n: 1, response_format: { type: "text" } }],
  [{ tools: [tool], tool_choice: "none" }],
  [{ messages: "not a list" }],
])("%j asks for none of it", (body) => {
  expect(lackIn(body, ABILITIES)).toBeUndefined();
});
