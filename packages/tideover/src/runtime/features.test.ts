import { expect, test } from "vitest";
import { ALL_FEATURES } from "./all-features.ts";
import { needed } from "./features.ts";

test("a feature that was not given is a mistake of whoever composes, and named", () => {
  expect(needed(ALL_FEATURES, "hedging")).toBe(ALL_FEATURES.hedging);
  expect(() => needed({}, "hedging")).toThrow(/feature hedging, which the runtime was not given/);
});
