import { describe, expect, test } from "vitest";
import type { Operation } from "../../engine/call.ts";
import type { JsonObject } from "../../engine/json.ts";
import { eventFrom } from "./chat-event.ts";
import { AnswerFolder } from "./fold.ts";

function fold(chunks: readonly JsonObject[], operation: Operation = "chat"): JsonObject {
  const folder = new AnswerFolder(operation);
  for (const chunk of chunks) folder.add(eventFrom(chunk, false));
  return folder.result();
}

const chunk = (delta: JsonObject, rest: JsonObject = {}): JsonObject => ({
  choices: [{ index: 0, delta, finish_reason: null, ...rest }],
});
const foldMessage = (...deltas: JsonObject[]) =>
  (fold(deltas.map((delta) => chunk(delta))).choices as JsonObject[])[0]?.message;

test("a thinking answer with its usage on the finish chunk", () => {
  const head = { id: "a", object: "chat.completion.chunk", created: 7, model: "m", system_fingerprint: "fp" };
  const usage = { prompt_tokens: 3, completion_tokens: 4, prompt_cache_hit_tokens: 2 };
  const chunks = [
    chunk({ role: "assistant", content: null, reasoning_content: "" }),
    chunk({ content: null, reasoning_content: "so " }),
    chunk({ content: null, reasoning_content: "what" }),
    chunk({ content: "well", reasoning_content: null }),
    { ...chunk({ content: "", reasoning_content: null }, { finish_reason: "stop" }), usage },
  ].map((json) => ({ ...head, ...json }));
  expect(fold(chunks)).toEqual({
    id: "a",
    object: "chat.completion",
    created: 7,
    model: "m",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "well", reasoning_content: "so what" },
        finish_reason: "stop",
      },
    ],
    usage,
    system_fingerprint: "fp",
  });
});

describe("the message", () => {
  test("content is null when there are only tool calls, as OpenAI writes it", () => {
    const call = { index: 0, id: "c", type: "function", function: { name: "f", arguments: "{}" } };
    expect(foldMessage({ role: "assistant", content: "" }, { tool_calls: [call] })).toMatchObject({ content: null });
    expect(foldMessage({ content: "a" }, { tool_calls: [call] })).toMatchObject({ content: "a" });
    expect(foldMessage({ role: "assistant", content: "" })).toEqual({ role: "assistant", content: "" });
    expect(foldMessage({})).toEqual({ role: "assistant", content: null });
  });

  test("refusal, reasoning and a legacy function call", () => {
    expect(foldMessage({ refusal: "I " }, { refusal: "will not" })).toMatchObject({
      content: null,
      refusal: "I will not",
    });
    expect(foldMessage({ reasoning: "a" }, { reasoning: "b", content: "c" })).toMatchObject({
      reasoning: "ab",
      content: "c",
    });
    expect(
      foldMessage({ function_call: { name: "f", arguments: "{" } }, { function_call: { arguments: "}" } }),
    ).toEqual({ role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } });
  });

  test("unknown lists are joined, other unknown members keep their last value", () => {
    expect(
      foldMessage({ reasoning_details: [1], audio: { id: 1 } }, { reasoning_details: [2], audio: { id: 2 }, x: null }),
    ).toMatchObject({ reasoning_details: [1, 2], audio: { id: 2 }, x: null });
  });

  test("content in parts is joined, with the texts around it", () => {
    const part = { type: "thinking", thinking: "hm" };
    const parts = [{ type: "text", text: "a" }, part, { type: "text", text: "b" }];
    expect(foldMessage({ content: "a" }, { content: [part] }, { content: "b" })).toMatchObject({ content: parts });
  });
});

describe("tool calls", () => {
  const callsOf = (...pieces: JsonObject[]) =>
    (foldMessage(...pieces.map((piece) => ({ tool_calls: [piece] }))) as JsonObject).tool_calls;
  const call = (id: string, name: string, args: string) => ({
    id,
    type: "function",
    function: { name, arguments: args },
  });

  test("are joined by index, listed by index, and named once", () => {
    expect(
      callsOf(
        { index: 1, ...call("b", "g", "") },
        { index: 0, ...call("a", "f", "") },
        { index: 0, id: "", function: { name: null, arguments: '{"x":' } },
        { index: 1, id: "b", function: { name: "g", arguments: "{}" } },
        { index: 0, function: { name: "", arguments: "1}" } },
      ),
    ).toEqual([call("a", "f", '{"x":1}'), call("b", "g", "{}")]);
  });

  test("without an index belong to the last, unless they bring an id", () => {
    expect(
      callsOf(call("a", "f", "{"), { function: { arguments: "}" } }, call("b", "g", "{}"), { id: "a", extra: 1 }),
    ).toEqual([{ ...call("a", "f", "{}"), extra: 1 }, call("b", "g", "{}")]);
  });

  test("that all have index 0 are told apart by id and name", () => {
    expect(callsOf({ index: 0, ...call("a", "f", "{}") }, { index: 0, ...call("b", "g", "{}") })).toEqual([
      call("a", "f", "{}"),
      call("b", "g", "{}"),
    ]);
    // A host that makes up an id for every piece names the function only once.
    const renamed = { index: 0, id: "z", function: { arguments: "}" } };
    expect(callsOf({ index: 0, ...call("a", "f", "{") }, renamed)).toEqual([call("a", "f", "{}")]);
  });

  test("of custom tools join their input", () => {
    expect(
      callsOf(
        { index: 0, id: "a", type: "custom", custom: { name: "sql", input: "select " } },
        { index: 0, custom: { input: "1" } },
      ),
    ).toEqual([{ id: "a", type: "custom", custom: { name: "sql", input: "select 1" } }]);
  });
});

