import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "tideover/engine";
import { expect, test } from "vitest";
import { expectedAnswer } from "./expected-answer.ts";
import { valueForSchema } from "./schema-value.ts";

const ask = (content: Json, more: JsonObject = {}): JsonObject => ({
  model: "deepseek-flash",
  messages: [{ role: "user", content }],
  ...more,
});

const TOOL: JsonObject = {
  type: "function",
  function: {
    name: "weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer", minimum: 1, maximum: 7 } },
      required: ["city", "days"],
    },
  },
};

test("the same conversation has the same answer, whatever the model is called", () => {
  const answer = expectedAnswer(ask("hello"));
  expect(expectedAnswer(ask("hello", { model: "fault-cut-20", stream: true }))).toEqual(answer);
  expect(expectedAnswer(ask([{ type: "text", text: "hello" }]))).toEqual(answer);
  expect(expectedAnswer(ask("hello!")).content).not.toBe(answer.content);
  expect(expectedAnswer(ask("hello"), { textSeed: 2 }).content).not.toBe(answer.content);
});

test("answers are about 60 tokens of Chinese, English and emoji", () => {
  const answers = Array.from({ length: 200 }, (_, index) => expectedAnswer(ask(`question ${index}`)));
  const mean = answers.reduce((sum, answer) => sum + answer.tokens, 0) / answers.length;
  expect(mean).toBeGreaterThan(55);
  expect(mean).toBeLessThan(65);
  const all = answers.map((answer) => answer.content).join("");
  expect(all).toMatch(/\p{Script=Han}/u);
  expect(all).toMatch(/[a-z]{3}/);
  expect(all).toMatch(/\p{Extended_Pictographic}/u);
  expect(
    answers.every((answer) => answer.content.trimStart() === answer.content && answer.content.isWellFormed()),
  ).toBe(true);
});

test("a hint sets the length, in metadata or at the end of the prompt", () => {
  expect(expectedAnswer(ask("x", { metadata: { sim_output_tokens: 137 } })).tokens).toBe(137);
  expect(expectedAnswer(ask("x sim_output_tokens=9")).tokens).toBe(9);
  const thinking = { thinking: { type: "enabled" }, metadata: { sim_output_tokens: 100 } };
  expect(expectedAnswer(ask("x", thinking)).tokens).toBe(100);
});

test("max_tokens cuts the answer and says so", () => {
  const whole = expectedAnswer(ask("x"));
  const cut = expectedAnswer(ask("x", { max_tokens: 10 }));
  expect(cut).toMatchObject({ tokens: 10, finishReason: "length" });
  expect(whole.content.startsWith(cut.content)).toBe(true);
  expect(expectedAnswer(ask("x", { max_tokens: 5_000 }))).toEqual(whole);
  const spent = expectedAnswer(ask("x", { max_tokens: 4, thinking: { type: "enabled" } }));
  expect(spent).toMatchObject({ content: "", finishReason: "length", tokens: 4 });
});

test("stop ends the text before the sequence", () => {
  const whole = expectedAnswer(ask("x")).content;
  const stop = whole.slice(20, 23);
  const stopped = expectedAnswer(ask("x", { stop: ["never there", stop] }));
  expect(stopped.content).toBe(whole.slice(0, whole.indexOf(stop)));
  expect(stopped.finishReason).toBe("stop");
});

test("thinking adds reasoning and leaves the content as it is", () => {
  const plain = expectedAnswer(ask("x"));
  const thinking = expectedAnswer(ask("x", { thinking: { type: "enabled" } }));
  expect(thinking.content).toBe(plain.content);
  expect(thinking.reasoning).not.toBe("");
  expect(plain.reasoning).toBeUndefined();
  expect(expectedAnswer(ask("x", { model: "deepseek-reasoner" })).reasoning).toBe(thinking.reasoning);
  expect(expectedAnswer(ask("x", { model: "deepseek-reasoner", thinking: { type: "disabled" } })).reasoning).toBe(
    undefined,
  );
});

