import { describe, expect, test } from "vitest";
import { drain, testCall, textEvent } from "../../testing/index.ts";
import type { AnswerEvent } from "../answer-stream.ts";
import type { JsonObject } from "../json.ts";
import type { Outcome } from "../outcome.ts";
import { handler } from "./handler.ts";
import { type Rule, rules } from "./rules.ts";
import { template } from "./template.ts";
import type { ComposeAnswer } from "./text-answer.ts";

const compose: ComposeAnswer = (_call, text) => [textEvent(text, "stop")];
const composeWhole = (answer: JsonObject): AnswerEvent | undefined =>
  answer.text === undefined ? undefined : { ...textEvent(String(answer.text)), whole: true };
const asking = (body: JsonObject) => testCall({ request: { body: { model: "m", messages: [], ...body } } });

async function textOf(outcome: Outcome): Promise<string> {
  if (outcome.type !== "answer") throw new Error(JSON.stringify(outcome));
  return (await drain(outcome.stream)).text;
}

describe("template", () => {
  const shop = template("{{metadata.name}}: {{ metadata.features }} ({{metadata.size.cm}} cm)", compose);

  test("fills in the request's metadata, lists and all, and says that it is degraded", async () => {
    const outcome = await shop(asking({ metadata: { name: "灯", features: ["warm", "dimmable"], size: { cm: 30 } } }));
    expect(await textOf(outcome)).toBe("灯: warm, dimmable (30 cm)");
    expect(outcome).toMatchObject({ origin: { rung: "template", degraded: true } });
  });

  test("a missing field fails the rung and is named", async () => {
    const outcome = await shop(asking({ metadata: { name: "Lamp", features: "warm" } }));
    expect(outcome).toMatchObject({ reason: "field-missing", message: expect.stringContaining("metadata.size.cm") });
  });

  test("a field is never taken from an object's prototype", async () => {
    expect(await template("{{metadata.constructor}}", compose)(asking({ metadata: {} }))).toMatchObject({
      reason: "field-missing",
    });
  });

  test("text that looks like a placeholder in a value stays as it is", async () => {
    const outcome = await template("{{metadata.a}}", compose)(asking({ metadata: { a: "{{metadata.b}}", b: "no" } }));
    expect(await textOf(outcome)).toBe("{{metadata.b}}");
  });

  test.each<[string, JsonObject, string]>([
    ["tools", { tools: [{ type: "function" }] }, "tools-asked"],
    ["a schema", { response_format: { type: "json_schema" } }, "format-asked"],
    ["JSON", { response_format: { type: "json_object" } }, "format-asked"],
  ])("a request for %s is not given prose", async (_, body, reason) => {
    expect(await template("plain text", compose)(asking(body))).toMatchObject({ type: "failure", reason });
  });

  test("a template that is JSON serves a request for JSON", async () => {
    const outcome = await template('{"ok": true}', compose)(asking({ response_format: { type: "json_object" } }));
    expect(await textOf(outcome)).toBe('{"ok": true}');
  });

  test("tools that may not be used do not matter", async () => {
    const outcome = await template("text", compose)(asking({ tools: [{ type: "function" }], tool_choice: "none" }));
    expect(await textOf(outcome)).toBe("text");
  });
});

describe("rules", () => {
  const card: Rule = {
    name: "card",
    answer: "A gift card.",
    matches: ({ metadata }) => metadata.category === "gift-card",
  };
  const broken: Rule = {
    name: "metadata.price > 3",
    answer: "x",
    matches: () => {
      throw new Error("No such key: price");
    },
  };

  test("the first rule that holds answers", async () => {
    const outcome = await rules([card], compose)(asking({ metadata: { category: "gift-card" } }));
    expect(await textOf(outcome)).toBe("A gift card.");
    expect(outcome).toMatchObject({ origin: { rung: "rules", degraded: true } });
  });

  test("no match fails the rung", async () => {
    expect(await rules([card], compose)(asking({}))).toMatchObject({ reason: "no-rule-matched" });
  });

  test("a condition that cannot be evaluated fails the rung and names the rule", async () => {
    const outcome = await rules([broken, card], compose)(asking({ metadata: { category: "gift-card" } }));
    expect(outcome).toMatchObject({ reason: "rule-failed", message: expect.stringContaining("metadata.price > 3") });
  });
});

test("of an expression language's drawing of the place only the sentence is told", async () => {
  const drawn: Rule = {
    name: "metadata.x > 3",
    answer: "x",
    matches: () => {
      throw new Error("No such key: x\n\n>    1 | metadata.x > 3\n                  ^");
    },
  };
  expect(await rules([drawn], compose)(asking({}))).toMatchObject({
    message: 'The rule "metadata.x > 3" could not be evaluated: No such key: x',
  });
});

