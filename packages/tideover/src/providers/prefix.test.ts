import type { CallRequest, ContinuationTerms, JsonObject } from "tideover/engine";
import { INSTRUCTION } from "tideover/wire";
import { describe, expect, test } from "vitest";
import { canContinue } from "./prefix.ts";
import { prepareRequest } from "./prepare.ts";
import { defineProvider } from "./provider.ts";
import type { ProviderSettings } from "./provider-settings.ts";

const user = { role: "user", content: "Hello" };
const deepseek: ProviderSettings = { preset: "deepseek", apiKey: "k" };
const box: ProviderSettings = { preset: "openai-compatible", baseUrl: "http://box:8000/v1" };
const openai: ProviderSettings = { preset: "openai", apiKey: "k" };

/** A request for the rest of an answer, as the engine writes it. */
function restOf(last: JsonObject, continuation: ContinuationTerms): CallRequest {
  const messages = [user, { role: "assistant", prefix: true, ...last }];
  const body = { model: "m", messages, stream: true };
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return { operation: "chat", model: "m", body, bytes, stream: true, includeUsage: false, continuation };
}

function prepared(settings: ProviderSettings, request: CallRequest) {
  const definition = defineProvider("p", settings);
  const result = prepareRequest(definition, definition.accounts[0], request);
  expect(canContinue(definition, request)).toBe(result.type === "prepared");
  if (result.type === "failure") return { refused: result.reason };
  const body: JsonObject = JSON.parse(new TextDecoder().decode(result.body));
  return { mode: result.continuation, messages: body.messages, changed: result.changed, url: result.url };
}

describe("the rest of an answer that broke", () => {
  const text = restOf({ content: "Once" }, { restart: true });

  test("is asked for in the host's own way, and a refusal of that is not the caller's fault", () => {
    expect(prepared(deepseek, text)).toEqual({
      mode: "beta-prefix",
      messages: text.body.messages,
      changed: true,
      url: "https://api.deepseek.com/beta/chat/completions",
    });
    expect(prepared({ ...box, continuation: "bare-assistant" }, text)).toMatchObject({
      mode: "bare-assistant",
      messages: [user, { role: "assistant", content: "Once" }],
    });
  });

  test("is not asked of a host whose way is not known", () => {
    expect(prepared(box, text)).toEqual({ refused: "continuation-unsupported" });
    expect(prepared({ preset: "openrouter", apiKey: "k" }, text)).toEqual({ refused: "continuation-unsupported" });
  });

  test("is asked for by an instruction, with all that was shown, only where that will do", () => {
    expect(prepared(openai, text)).toEqual({ refused: "continuation-unsupported" });
    const allowed = restOf({ content: "Once", reasoning_content: "Hm" }, { restart: true, instruct: "Once upon" });
    expect(prepared(openai, allowed)).toMatchObject({
      mode: "instruction",
      messages: [user, { role: "assistant", content: "Once upon" }, { role: "user", content: INSTRUCTION }],
    });
    expect(prepared(deepseek, allowed)).toMatchObject({ mode: "beta-prefix" });
  });

  test("without text to go on from it is the conversation once more, at every host", () => {
    const nothing = restOf({ content: "" }, { restart: true });
    for (const settings of [deepseek, box, openai, { ...box, continuation: "body-prefix" } as const]) {
      expect(prepared(settings, nothing)).toMatchObject({ mode: "restart", messages: [user], changed: true });
    }
    expect(prepared(deepseek, nothing).url).toBe("https://api.deepseek.com/chat/completions");
    expect(prepared(box, restOf({ content: "" }, { restart: false }))).toHaveProperty("refused");
  });

  test("of reasoning is gone on with where the host can, else begun anew where that will do", () => {
    const thinking = restOf({ content: "", reasoning_content: "Hm" }, { restart: true });
    expect(prepared(deepseek, thinking)).toMatchObject({ mode: "beta-prefix", messages: thinking.body.messages });
    const prefix: ProviderSettings = { ...box, continuation: "continue-final-message" };
    expect(prepared(prefix, thinking)).toMatchObject({ mode: "restart", messages: [user] });
    const whole = restOf({ content: "", reasoning_content: "Hm" }, { restart: false });
    expect(prepared(prefix, whole)).toEqual({ refused: "continuation-unsupported" });
  });
});

test("a request that asks for no rest is prepared as ever", () => {
  const { continuation: _, ...request } = restOf({ content: "" }, { restart: true });
  const definition = defineProvider("p", deepseek);
  expect(prepareRequest(definition, definition.accounts[0], request)).not.toHaveProperty("continuation");
  expect(canContinue(definition, request)).toBe(false);
});