test("tools are called with arguments that fit, and their result is answered in text", () => {
  const called = expectedAnswer(ask("x", { tools: [TOOL] }));
  expect(called).toMatchObject({ content: "", finishReason: "tool_calls", toolCalls: [{ name: "weather" }] });
  expect(called.toolCalls[0]?.id).toMatch(/^call_00_/);
  const given = JSON.parse(called.toolCalls[0]?.arguments ?? "") as { city: unknown; days: unknown };
  expect(typeof given.city).toBe("string");
  expect(Number.isInteger(given.days) && Number(given.days) >= 1 && Number(given.days) <= 7).toBe(true);
  expect(expectedAnswer(ask("x", { tools: [TOOL], tool_choice: "none" })).toolCalls).toEqual([]);
  const messages = [
    { role: "user", content: "x" },
    { role: "tool", tool_call_id: "1", content: "sunny" },
  ];
  expect(expectedAnswer({ model: "m", messages, tools: [TOOL] })).toMatchObject({
    finishReason: "stop",
    toolCalls: [],
  });
});

test("a named tool is the one that is called", () => {
  const other = { type: "function", function: { name: "time", parameters: { type: "object", properties: {} } } };
  const tool_choice = { type: "function", function: { name: "time" } };
  expect(expectedAnswer(ask("x", { tools: [TOOL, other], tool_choice })).toolCalls[0]).toMatchObject({
    name: "time",
    arguments: "{}",
  });
});

test("JSON mode gives a JSON object, a schema one that fits it", () => {
  expect(
    isJsonObject(JSON.parse(expectedAnswer(ask("json", { response_format: { type: "json_object" } })).content)),
  ).toBe(true);
  const schema = {
    type: "object",
    properties: {
      kind: { enum: ["gift", "book"] },
      price: { type: "number", minimum: 1, maximum: 2 },
      when: { type: ["string", "null"], format: "date" },
      items: { type: "array", items: { $ref: "#/$defs/item" }, minItems: 2, maxItems: 2 },
      either: { anyOf: [{ type: "boolean" }, { type: "null" }] },
    },
    $defs: { item: { type: "object", properties: { name: { type: "string", maxLength: 3 } } } },
  };
  for (let seed = 0; seed < 100; seed++) {
    const value = valueForSchema(schema, seed);
    expect(value).toEqual({
      kind: expect.stringMatching(/^(gift|book)$/),
      price: expect.any(Number),
      when: "2026-11-22",
      items: [{ name: expect.any(String) }, { name: expect.any(String) }],
      either: expect.any(Boolean),
    });
    const { price } = value as { price: number };
    expect(price >= 1 && price <= 2).toBe(true);
  }
});

test("a schema that refers to itself ends", () => {
  expect(() => valueForSchema({ type: "array", items: { $ref: "#" }, minItems: 1, maxItems: 1 }, 1)).not.toThrow();
});

test("several choices differ, and the first is the only one's", () => {
  const body = ask("x", { n: 3 });
  const texts = [0, 1, 2].map((choice) => expectedAnswer(body, {}, choice).content);
  expect(texts[0]).toBe(expectedAnswer(ask("x")).content);
  expect(new Set(texts).size).toBe(3);
  expect(() => expectedAnswer(body, {}, 3)).toThrow(RangeError);
});

test("completions answer a prompt, and the middle depends on the suffix", () => {
  const plain = expectedAnswer({ model: "m", prompt: "def f(" }).content;
  expect(expectedAnswer({ model: "m", prompt: "def f(", suffix: "return 1" }).content).not.toBe(plain);
  expect(expectedAnswer({ model: "m", prompt: "def f(", echo: true }).content).toBe(`def f(${plain})`.slice(0, -1));
});

test("bounds of numbers hold for any schema", () => {
  const bounds = fc.record({
    type: fc.constantFrom("integer", "number"),
    minimum: fc.integer({ min: -1_000, max: 1_000 }),
    width: fc.integer({ min: 0, max: 50 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(bounds, ({ type, minimum, width, seed }) => {
      const value = valueForSchema({ type, minimum, maximum: minimum + width }, seed) as number;
      return value >= minimum && value <= minimum + width && (type === "number" || Number.isInteger(value));
    }),
  );
});
