import { expect, test } from "vitest";
import { testCall } from "../../../testing/index.ts";
import type { JsonObject } from "../../json.ts";
import { sessionOf } from "./session.ts";

const session = (body: JsonObject, tenant = "shop") => sessionOf(testCall({ tenant, request: { body } }));
const system = { role: "system", content: "You are a clerk." };
const asked = { role: "user", content: "Describe the lamp." };

test("all steps of a run share a session, whatever was said later", () => {
  const first = session({ messages: [system, asked] });
  const later = session({
    messages: [system, asked, { role: "assistant", content: "…" }, { role: "tool", content: "1" }],
  });
  expect(later).toBe(first);
});

test("runs with the same system prompt have different sessions", () => {
  const lamp = session({ messages: [system, asked] });
  expect(session({ messages: [system, { role: "user", content: "Describe the chair." }] })).not.toBe(lamp);
  expect(session({ messages: [system, asked] }, "other")).not.toBe(lamp);
});

test("a session that the request names decides", () => {
  const named = session({ user: "run-7", messages: [asked] });
  expect(session({ user: "run-7", messages: [{ role: "user", content: "Something else" }] })).toBe(named);
  expect(session({ metadata: { session_id: "run-8" }, messages: [asked] })).toContain("run-8");
});

test.each([
  [{ messages: [{ role: "user", content: [{ type: "text", text: "Look" }, { type: "image_url" }] }] }, "Look"],
  [{ prompt: "Once upon" }, "Once upon"],
  [{ input: ["first", "second"] }, "first"],
  [{}, ""],
])("it reads %j", (body, expected) => {
  expect(session(body as JsonObject).split("\n")[1]).toBe(expected);
});