describe("handler", () => {
  const using = (answer: Parameters<typeof handler>[0]) => handler(answer, compose, composeWhole);

  test("a text, sooner or later", async () => {
    expect(await textOf(await using(() => "now")(asking({})))).toBe("now");
    expect(await textOf(await using(() => Promise.resolve("later"))(asking({})))).toBe("later");
  });

  test("a whole answer object, whatever members it has", async () => {
    expect(await textOf(await using(() => ({ text: "whole", failed: "no" }))(asking({})))).toBe("whole");
  });

  test("it sees the request, the tenant and the signal", async () => {
    let seen: unknown;
    await using((request, context) => {
      seen = [request.model, context.tenant, context.signal.aborted];
      return "x";
    })(asking({}));
    expect(seen).toEqual(["m", "test", false]);
  });

  test.each([null, "", "  \n"])("%j is no answer", async (given) => {
    expect(await using(() => given as string)(asking({}))).toMatchObject({ reason: "no-answer" });
  });

  test.each<[unknown, string]>([
    [5, "a number"],
    [["text"], "an array"],
    [{ other: 1 }, "an object without them"],
  ])("%j fails the rung, which says what it would take", async (given, said) => {
    expect(await using(() => given as string)(asking({}))).toMatchObject({
      kind: "fault",
      reason: "handler-failed",
      message: `The handler gave ${said}; it must give a text, a whole answer object with \`choices\` or \`data\`, or undefined.`,
    });
  });

  test("without an answer, or with an exception, the next rung is tried", async () => {
    expect(await using(() => undefined)(asking({}))).toMatchObject({ reason: "no-answer" });
    const thrower = using(() => {
      throw new Error("table missing");
    });
    expect(await thrower(asking({}))).toMatchObject({
      reason: "handler-failed",
      message: expect.stringContaining("table missing"),
    });
  });
});

describe("what a prepared text cannot be", () => {
  const asText = (body: JsonObject) => template("text", compose)(asking(body));

  test.each([
    ["an empty list of tools", { tools: [] }],
    ["the format text", { response_format: { type: "text" } }],
    ["a format that says nothing", { response_format: {} }],
    ["no format at all", { response_format: null }],
  ])("%s is no reason against it", async (_, body) => {
    expect(await textOf(await asText(body))).toBe("text");
  });

  test("a text that is no JSON object, and JSON where a schema is asked for, are refused in words", async () => {
    for (const text of ["[1]", "3", "{"]) {
      const outcome = await template(text, compose)(asking({ response_format: { type: "json_object" } }));
      expect(outcome).toMatchObject({
        kind: "incompatible",
        reason: "format-asked",
        message: "The format json_object was asked for, which this rung's text is not.",
      });
    }
    const schema = { response_format: { type: "json_schema" } };
    expect(await template('{"ok": true}', compose)(asking(schema))).toMatchObject({ reason: "format-asked" });
    expect(await asText({ tools: [{ type: "function" }] })).toMatchObject({
      kind: "incompatible",
      message: "Tools were asked for, and this rung has only text.",
    });
  });

  test("an answer to a call for embeddings, from any of these rungs", async () => {
    const call = testCall({ request: { operation: "embeddings" } });
    const refusal = {
      kind: "incompatible",
      reason: "not-text",
      message: "Embeddings were asked for, and this rung has only text.",
    };
    const all: Rule = { name: "all", answer: "x", matches: () => true };
    expect(await template("text", compose)(call)).toMatchObject(refusal);
    expect(await rules([all], compose)(call)).toMatchObject(refusal);
    expect(await handler(() => "text", compose, composeWhole)(call)).toMatchObject(refusal);
  });
});

describe("metadata in a template", () => {
  const shown = async (value: JsonObject[string]) =>
    template("[{{metadata.v}}]", compose)(asking({ metadata: { v: value } }));

  test.each<[string, JsonObject[string], string]>([
    ["an object as JSON", { a: 1 }, '[{"a":1}]'],
    ["a list without what is missing in it", ["a", null, "", 2], "[a, , , 2]"],
    ["a nought and a no", [0, false], "[0, false]"],
    ["a number", 3.5, "[3.5]"],
  ])("shows %s", async (_, value, text) => {
    expect(await textOf(await shown(value))).toBe(text);
  });

  test.each([null, ""])("%j is missing", async (value) => {
    expect(await shown(value)).toMatchObject({ kind: "incompatible", reason: "field-missing" });
  });

  test("names the first field that is missing", async () => {
    const outcome = await template("{{metadata.a}} {{metadata.b}}", compose)(asking({ metadata: {} }));
    expect(outcome).toMatchObject({ message: expect.stringContaining("metadata.a,") });
  });
});

test("what a handler gives is a handler's answer, and degraded", async () => {
  for (const given of ["text", { text: "whole" }]) {
    const outcome = await handler(() => given, compose, composeWhole)(asking({}));
    expect(outcome).toMatchObject({ origin: { rung: "handler", degraded: true } });
  }
});

test("rungs that fail say how", async () => {
  expect(await handler(() => undefined, compose, composeWhole)(asking({}))).toMatchObject({
    kind: "incompatible",
    message: "The handler has no answer to this request.",
  });
  const thrower = () => {
    throw new Error("x");
  };
  expect(await handler(thrower, compose, composeWhole)(asking({}))).toMatchObject({ kind: "fault" });
  expect(await rules([], compose)(asking({}))).toMatchObject({ message: "No rule matches this request." });
  expect(await rules([{ name: "r", answer: "x", matches: thrower }], compose)(asking({}))).toMatchObject({
    kind: "fault",
  });
});
