import { expect, test } from "vitest";
import { testCall } from "../../../testing/index.ts";
import type { JsonObject } from "../../json.ts";
import { affinityKey } from "./affinity-key.ts";
import { AFFINITY_PROMPT_LENGTH } from "./defaults.ts";

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

test("only the beginning of a long system prompt counts, so that a date at its end changes nothing", () => {
  const keyFor = (prompt: string) => keyOf({ messages: [system(prompt)], user: "u1" });
  const beginning = "x".repeat(AFFINITY_PROMPT_LENGTH);
  expect(keyFor(`${beginning} Monday`)).toBe(keyFor(`${beginning} Tuesday`));
  expect(keyFor(`${beginning.slice(1)}M`)).not.toBe(keyFor(`${beginning.slice(1)}T`));
});

test("a first message that is no system prompt is left to the session", () => {
  const keyFor = (role: string, content: JsonObject[string]) => keyOf({ messages: [{ role, content }], user: "u1" });
  expect(keyFor("user", "Hello")).toBe(keyFor("user", "Goodbye"));
  expect(keyFor("user", "Hello")).toBe(keyOf({ user: "u1" }));
  expect(keyFor("developer", "Hello")).toBe(keyFor("system", "Hello"));
  expect(keyFor("system", [{ text: "Be terse." }])).not.toBe(keyFor("system", [{ text: "Be chatty." }]));
  expect(keyFor("system", null)).not.toBe(keyFor("system", "Hello"));
});
