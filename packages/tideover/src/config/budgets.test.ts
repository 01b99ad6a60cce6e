import { describe, expect, test } from "vitest";
import { explainConfig } from "./effective.ts";
import { formatIssue } from "./issues.ts";
import { resolveConfig } from "./resolve.ts";
import { formatSpend, parseSpend } from "./spend.ts";

const HOUR_MS = 3_600_000;
const deepseek = { preset: "deepseek", apiKey: "sk-0123456789abcdef" };
const ark = { preset: "volcengine", apiKey: "sk-0123456789abcdef" };

function resolved({ route = {}, key = {}, providers = {}, ladder = ["deepseek", "local"], ...more }: Input) {
  return resolveConfig({
    server: { keys: [{ name: "shop", key: "sk-shop", ...key }] },
    providers: { deepseek, ...(ladder.includes("local") ? { local: { preset: "ollama" } } : {}), ...providers },
    routes: [{ model: "*", ladder, ...route }],
    ...more,
  });
}

interface Input {
  readonly route?: object;
  readonly key?: object;
  readonly providers?: object;
  readonly ladder?: readonly unknown[];
  readonly currencies?: object;
}

const said = (input: Input): string[] => {
  const loaded = resolved(input);
  return ("issues" in loaded ? loaded.issues : loaded.warnings).map((issue) => formatIssue(issue));
};

describe("money in a time", () => {
  test.each([
    ["5 USD/d", { amount: 5, currency: "USD", perMs: 24 * HOUR_MS }, "5 USD/d"],
    ["0.5USD/h", { amount: 0.5, currency: "USD", perMs: HOUR_MS }, "0.5 USD/h"],
    ["300 CNY/30d", { amount: 300, currency: "CNY", perMs: 720 * HOUR_MS }, "300 CNY/30d"],
    ["1 USD/36h", { amount: 1, currency: "USD", perMs: 36 * HOUR_MS }, "1 USD/36h"],
    ["1 USD/48h", { amount: 1, currency: "USD", perMs: 48 * HOUR_MS }, "1 USD/2d"],
  ])("%s", (text, value, written) => {
    expect(parseSpend(text)).toEqual({ value });
    expect(formatSpend(value)).toBe(written);
  });

  test.each([
    ["5", "is not money in a time"],
    ["5 $/d", "is not money in a time"],
    ["5 USD", "is not money in a time"],
    ["-5 USD/d", "is not money in a time"],
    ["0 USD/d", "lets nothing be spent"],
    ["5 USD/0d", "must look back between 1h and 365d"],
    ["5 USD/366d", "must look back between 1h and 365d"],
  ])("%s is refused", (text, words) => {
    expect(parseSpend(text)).toEqual({ problem: expect.stringContaining(words) });
  });

  test("a year is the longest", () => {
    expect(parseSpend("5 USD/365d")).toMatchObject({ value: { perMs: 365 * 24 * HOUR_MS } });
  });
});

test("budgets are read in dollars, and shown as they were written", () => {
  const loaded = resolved({
    currencies: { CNY: 7 },
    key: { budget: { soft: "35 CNY/d", hard: "10 USD/d" } },
    route: { budget: { hard: "1 USD/h" } },
  });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  expect(loaded.warnings).toEqual([]);
  expect(loaded.config.server.keys[0]?.budget).toEqual({
    soft: { amount: 35, currency: "CNY", perMs: 24 * HOUR_MS, dollars: 5 },
    hard: { amount: 10, currency: "USD", perMs: 24 * HOUR_MS, dollars: 10 },
  });
  const shown = explainConfig(loaded.config, loaded.origins).flatMap(({ values }) => values);
  expect(shown).toContainEqual(expect.objectContaining({ setting: "keys[0].budget.soft", value: "35 CNY/d" }));
  expect(shown).toContainEqual(expect.objectContaining({ setting: "budget.hard", value: "1 USD/h" }));
});

describe("refused are", () => {
  test.each<[string, Input, RegExp]>([
    ["a budget without limits", { route: { budget: {} } }, /^routes\[0\]\.budget: must say soft, hard, or both/],
    [
      "a currency without a rate",
      { key: { budget: { hard: "5 CNY/d" } } },
      /^server\.keys\[0\]\.budget\.hard: is in CNY, and prices are in US dollars; say what a dollar is/,
    ],
    [
      "a soft limit that is not below the hard one",
      { route: { budget: { soft: "5 USD/d", hard: "5 USD/d" } } },
      /^routes\[0\]\.budget\.soft: must be below hard, which is 5 USD\/d/,
    ],
    ["a rate of the dollar", { currencies: { USD: 1 } }, /^currencies\.USD: is what the others are measured in/],
    ["a rate of nothing", { currencies: { CNY: 0 } }, /^currencies\.CNY: /],
    ["a currency by another name", { currencies: { yuan: 7 } }, /^currencies/],
    ["a number", { route: { budget: { hard: 5 } } }, /^routes\[0\]\.budget\.hard: "5" is not money in a time/],
  ])("%s", (_, input, words) => {
    expect(said(input)).toEqual([expect.stringMatching(words)]);
  });

  test("but a soft limit over another time may be higher", () => {
    expect(said({ route: { budget: { soft: "5 USD/d", hard: "1 USD/h" } } })).toEqual([]);
  });
});

describe("warnings tell", () => {
  test("of prices that nobody knows", () => {
    const ladder = ["deepseek", "ark", "local"];
    const words = "providers.ark: has no known prices, so that budgets do not count what it costs; set its prices";
    expect(said({ ladder, providers: { ark }, route: { budget: { hard: "5 USD/d" } } })).toEqual([words]);
    expect(said({ ladder, providers: { ark }, key: { budget: { hard: "5 USD/d" } } })).toEqual([words]);
    expect(said({ ladder, providers: { ark } })).toEqual([]);
    const priced = { ...ark, prices: { "*": { input: 1, output: 2 } } };
    expect(said({ ladder, providers: { ark: priced }, route: { budget: { hard: "5 USD/d" } } })).toEqual([]);
  });

  test("of a soft limit with nothing to go down to", () => {
    const soft = { budget: { soft: "5 USD/d" } };
    const local = { providers: { local: { preset: "ollama", degraded: false } } };
    expect(said({ ...local, ladder: ["deepseek", "local"], route: soft })).toEqual([]);
    expect(said({ ladder: ["deepseek"], route: soft })).toEqual([
      expect.stringMatching(/^routes\[0\]\.budget\.soft: changes nothing, because everything on the ladder costs/),
    ]);
    expect(
      said({
        ladder: ["deepseek"],
        route: { budget: { soft: "1 USD/d", hard: "2 USD/d" } },
      }),
    ).toEqual([]);
  });
});
