import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError, formatIssue } from "./issues.ts";
import { isLoopback } from "./loopback.ts";
import { matchesModel } from "./model-glob.ts";
import { nearest } from "./nearest.ts";
import { formatPath } from "./path.ts";

describe("the nearest known name", () => {
  const known = ["host", "port", "baseUrl", "attempts", "template", "deepseek"];

  test.each([
    ["hots", "host"],
    ["base_url", "baseUrl"],
    ["BASEURL", "baseUrl"],
    ["attemps", "attempts"],
    ["tempate", "template"],
    ["deepsek", "deepseek"],
  ])("of %s is %s", (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  test("is none when nothing is close", () => {
    expect(nearest("breaker", known)).toBeUndefined();
    expect(nearest("x".repeat(100_000), known)).toBeUndefined();
  });
});

describe("model globs", () => {
  test.each([
    ["*", "", true],
    ["*", "anything/at:all", true],
    ["deepseek-*", "deepseek-flash", true],
    ["deepseek-*", "deepseek", false],
    ["*-pro", "deepseek-v4-pro", true],
    ["*-pro", "deepseek-pro-v4", false],
    ["gpt-?", "gpt-5", true],
    ["gpt-?", "gpt-55", false],
    ["a*b*c", "a-b-b-c", true],
    ["model.1", "modelx1", false],
    ["DeepSeek", "deepseek", false],
  ])("%s for %s: %s", (glob, model, expected) => {
    expect(matchesModel(glob, model)).toBe(expected);
  });

  test("agree with a regular expression", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const names = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
    fc.assert(
      fc.property(letters, names, (glob, name) => {
        const pattern = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        expect(matchesModel(glob, name)).toBe(pattern.test(name));
      }),
    );
  });

  test("a hostile name takes no time", () => {
    expect(matchesModel("*a".repeat(50), `${"a".repeat(10_000)}b`)).toBe(false);
  });
});

test("paths are written as people write them", () => {
  expect(formatPath([])).toBe("");
  expect(formatPath(["routes", 0, "retry", "attempts"])).toBe("routes[0].retry.attempts");
  expect(formatPath(["providers", "my-ark", "models", "deepseek-v4.1"])).toBe(
    'providers.my-ark.models["deepseek-v4.1"]',
  );
});

test.each([
  ["127.0.0.1", true],
  ["127.8.8.8", true],
  ["localhost", true],
  ["LOCALHOST", true],
  ["::1", true],
  ["[::1]", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.168.1.5", false],
  ["127.example.com", false],
  ["localhost.example.com", false],
])("%s is loopback: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

describe("issues", () => {
  const issue = { path: "routes[0].retry", line: 12, message: "unknown key `attemps`", suggestion: "attempts" };

  test("are one line with file, line, place and suggestion", () => {
    expect(formatIssue(issue, "tideover.yaml")).toBe(
      "tideover.yaml:12: routes[0].retry: unknown key `attemps`; did you mean `attempts`?",
    );
    expect(formatIssue(issue)).toBe("line 12: routes[0].retry: unknown key `attemps`; did you mean `attempts`?");
    expect(formatIssue({ path: "", message: "the file is empty" })).toBe("the file is empty");
  });

  test("become one error at the edge, recognised across copies of the library", () => {
    const error = new ConfigError([issue]);
    expect(error.message).toContain("line 12: routes[0].retry: unknown key");
    expect(error).toMatchObject({ name: "ConfigError", code: "invalid_config", issues: [issue] });
    expect(ConfigError.isInstance(error)).toBe(true);
    expect(ConfigError.isInstance({ [Symbol.for("tideover.ConfigError")]: true })).toBe(true);
    expect(ConfigError.isInstance(new Error("other"))).toBe(false);
    expect(ConfigError.isInstance(undefined)).toBe(false);
  });
});