test("several choices with their log probabilities, listed by index", () => {
  const piece = (index: number, text: string, logprobs: JsonObject | null) => ({
    choices: [{ index, delta: { content: text }, logprobs, finish_reason: null }],
  });
  const answer = fold([
    piece(1, "x", { content: [{ token: "x" }], refusal: null }),
    piece(0, "a", { content: [{ token: "a" }], refusal: null }),
    piece(0, "b", { content: [{ token: "b" }], refusal: null }),
    { choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop", stop_reason: 42 }] },
    { choices: [{ index: 1, delta: {}, finish_reason: "length" }] },
  ]);
  expect(answer.choices).toEqual([
    {
      index: 0,
      message: { role: "assistant", content: "ab" },
      logprobs: { content: [{ token: "a" }, { token: "b" }], refusal: null },
      finish_reason: "stop",
      stop_reason: 42,
    },
    {
      index: 1,
      message: { role: "assistant", content: "x" },
      logprobs: { content: [{ token: "x" }], refusal: null },
      finish_reason: "length",
    },
  ]);
});

describe("the document", () => {
  test("usage counts once, the last wins, and null is none", () => {
    const usage = (completion: number) => ({ prompt_tokens: 1, completion_tokens: completion });
    expect(
      fold([
        { ...chunk({ content: "a" }), usage: null },
        { ...chunk({ content: "b" }), usage: usage(1) },
        { choices: [], usage: usage(2) },
        { choices: [], usage: null },
      ]).usage,
    ).toEqual(usage(2));
    expect(fold([{ ...chunk({}), usage: null }])).not.toHaveProperty("usage");
  });

  test("identity comes from the first chunk that has it, the rest from the last", () => {
    const filter = { prompt_filter_results: [{ prompt_index: 0 }] };
    const answer = fold([
      { id: "", created: 0, model: "", choices: [], ...filter },
      { id: "a", created: 7, model: "m", service_tier: null, obfuscation: "xx", choices: [] },
      { id: "b", created: 8, model: "n", service_tier: "default", obfuscation: "yy", choices: [] },
    ]);
    expect(answer).toEqual({
      id: "a",
      object: "chat.completion",
      created: 7,
      model: "m",
      choices: [],
      service_tier: "default",
      ...filter,
    });
  });

  test("members named like those of every object stay members", () => {
    const chunks = JSON.parse('[{"__proto__":{"x":1},"choices":[{"index":0,"delta":{"__proto__":{"y":1}}}]}]');
    const folded = fold(chunks);
    expect(JSON.stringify(folded)).toContain('"__proto__":{"x":1}');
    expect(JSON.stringify(folded)).toContain('"__proto__":{"y":1}');
    expect(({} as JsonObject).x).toBeUndefined();
  });

  test("text completions", () => {
    const piece = (text: string, finish: string | null) => ({
      object: "text_completion",
      choices: [
        { index: 0, text, logprobs: { tokens: [text], token_logprobs: [-1], text_offset: [0] }, finish_reason: finish },
      ],
    });
    expect(fold([piece("a", null), piece("b", "stop")], "fim")).toEqual({
      object: "text_completion",
      choices: [
        {
          index: 0,
          text: "ab",
          logprobs: { tokens: ["a", "b"], token_logprobs: [-1, -1], text_offset: [0, 0] },
          finish_reason: "stop",
        },
      ],
    });
  });
});

describe("a whole event", () => {
  const whole = {
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: "a" }, finish_reason: "stop" }],
  };
  const data = `${JSON.stringify(whole)} `;

  test("alone is given back with its own text", () => {
    const folder = new AnswerFolder("chat");
    folder.add({ ...eventFrom(whole, true), data });
    expect(folder.result()).toEqual(whole);
    expect(folder.resultText()).toBe(data);
  });

  test("among others counts as the chunks it could have been", () => {
    const folder = new AnswerFolder("chat");
    folder.add(eventFrom(whole, true));
    folder.add(eventFrom({ choices: [], usage: { prompt_tokens: 1 } }, false));
    expect(folder.result()).toEqual({ ...whole, usage: { prompt_tokens: 1 } });
    expect(JSON.parse(folder.resultText())).toEqual(folder.result());
  });
});

test("an answer above the cap is told, and holds only what fitted", () => {
  const one = eventFrom(chunk({ content: "a" }), false);
  const folder = new AnswerFolder("chat", { maxLength: 2 * one.data.length });
  for (let count = 0; count < 3; count++) folder.add(one);
  expect(folder.failure).toMatchObject({ kind: "fault", reason: "answer-too-large" });
  expect(folder.result().choices).toMatchObject([{ message: { content: "aa" } }]);
});

test("a list with more pieces than a call can have arguments is joined", () => {
  const many = Array.from({ length: 200_000 }, () => 1);
  const message = foldMessage({ images: many }, { images: many }) as JsonObject;
  expect((message.images as unknown[]).length).toBe(400_000);
});
