import Anthropic from "@anthropic-ai/sdk";
import { expectedAnswer, startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import OpenAI from "openai";
import { createTideover, type TideoverConfig } from "tideover";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

// What the SDK loads only where a request or a configuration asks for it.

const messages = [{ role: "user" as const, content: "Describe the reading lamp 灯." }];
const request = { model: "sim-chat", messages };
const expected = expectedAnswer(request).content;

let upstream: UpstreamServer;
beforeEach(async () => {
  upstream = await startUpstreamServer({ profile: "faults" });
});
afterEach(() => upstream.close());

type Route = TideoverConfig["routes"][number];
const config = (route: Partial<Route> = {}, more: Partial<TideoverConfig> = {}): TideoverConfig => ({
  ...more,
  providers: {
    deepseek: { preset: "deepseek", baseUrl: upstream.url, apiKey: "sk-test" },
    ...more.providers,
  },
  routes: [{ model: "*", ladder: ["deepseek"], ...route }],
});

describe("with the first request that asks for them", () => {
  test("Messages: whole answers, streams, errors", async () => {
    const { fetch } = createTideover(config());
    const anthropic = new Anthropic({ apiKey: "unused", baseURL: "http://tideover.local", maxRetries: 0, fetch });
    const asked = { ...request, max_tokens: 2_000 };
    const whole = await anthropic.messages.create(asked);
    expect(whole.content.map((block) => (block.type === "text" ? block.text : "")).join("")).toBe(expected);
    expect(await anthropic.messages.stream(asked).finalText()).toBe(expected);
    expect((await anthropic.messages.countTokens(request)).input_tokens).toBeGreaterThan(0);
    const refused = anthropic.messages.create({ ...asked, model: "" });
    await expect(refused).rejects.toThrow(Anthropic.BadRequestError);
  });

  test("Responses: whole answers and streams; none are kept", async () => {
    const openai = new OpenAI({ apiKey: "unused", maxRetries: 0, fetch: createTideover(config()).fetch });
    const asked = { model: request.model, input: messages };
    expect((await openai.responses.create(asked)).output_text).toBe(expected);
    let text = "";
    for await (const event of await openai.responses.create({ ...asked, stream: true })) {
      if (event.type === "response.output_text.delta") text += event.delta;
    }
    expect(text).toBe(expected);
    await expect(openai.responses.retrieve("resp_1")).rejects.toThrow(/keeps no responses/);
  });

  test("what only a gateway keeps is not there", async () => {
    const { fetch } = createTideover(config());
    for (const path of ["/v1/jobs", "/v1/files", "/v1/batches", "/v1/streams/s", "/v1/status"]) {
      expect((await fetch(`http://tideover.local${path}`)).status, path).toBe(404);
    }
  });
});

describe("with the engine, where the configuration asks for them", () => {
  const embedder = { preset: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: "sk-test" } as const;
  test.each<[string, Partial<Route>, Partial<TideoverConfig>]>([
    ["hedging", { hedge: { after: "p95" } }, {}],
    ["long prompts", { longPrompt: "summarise" }, {}],
    [
      "chaos",
      {},
      { chaos: { share: "1%", until: new Date(Date.now() + 3_600_000).toISOString(), faults: { latency: "1s" } } },
    ],
    [
      "similar answers",
      { ladder: ["deepseek", { similar: { provider: "embedder", model: "embed", threshold: 0.9 } }] },
      { providers: { embedder } },
    ],
    [
      "a provider that speaks Messages",
      { ladder: ["claude", "deepseek"] },
      { providers: { claude: { preset: "anthropic", baseUrl: "http://127.0.0.1:9/v1", apiKey: "sk-test" } } },
    ],
    [
      "a server that speaks KServe",
      { ladder: ["triton", "deepseek"] },
      { providers: { triton: { preset: "kserve", baseUrl: "http://127.0.0.1:9/v2" } } },
    ],
  ])("%s", async (_name, route, more) => {
    let text = "";
    for await (const event of createTideover(config({ retry: "off", ...route }, more)).chat(request)) {
      const [choice] = (event as { choices: { delta: { content?: string | null } }[] }).choices;
      text += choice?.delta.content ?? "";
    }
    expect(text).toBe(expected);
  });
});
