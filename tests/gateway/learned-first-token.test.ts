import { resolveConfig } from "tideover/config";
import type { JsonObject } from "tideover/engine";
import { expect, test } from "vitest";
import { textOf, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

const body: JsonObject = { model: "sim-chat", messages: [{ role: "user", content: "Hello sim_output_tokens=5" }] };

function open(firstToken?: string) {
  const provider = (name: string) => ({ preset: "deepseek", baseUrl: virtualUrl(name), apiKey: "sk-test" });
  const resolved = resolveConfig({
    providers: { first: provider("first"), second: provider("second") },
    routes: [{ model: "*", ladder: ["first", "second"], ...(firstToken === undefined ? {} : { firstToken }) }],
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  expect(resolved.warnings).toEqual([]);
  let stuck = false;
  const pacing = { ttftMs: 600, jitter: 0.3, tokensPerSecond: 50 };
  const on = virtualStage(resolved.config, {
    first: { pacing, faultFor: () => (stuck ? "keep-alive-only" : undefined) },
    second: { pacing },
  });
  const ask = async () => {
    const startedAt = on.clock.now();
    const response = await on.clock.run(on.post(body));
    await on.clock.run(textOf(response));
    return { ms: on.clock.now() - startedAt, provider: response.headers["tideover-provider"] };
  };
  return { ask, block: () => (stuck = true) };
}

test("with firstToken auto a stuck provider is given up after what is really long for it", async () => {
  const { ask, block } = open("auto");
  for (let i = 0; i < 120; i++) await ask();
  block();
  const { ms, provider } = await ask();
  expect(provider).toBe("second");
  expect(ms).toBeGreaterThan(5_000);
  expect(ms).toBeLessThan(8_000);
});

test.each([
  ["before a hundred answers are known", "auto"],
  ["without it", undefined],
])("%s the default holds", async (_, firstToken) => {
  const { ask, block } = open(firstToken);
  for (let i = 0; i < 20; i++) await ask();
  block();
  const { ms, provider } = await ask();
  expect(provider).toBe("second");
  expect(ms).toBeGreaterThan(20_000);
});
