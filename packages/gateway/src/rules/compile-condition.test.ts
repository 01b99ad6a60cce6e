import { expect, test } from "vitest";
import { compileCondition } from "./compile-condition.ts";

const facts = {
  metadata: { category: "gift-card", price: 12.5, tags: ["new"] },
  model: "deepseek-flash",
  request: { n: 1 },
};

test.each([
  ["metadata.category == 'gift-card'", true],
  ["metadata.category == 'lamp'", false],
  ["metadata.price > 3", true],
  ["metadata.price >= 12.5 && 'new' in metadata.tags", true],
  ["model.startsWith('deepseek-')", true],
  ["has(metadata.colour) && metadata.colour == 'red'", false],
  ["request.n == 1", true],
])("%s is %s", (expression, expected) => {
  expect(compileCondition(expression)(facts)).toBe(expected);
});

test("a missing field is an error, not a silent no", () => {
  expect(() => compileCondition("metadata.colour == 'red'")(facts)).toThrow(/colour/);
});

test.each([
  ["metadata.category ==", /cannot be used/],
  ["metdata.category == 'x'", /metdata/],
  ["'text'", /not true or false/],
])("%s is refused when the configuration is read", (expression, message) => {
  expect(() => compileCondition(expression)).toThrow(message);
});
