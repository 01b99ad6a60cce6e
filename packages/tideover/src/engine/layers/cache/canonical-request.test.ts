import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testCall } from "../../../testing/index.ts";
import type { Call } from "../../call.ts";
import type { JsonObject } from "../../json.ts";
import { requestKeys } from "./request-key.ts";

const hash = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const keys = requestKeys("route", "policy", hash);

function callOf(text: string, changes: Partial<Pick<Call, "tenant">> & { operation?: "chat" | "fim" } = {}): Call {
  const { operation = "chat", ...rest } = changes;
  const body = JSON.parse(text) as JsonObject;
  return testCall({ request: { body, bytes: new TextEncoder().encode(text), operation }, ...rest });
}

const keyOf = (text: string, changes?: Parameters<typeof callOf>[1]) => keys.keyOf(callOf(text, changes));

describe("equal requests have one key", () => {
  test.each<[string, string, string]>([
    [
      "order of members",
      '{"model":"m","messages":[{"role":"user","content":"a"}]}',
      '{"messages":[{"content":"a","role":"user"}],"model":"m"}',
    ],
    ["white space", '{"a":[1,2]}', ' { "a" : [ 1 ,\n2 ] } '],
    ["forms of a number", '{"temperature":0}', '{"temperature":0.0e5}'],
    ["minus zero", '{"temperature":0}', '{"temperature":-0}'],
    ["forms of a fraction", '{"top_p":0.5}', '{"top_p":5e-1}'],
    ["escapes", '{"a":"é\\n/"}', '{"a":"\\u00e9\\u000a\\/"}'],
    ["an astral character", '{"a":"🌊"}', '{"a":"\\ud83c\\udf0a"}'],
    ["streamed or not", '{"a":1,"stream":true,"stream_options":{"include_usage":true}}', '{"a":1}'],
    ["whose user it is for", '{"a":1,"user":"u1","metadata":{"x":1}}', '{"a":1,"user":"u2"}'],
    ["null and absent", '{"a":1,"stop":null}', '{"a":1}'],
    [
      "defaults written out",
      '{"a":1,"n":1,"presence_penalty":0.0,"logprobs":false,"response_format":{"type":"text"}}',
      '{"a":1}',
    ],
    ["a large number's forms", '{"seed":100000000000000000000}', '{"seed":1e20}'],
    ["a large number with zeros", '{"seed":12345678901234567000}', '{"seed":1.2345678901234567e19}'],
  ])("whatever the %s", (_what, one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });
});

describe("different requests have different keys", () => {
  test.each<[string, string, string]>([
    ["texts", '{"a":"x"}', '{"a":"y"}'],
    ["a number and a text", '{"a":1}', '{"a":"1"}'],
    ["a text and what it looks like", '{"a":"[1,2]"}', '{"a":[1,2]}'],
    ["order in a list", '{"a":[1,2]}', '{"a":[2,1]}'],
    ["nesting", '{"a":{"b":1},"c":2}', '{"a":{"b":1,"c":2}}'],
    ["null inside", '{"a":{"b":null}}', '{"a":{}}'],
    ["true and 1", '{"a":true}', '{"a":1}'],
    ["composed and decomposed letters", '{"a":"\\u00e9"}', '{"a":"e\\u0301"}'],
    ["a lone surrogate and its text", '{"a":"\\ud800"}', '{"a":"\\\\ud800"}'],
    ["two lone surrogates", '{"a":"\\ud800"}', '{"a":"\\ud801"}'],
    ["large numbers that one double holds", '{"seed":9007199254740993}', '{"seed":9007199254740992}'],
    ["numbers beyond all doubles", '{"seed":1e400}', '{"seed":1e401}'],
    ["seeds", '{"seed":1}', '{"seed":2}'],
    ["how many choices", '{"n":2}', '{"n":3}'],
    ["log probabilities", '{"logprobs":true}', '{"logprobs":false}'],
    ["temperature and its absence", '{"temperature":1}', "{}"],
    ["models", '{"model":"a"}', '{"model":"b"}'],
    ["an own member named __proto__", '{"__proto__":{"a":1}}', "{}"],
  ])("%s", (_what, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  test("tenants, routes, policies and operations", () => {
    const text = '{"model":"m","prompt":"a"}';
    const found = new Set([
      keyOf(text),
      keyOf(text, { tenant: "other" }),
      keyOf(text, { operation: "fim" }),
      requestKeys("other", "policy", hash).keyOf(callOf(text)),
      requestKeys("route", "other", hash).keyOf(callOf(text)),
    ]);
    expect(found.size).toBe(5);
  });

  test("tenants whose requests are one object", () => {
    const call = callOf('{"a":1}');
    const other = { ...call, tenant: "other" };
    expect([keys.keyOf(call), keys.keyOf(other), keys.keyOf(call)]).toEqual([
      keyOf('{"a":1}'),
      keyOf('{"a":1}', { tenant: "other" }),
      keyOf('{"a":1}'),
    ]);
  });
});

/** Members that mean something, none of them left out of the key. */
const bodies = fc.dictionary(
  fc.constantFrom("messages", "model", "temperature", "seed", "stop", "tools", "x", "é", "__proto__", "0"),
  fc.jsonValue({ maxDepth: 3 }),
) as fc.Arbitrary<JsonObject>;

/** What a JSON reader makes of it: minus zero is zero, and null at the top means that it was left out. */
function meaning(body: JsonObject): unknown {
  const kept = Object.entries(JSON.parse(JSON.stringify(body)) as JsonObject).filter(([, value]) => value !== null);
  return sorted(Object.fromEntries(kept));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]): [string, unknown] => [name, sorted(member)]);
  return members.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The same JSON, written differently: members turned round, white space, escapes. */
function rewritten(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(rewritten).join(" ,")}\n]`;
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0e0` : JSON.stringify(value);
  if (typeof value === "string") {
    const escaped = Array.from({ length: value.length }, (_, index) =>
      value.charCodeAt(index).toString(16).padStart(4, "0"),
    );
    return `"${escaped.map((unit) => `\\u${unit}`).join("")}"`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).reverse();
  return `{\t${members.map(([name, member]) => `${JSON.stringify(name)} : ${rewritten(member)}`).join(",")} }`;
}

test("no two different requests have one key, and no two equal ones different keys", () => {
  fc.assert(
    fc.property(bodies, bodies, (one, other) => {
      const same = JSON.stringify(meaning(one)) === JSON.stringify(meaning(other));
      expect(keyOf(JSON.stringify(one)) === keyOf(JSON.stringify(other))).toBe(same);
      expect(keyOf(rewritten(one))).toBe(keyOf(JSON.stringify(one)));
    }),
    { numRuns: 300 },
  );
});

test("one changed character anywhere changes the key", () => {
  fc.assert(
    fc.property(bodies, fc.string({ unit: "binary", minLength: 1 }), (body, text) => {
      expect(keyOf(JSON.stringify({ ...body, x: text }))).not.toBe(keyOf(JSON.stringify({ ...body, x: `${text} ` })));
    }),
    { numRuns: 200 },
  );
});
