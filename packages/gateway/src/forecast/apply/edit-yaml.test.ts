import { describe, expect, test } from "vitest";
import { editYaml, snippetOf } from "./edit-yaml.ts";
import type { Edit } from "./plan-edits.ts";

const MAX: Edit = { path: ["providers", "deepseek", "limit", "max"], to: 240 };
const OFF_PEAK: Edit = { path: ["routes", 0, "ladder", { rung: "ticket" }, "offPeak"], to: true };

const edited = (text: string, ...edits: Edit[]) => {
  const outcome = editYaml(text, edits);
  return "text" in outcome ? outcome.text : outcome.why.en;
};

describe("a value that is there", () => {
  test.each([
    [
      "providers:\n  deepseek: {limit: {max:   120 }} # as agreed\n",
      "providers:\n  deepseek: {limit: {max:   240 }} # as agreed\n",
    ],
    [
      "# top\nproviders:\n    deepseek:\n        limit:\n            max: 120 # of 500\n",
      "# top\nproviders:\n    deepseek:\n        limit:\n            max: 240 # of 500\n",
    ],
  ])("is exchanged in its place, and not a character besides", (before, after) => {
    expect(edited(before, MAX)).toBe(after);
  });

  test.each([
    ["is from the environment", `providers: { deepseek: { limit: { max: "\${MAX:-9}" } } }`, /environment variable/],
    ["is shared", "one: &l { max: 1 }\nproviders: { deepseek: { limit: *l } }\n", /alias/],
    ["stands in no YAML", "providers: {", /not valid YAML/],
    ["stands where a map should", "providers: { deepseek: { limit: off } }\n", /cannot be changed without risk/],
  ])("is left alone where it %s", (_, text, why) => {
    expect(edited(text, MAX)).toMatch(why);
  });
});

describe("a value that is not there", () => {
  test.each([
    [
      `providers:\n  # the cheap one\n  deepseek: { preset: deepseek, apiKey: "\${KEY}" } # ours\nroutes: []\n`,
      `providers:\n  # the cheap one\n  deepseek: { preset: deepseek, apiKey: "\${KEY}", limit: { max: 240 } } # ours\nroutes: []\n`,
    ],
    [
      "providers:\n  deepseek:\n    preset: deepseek\n    limit:\n      concurrency: auto # learned\n\n# the end\nroutes: []\n",
      "providers:\n  deepseek:\n    preset: deepseek\n    limit:\n      concurrency: auto # learned\n      max: 240\n\n# the end\nroutes: []\n",
    ],
    [
      "providers:\n  deepseek:\n    preset: deepseek\n    limit:\nroutes: []\n",
      "providers:\n  deepseek:\n    preset: deepseek\n    limit:\n      max: 240\nroutes: []\n",
    ],
  ])("is added, and comments stay", (before, after) => {
    expect(edited(before, MAX)).toBe(after);
  });

  test.each([
    [
      "routes:\n  - name: copy # shop\n    ladder: [deepseek, stale, ticket]\n",
      "routes:\n  - name: copy # shop\n    ladder: [ deepseek, stale, { ticket: { offPeak: true } } ]\n",
    ],
    [
      "routes:\n  - name: copy\n    ladder:\n      - deepseek # first\n      - ticket\n",
      "routes:\n  - name: copy\n    ladder:\n      - deepseek # first\n      - { ticket: { offPeak: true } }\n",
    ],
    [
      "routes:\n  - ladder:\n      - deepseek\n      - ticket: { expires: 1h } # late\n",
      "routes:\n  - ladder:\n      - deepseek\n      - ticket: { expires: 1h, offPeak: true } # late\n",
    ],
  ])("on a rung, named or with settings", (before, after) => {
    expect(edited(before, OFF_PEAK)).toBe(after);
  });

  test("not on a rung that is not there", () => {
    expect(edited("routes: [{ ladder: [deepseek] }]", OFF_PEAK)).toMatch(/cannot be changed/);
  });
});

test("the change for people", () => {
  expect(snippetOf([MAX], [])).toBe("providers:\n  deepseek:\n    limit:\n      max: 240\n");
  expect(snippetOf([OFF_PEAK], ["copy"])).toBe(
    "routes:\n  - name: copy\n    ladder:\n      - ticket:\n          offPeak: true\n",
  );
});
