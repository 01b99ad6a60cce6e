import { describe, expect, test } from "vitest";
import { globalRegistry } from "zod/mini";
import { resolveConfig } from "../resolve.ts";
import * as z from "./chained.ts";

describe("a chained schema", () => {
  test("reads, checks and changes in the order in which it is written", () => {
    const schema = z
      .string()
      .min(2)
      .regex(/^\d+$/, "must be digits")
      .transform((text) => Number(text))
      .optional();
    expect(schema.safeParse("12")).toEqual({ success: true, data: 12 });
    expect(schema.safeParse(undefined)).toEqual({ success: true, data: undefined });
    expect(schema.safeParse("1x")).toMatchObject({ error: { issues: [{ message: "must be digits" }] } });
    expect(schema.safeParse("1", { error: ({ code }) => code })).toMatchObject({
      error: { issues: [{ message: "too_small" }] },
    });
  });

  test("each step gives a new schema and leaves the old one as it was", () => {
    const plain = z.int().min(1);
    const small = plain.max(3).meta({ title: "A small number" });
    expect(plain.safeParse(9).success).toBe(true);
    expect(small.safeParse(9).success).toBe(false);
    expect(globalRegistry.get(plain)).toBeUndefined();
    expect(globalRegistry.get(small)).toEqual({ title: "A small number" });
  });

  test("what was said of a schema stays true of it with a further check", () => {
    const schema = z
      .string()
      .meta({ examples: ["a"] })
      .min(1)
      .meta({ title: "Text" });
    expect(globalRegistry.get(schema)).toEqual({ examples: ["a"], title: "Text" });
  });

  test("lists are checked for their length, numbers for their size", () => {
    expect(z.array(z.number().gt(0)).min(1).max(2).safeParse([1, 2, 3]).success).toBe(false);
    expect(z.array(z.number().gt(0)).min(1).safeParse([0]).success).toBe(false);
    expect(z.array(z.number().gt(0)).min(1).safeParse([0.5]).success).toBe(true);
  });
});

test("names and bounds of a configuration are told in its own words", () => {
  const config = { providers: { a: { preset: "deepseek", apiKey: "k" } }, routes: [{ model: "*", ladder: ["a"] }] };
  const said = (more: object) => {
    const resolved = resolveConfig({ ...config, ...more });
    return "issues" in resolved ? resolved.issues.map(({ path, message }) => `${path}: ${message}`) : [];
  };
  expect(said({ currencies: { usd: 1 } })).toEqual([
    "currencies.usd: as a name must be three capital letters, such as CNY",
  ]);
  expect(said({ currencies: { CNY: 0 } })).toEqual(["currencies.CNY: must be above 0, got 0"]);
  expect(said({ providers: { "": { preset: "deepseek", apiKey: "k" } } })).toEqual([
    'providers[""]: as a name must not be empty',
  ]);
});
