import { describe, expect, test } from "vitest";
import { chaosNotice } from "./chaos.ts";
import { explainConfig } from "./effective.ts";
import { formatIssue } from "./issues.ts";
import { codeSource } from "./origins.ts";
import { resolveConfig } from "./resolve.ts";

const NOW = Date.UTC(2026, 10, 23, 8);
const sound = { share: "1%", until: "2026-11-23T18:00:00+08:00", faults: { latency: "3s" } };

function resolved(chaos: object) {
  const input = {
    providers: { deepseek: { preset: "deepseek", apiKey: "sk-0123456789abcdef" }, local: { preset: "ollama" } },
    routes: [{ model: "*", ladder: ["deepseek", "local"] }],
    chaos,
  };
  return resolveConfig(input, codeSource(input), NOW);
}

const said = (chaos: object): string[] => {
  const loaded = resolved(chaos);
  return ("issues" in loaded ? loaded.issues : loaded.warnings).map((issue) => formatIssue(issue));
};

test("it is read with its defaults", () => {
  const loaded = resolved({ ...sound, faults: { failure: "overloaded", latency: "3s", cut: 12 } });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  expect(loaded.warnings).toEqual([]);
  expect(loaded.config.chaos).toEqual({
    share: 0.01,
    until: Date.UTC(2026, 10, 23, 10),
    critical: false,
    faults: { failure: ["overloaded"], latency: 3_000, cut: 12 },
  });
});

test("it is shown by check", () => {
  const loaded = resolved({ ...sound, providers: ["deepseek"] });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  const section = explainConfig(loaded.config, loaded.origins).find((part) => part.section === "chaos");
  expect(section?.values.map(({ setting, value }) => [setting, value])).toEqual([
    ["share", "1%"],
    ["until", "2026-11-23T10:00:00Z"],
    ["providers", "deepseek"],
    ["critical", "false"],
    ["faults.latency", "3s"],
  ]);
});

test("the notice says what is done, to whom and until when", () => {
  const chaos = { share: 0.01, until: NOW, critical: false, faults: {} };
  expect(chaosNotice(chaos)).toBe(
    "Chaos is on: faults are injected into 1% of the attempts at every provider until 2026-11-23T08:00:00Z (critical calls are spared).",
  );
  expect(chaosNotice({ ...chaos, providers: ["deepseek"], critical: true })).toContain("at deepseek until");
});

describe("what goes too far is refused", () => {
  test.each([
    [{ share: "51%" }, /^chaos\.share: must be above 0% and at most 50%.*got 51%$/],
    [{ share: "0%" }, /^chaos\.share: must be above 0%/],
    [{ share: 0.01 }, /^chaos\.share: /],
    [{ until: "2026-11-24T08:00:01Z" }, /^chaos\.until: must be within a day, by 2026-11-24T08:00:00Z/],
    [{ until: "tomorrow" }, /^chaos\.until: "tomorrow" is not a moment; write date, time and time zone/],
    [{ until: "2026-11-23T18:00:00" }, /^chaos\.until: .*time zone/],
    [{ faults: {} }, /^chaos\.faults: must say at least one of latency, failure and cut/],
    [{ faults: { cut: -1 } }, /^chaos\.faults\.cut: must be 0 or more, got -1/],
    [{ faults: { failure: "crash" } }, /^chaos\.faults\.failure: must be overloaded or fault/],
    [{ faults: { latancy: "3s" } }, /^chaos\.faults: unknown key `latancy`; did you mean `latency`\?/],
    [{ providers: ["deepsek"] }, /^chaos\.providers\[0\]: `deepsek` is not a provider; did you mean `deepseek`\?/],
  ])("%j", (change, words) => {
    expect(said({ ...sound, ...change })).toEqual([expect.stringMatching(words)]);
  });

  test("a share and an end are no matter of defaults", () => {
    expect(said({ faults: { cut: 1 } })).toEqual(["chaos.share: is missing", "chaos.until: is missing"]);
  });
});

test("what is over is off, with a warning", () => {
  const over = { ...sound, until: "2026-11-23T08:00:00Z" };
  const loaded = resolved(over);
  expect("config" in loaded && loaded.config.chaos).toBeUndefined();
  expect(said(over)).toEqual([
    expect.stringMatching(/^chaos: is over since 2026-11-23T08:00:00Z, so nothing is injected/),
  ]);
});
