import { expect, test } from "vitest";
import { bytesOf } from "./http.ts";
import { type ParseOptions, parseRequest } from "./parse-request.ts";

const OPTIONS: ParseOptions = { operation: "chat", beta: false, maxDepth: 200 };
const parse = (body: unknown, options: Partial<ParseOptions> = {}) =>
  parseRequest(typeof body === "string" ? bytesOf(body) : bytesOf(JSON.stringify(body)), { ...OPTIONS, ...options });
const MESSAGES = [{ role: "user", content: "Hello" }];

test("a request keeps its bytes, and numbers that JavaScript would round stay in them", () => {
  const text = '{"model":"m","messages":[{"role":"user","content":"x"}],"seed":12345678901234567890}';
  const result = parse(text);
  expect(result).toMatchObject({ operation: "chat", model: "m", stream: false, includeUsage: false });
  expect("bytes" in result && new TextDecoder().decode(result.bytes)).toBe(text);
});

test.each([
  [{ stream: true }, true, false],
  [{ stream: null, stream_options: null }, false, false],
  [{ stream: true, stream_options: { include_usage: true } }, true, true],
  [{ stream: true, stream_options: { include_usage: "yes" } }, true, false],
  [{ stream: false, stream_options: { include_usage: true } }, false, false],
])("%j", (members, stream, includeUsage) => {
  expect(parse({ model: "m", messages: MESSAGES, ...members })).toMatchObject({ stream, includeUsage });
});

test.each([
  [{ prompt: "a" }, false, "completions"],
  [{ prompt: "a", suffix: null }, false, "completions"],
  [{ prompt: "a", suffix: "" }, false, "fim"],
  [{ prompt: "a", suffix: "b" }, false, "fim"],
  [{ prompt: "a" }, true, "fim"],
])("the completion %j (beta: %j) is %s", (members, beta, operation) => {
  expect(parse({ model: "m", ...members }, { operation: "completions", beta })).toMatchObject({ operation });
});

test("embeddings are never streamed", () => {
  expect(parse({ model: "m", input: ["a"], stream: true }, { operation: "embeddings" })).toMatchObject({
    operation: "embeddings",
    stream: false,
  });
});

test.each([
  [[], "must be a JSON object", undefined],
  ["null", "must be a JSON object", undefined],
  ["", "is empty", undefined],
  ['{"model":', "line 1, column 10 (offset 9): expected a value", undefined],
  [{ messages: MESSAGES }, "`model` is missing", "model"],
  [{ model: 7, messages: MESSAGES }, "`model` is no name", "model"],
  [{ model: " ", messages: MESSAGES }, "`model` is no name", "model"],
  [{ model: "m".repeat(257), messages: MESSAGES }, "longer than 256", "model"],
  [{ model: "m" }, "`messages` must be an array", "messages"],
  [{ model: "m", messages: "Hello" }, "`messages` must be an array", "messages"],
  [{ model: "m", messages: [] }, "at least one message", "messages"],
  [{ model: "m", messages: [...MESSAGES, "Hello"] }, "`messages[1]` must be an object", "messages[1]"],
  [{ model: "m", messages: [{ content: "Hello" }] }, "with a `role`", "messages[0]"],
  [{ model: "m", messages: MESSAGES, stream: "yes" }, "`stream` must be true or false", "stream"],
  [{ model: "m", messages: MESSAGES, stream_options: [] }, "must be an object", "stream_options"],
])("%j is refused", (body, message, param) => {
  expect(parse(body)).toMatchObject({ code: "invalid_request", message: expect.stringContaining(message), param });
});

test.each([
  ["completions", {}, "prompt"],
  ["completions", { prompt: ["a"], suffix: "b" }, "prompt"],
  ["embeddings", { input: [] }, "input"],
] as const)("%s with %j is refused", (operation, members, param) => {
  expect(parse({ model: "m", ...members }, { operation })).toMatchObject({ code: "invalid_request", param });
});

test("members of a prototype are no members of the request", () => {
  const hostile = '{"__proto__":{"model":"m","stream":true},"constructor":{"prototype":{"model":"m"}}}';
  expect(parse(hostile)).toMatchObject({ code: "invalid_request", param: "model" });
  expect(({} as { model?: string }).model).toBeUndefined();
});

test("deep nesting is refused before anything recurses into it", () => {
  const levels = 100_000;
  const nested = `{"model":"m","messages":[{"role":"user","content":${"[".repeat(levels)}${"]".repeat(levels)}}]}`;
  expect(parse(nested)).toMatchObject({ code: "invalid_request", message: expect.stringContaining("200 levels") });
  const allowed = `{"model":"m","messages":[{"role":"user"}],"x":${"[".repeat(199)}${"]".repeat(199)}}`;
  expect(parse(allowed)).toMatchObject({ model: "m" });
});

test("invalid UTF-8 is refused rather than replaced", () => {
  const bytes = new Uint8Array([...bytesOf('{"model":"'), 0xc3, 0x28, ...bytesOf('"}')]);
  expect(parseRequest(bytes, OPTIONS)).toMatchObject({
    code: "invalid_request",
    message: expect.stringContaining("UTF-8"),
  });
});

test("a byte order mark is taken off, also from what is forwarded", () => {
  const text = JSON.stringify({ model: "m", messages: MESSAGES });
  const result = parseRequest(new Uint8Array([0xef, 0xbb, 0xbf, ...bytesOf(text)]), OPTIONS);
  expect("bytes" in result && [...result.bytes.subarray(0, 2)]).toEqual([...bytesOf('{"')]);
});

test("an error never quotes the prompt", () => {
  expect(JSON.stringify(parse('{"messages":"my secret prompt", oops'))).not.toContain("secret");
});
