import { expect, test } from "vitest";
import { explainConfig } from "./effective.ts";
import { formatIssue } from "./issues.ts";
import { resolveConfig } from "./resolve.ts";

const onnx = (settings: object) => ({
  providers: { tiny: { preset: "onnx", ...settings } },
  routes: [{ model: "*", resumeDegraded: true, ladder: ["tiny"] }],
});

function load(input: unknown) {
  const loaded = resolveConfig(input);
  if ("issues" in loaded) throw new Error(loaded.issues.map((issue) => formatIssue(issue)).join("\n"));
  return loaded;
}

function problems(input: unknown): string[] {
  const loaded = resolveConfig(input);
  return "issues" in loaded ? loaded.issues.map((issue) => formatIssue(issue)) : [];
}

test("a model in this process becomes a provider with its settings", () => {
  const settings = { model: "a/b", device: "cuda", inProcess: { unloadAfter: "1h", warm: true } };
  const { config, origins, warnings } = load(onnx(settings));
  expect(warnings).toEqual([]);
  expect(config.providers.tiny).toMatchObject({
    model: "a/b",
    dtype: "q4",
    device: "cuda",
    inProcess: { contextTokens: 4_096, unloadAfter: 3_600_000, queue: 8, warm: true },
    degraded: true,
    baseUrl: "in-process:",
    limit: { concurrency: "auto", max: 1 },
  });
  expect(config.routes[0]?.resumeDegraded).toBe(true);
  const shown = explainConfig(config, origins).find(({ name }) => name === "tiny")?.values ?? [];
  expect(shown.map(({ setting, value, from }) => `${setting} ${value} ${from}`)).toEqual(
    expect.arrayContaining([
      "model a/b code",
      "dtype q4 default",
      "inProcess.unloadAfter 1h code",
      "inProcess.contextTokens 4096 default",
    ]),
  );
});

test("what it cannot do without, and what is not for it, is named", () => {
  expect(problems(onnx({}))[0]).toMatch(/^providers\.tiny: needs a model, such as model: "onnx-community/);
  expect(problems(onnx({ model: "a/b", dtype: "q3" }))[0]).toMatch(/^providers\.tiny\.dtype: /);
  expect(problems(onnx({ model: "a/b", inProcess: { queue: 0 } }))[0]).toMatch(/^providers\.tiny\.inProcess\.queue: /);
  expect(problems(onnx({ model: "a/b", baseUrl: "http://x/v1" }))[0]).toMatch(
    /^providers\.tiny\.baseUrl: .*has no address; leave baseUrl out/,
  );
});

test("its settings are for it alone", () => {
  const elsewhere = { x: { preset: "ollama", device: "cpu", inProcess: {} } };
  expect(problems({ providers: elsewhere, routes: [{ model: "*", ladder: ["x"] }] })).toEqual([
    "providers.x.device: is for the preset onnx only",
    "providers.x.inProcess: is for the preset onnx only",
  ]);
});
