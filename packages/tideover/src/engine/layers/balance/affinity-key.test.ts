import { expect, test } from "vitest";
import { testCall } from "../../../testing/index.ts";
import type { JsonObject } from "../../json.ts";
import { affinityKey } from "./affinity-key.ts";

const user = (content: string) => ({ role: "user", content });
const system = (content: string) => ({ role: "system", content });
const keyOf = (body: JsonObject, tenant = "shop") => affinityKey(testCall({ tenant, request: { body } }));

test("the steps of a conversation have one key", () => {
  const beginning = [system("You are terse."), user("Where is the harbour?")];
  const later = [...beginning, { role: "assistant", content: "East." }, user("And the lighthouse?")];
  expect(keyOf({ messages: later })).toBe(keyOf({ messages: beginning }));
});

test("another system prompt, session, first question or tenant is another key", () => {
  const messages = [system("You are terse."), user("Where is the harbour?")];
  const keys = [
    keyOf({ messages }),
    keyOf({ messages }, "bank"),
    keyOf({ messages, prompt_cache_key: "s1" }),
    keyOf({ messages, user: "u1" }),
    keyOf({ messages: [system("You are chatty."), user("Where is the harbour?")] }),
    keyOf({ messages: [system("You are terse."), user("Where is the tide?")] }),
    keyOf({ messages: [user("Where is the harbour?")] }),
    keyOf({
      messages: [{ role: "developer", content: [{ type: "text", text: "Be." }] }, user("Where is the harbour?")],
    }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});

test("whatever else a body holds, there is a key", () => {
  for (const body of [
    {},
    { messages: "?" },
    { messages: [] },
    { messages: [null] },
    { prompt: "text" },
    { input: ["a"] },
  ]) {
    expect(Number.isInteger(keyOf(body))).toBe(true);
  }
});
