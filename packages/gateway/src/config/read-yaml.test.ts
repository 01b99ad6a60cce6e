import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileWith, load, problems } from "./testing/texts.ts";

describe("the environment in a file", () => {
  test("fills text, and numbers and words where the value is unquoted", () => {
    const text = fileWith(
      `server:\n  port: \${PORT}\n  open: \${OPEN:-true}\n  drain: \${SECONDS}s\n  dataDir: \${UNSET:-x}-\${DIR}`,
    );
    const { config, origins } = load(text, { PORT: "9000", SECONDS: "5", DIR: "data" });
    expect(config.server).toMatchObject({ port: 9_000, open: true, drain: 5_000, dataDir: "x-data" });
    expect(origins.get("server.port")).toEqual({ from: "environment", variable: "PORT", line: 2 });
    expect(origins.get("server.open")).toEqual({ from: "file", line: 3 });
  });

  test("keeps a quoted value text, and takes the default of an empty variable", () => {
    const text = fileWith(`server:\n  adminKey: "\${KEY}"\n  dataDir: "\${DIR:-data}"`);
    expect(load(text, { KEY: "0123456", DIR: "" }).config.server).toMatchObject({
      adminKey: "0123456",
      dataDir: "data",
    });
  });

  test(`is not looked into again, nor in keys, and $\${ is \${`, () => {
    const text = fileWith(`server:\n  adminKey: "\${KEY}"\n  dataDir: "$\${HOME}"`).replace(
      "ollama }",
      `ollama, models: { "\${KEY}": m } }`,
    );
    const { config } = load(text, { KEY: `\${OTHER}` });
    expect(config.server).toMatchObject({ adminKey: `\${OTHER}`, dataDir: `\${HOME}` });
    expect(Object.entries(config.providers.local?.models ?? {})).toEqual([[`\${KEY}`, "m"]]);
  });

  test("is only what was given: nothing inherited", () => {
    expect(problems(fileWith(`server:\n  adminKey: "\${constructor}"`))).toEqual([
      expect.stringContaining("needs the environment variable constructor, which is not set"),
    ]);
  });
});

describe("no text brings the reading down", () => {
  test.each([
    ["deep lists", "[".repeat(20_000)],
    ["deep mappings", "a: ".repeat(20_000)],
    ["deep, closed lists", `routes: ${"[".repeat(3_000)}${"]".repeat(3_000)}`],
    ["a long line", `a: ${"x".repeat(500_000)}`],
    ["a null character", "routes: \u0000"],
  ])("%s", (_, text) => {
    expect(problems(text).length).toBeGreaterThan(0);
  });

  test("pieces of YAML in any order", () => {
    const pieces = fc.constantFrom(
      "routes:",
      "providers:",
      "server:",
      "\n",
      "\n  ",
      "- ",
      ": ",
      "{",
      "}",
      "[",
      "]",
      ",",
      "&a ",
      "*a",
      "!!str ",
      "|",
      ">",
      '"',
      "'",
      "#",
      `\${X}`,
      `\${`,
      "<<",
      "? ",
      "---",
      "%",
      "1",
      "null",
      "ladder",
      "model",
      "__proto__",
      "\t",
      "\ufeff",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (text) => {
        expect(problems(text.join("")).length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});

test("JSON is YAML too", () => {
  const text = JSON.stringify({
    providers: { local: { preset: "ollama" } },
    routes: [{ model: "*", ladder: ["local"] }],
  });
  expect(load(text).config.routes).toHaveLength(1);
});

test("anchors and aliases share settings", () => {
  const text = `providers:
  a: { preset: ollama, breaker: &breaker { open: 5s } }
  b: { preset: vllm, breaker: *breaker }
routes:
  - { model: "*", ladder: [a, b] }
`;
  const { config, origins } = load(text);
  expect(config.providers.b?.breaker).toMatchObject({ open: 5_000 });
  expect(origins.get("providers.b.breaker.open")).toEqual({ from: "file", line: 2 });
});
