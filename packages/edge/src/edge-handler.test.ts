import { ConfigError, type TideoverConfig } from "tideover/config";
import type { StoredAnswer } from "tideover/engine";
import { MemoryAnswerStore } from "tideover/testing";
import { describe, expect, test } from "vitest";
import { createEdgeHandler, type EdgeHandler } from "./edge-handler.ts";

const CONFIG: TideoverConfig = {
  server: { open: true },
  providers: { host: { preset: "openai-compatible", baseUrl: "https://provider.test/v1", apiKey: "sk-a" } },
  routes: [{ model: "*", cache: { when: "always" }, ladder: ["host"] }],
};

/** A provider that answers, after an instant, and counts. */
function provider() {
  const seen: RequestInit[] = [];
  const send = async (_url: string, init: RequestInit) => {
    seen.push(init);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const message = { role: "assistant", content: "High at noon." };
    const choices = [{ index: 0, message, finish_reason: "stop" }];
    return Response.json({ id: "1", object: "chat.completion", created: 1, model: "m", choices });
  };
  return { send, seen };
}

/** What a platform is asked to wait for. */
function platform() {
  const promises: Promise<unknown>[] = [];
  return { promises, context: { waitUntil: (promise: Promise<unknown>) => void promises.push(promise) } };
}

function request(content = "When is the tide high?", headers: Record<string, string> = {}): Request {
  return new Request("https://edge.test/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content }] }),
  });
}

async function textOf(response: Response): Promise<string> {
  const body = (await response.json()) as { choices?: { message: { content: string } }[] };
  return body.choices?.[0]?.message.content ?? JSON.stringify(body);
}

const refusal = async ({ fetch }: Pick<EdgeHandler<object>, "fetch">, bindings: object = {}): Promise<ConfigError> => {
  const error = await fetch(request(), bindings).catch((thrown: unknown) => thrown);
  if (!ConfigError.isInstance(error)) throw new Error(`Expected a ConfigError, got ${String(error)}.`);
  return error;
};

describe("a configuration", () => {
  test.each<[string, Parameters<typeof createEdgeHandler<{ KEY: string }>>[0]]>([
    ["as an object", { ...CONFIG, server: { keys: [{ name: "shop", key: `$\{KEY}` }] } }],
    ["as JSON", JSON.stringify({ ...CONFIG, server: { keys: [{ name: "shop", key: `$\{KEY}` }] } })],
    ["made from the bindings", ({ KEY }) => ({ ...CONFIG, server: { keys: [{ name: "shop", key: KEY }] } })],
  ])("%s, with secrets from the bindings", async (_form, configuration) => {
    const { send } = provider();
    const handler = createEdgeHandler<{ KEY: string }>(configuration, { fetch: send });
    const bindings = { KEY: "secret-of-the-shop" };
    const { status } = await handler.fetch(request(), bindings);
    expect(status).toBe(401);
    const known = await handler.fetch(request(undefined, { authorization: "Bearer secret-of-the-shop" }), bindings);
    expect(await textOf(known)).toBe("High at noon.");
  });

  test("may depend on the place of the isolate", async () => {
    const { send, seen } = provider();
    const asked: string[] = [];
    const handler = createEdgeHandler(
      (_bindings, { continent }) => ({
        ...CONFIG,
        server: { open: true, region: continent === "AS" ? "asia" : "europe" },
        providers: {
          host: {
            preset: "openai-compatible",
            accounts: [
              { apiKey: "sk-e", baseUrl: "https://europe.test/v1", region: "europe" },
              { apiKey: "sk-a", baseUrl: "https://asia.test/v1", region: "asia" },
            ],
          },
        },
      }),
      {
        fetch: (url, init) => {
          asked.push(new URL(url).host);
          return send(url, init);
        },
      },
    );
    const here = Object.assign(request(), { cf: { continent: "AS", colo: "SIN", asn: 1 } });
    expect(await textOf(await handler.fetch(here))).toBe("High at noon.");
    for (const content of ["a", "b", "c"]) await handler.fetch(request(content));
    expect(seen).toHaveLength(4);
    expect(new Set(asked)).toEqual(new Set(["asia.test"]));
  });

  test("is not read before the first request", () => {
    expect(() => createEdgeHandler("{")).not.toThrow();
  });

  test.each<[string, Parameters<typeof createEdgeHandler>[0], string, RegExp]>([
    ["no JSON", "providers:", "", /is not JSON/],
    ["nobody is kept out", { ...CONFIG, server: {} }, "server.keys", /open to everyone/],
    ["an unknown key", { ...CONFIG, rotes: [] } as TideoverConfig, "", /unknown key/],
    [
      "a secret that is not there",
      { ...CONFIG, server: { keys: [{ name: "a", key: `$\{NONE}` }] } },
      "server.keys[0].key",
      /NONE/,
    ],
    [
      "an expression that nobody reads",
      { ...CONFIG, routes: [{ model: "*", ladder: [{ rules: [{ when: "model == 'a'", answer: "b" }] }] }] },
      "routes[0].ladder[0].rules[0].when",
      /write it as a function/,
    ],
  ])("that cannot be used is told to the platform: %s", async (_what, configuration, path, message) => {
    const handler = createEdgeHandler(configuration);
    const { issues } = await refusal(handler);
    expect(issues[0]).toMatchObject({ path, message: expect.stringMatching(message) });
    const { promises, context } = platform();
    const response = await handler.fetch(request(), {}, context);
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: expect.objectContaining({ code: "invalid_config" }) },
    ]);
    await expect(promises[0]).rejects.toBeInstanceOf(ConfigError);
  });

  test("may have functions as rungs and as conditions", async () => {
    const handler = createEdgeHandler({
      ...CONFIG,
      routes: [
        {
          model: "*",
          ladder: [{ rules: [{ when: ({ model }) => model === "other", answer: "By rule." }] }, () => "By hand."],
        },
      ],
    });
    expect(await textOf(await handler.fetch(request()))).toBe("By hand.");
  });
});

describe("identical requests at the same time", () => {
  test.each([
    [undefined, 2],
    [true, 1],
  ])("share one answer only where they may wait for each other (%s)", async (sharesInProcess, attempts) => {
    const { send, seen } = provider();
    const handler = createEdgeHandler(CONFIG, { fetch: send, sharesInProcess });
    const responses = await Promise.all([handler.fetch(request()), handler.fetch(request())]);
    expect(await Promise.all(responses.map(textOf))).toEqual(["High at noon.", "High at noon."]);
    expect(seen).toHaveLength(attempts);
  });
});

describe("the platform is asked to wait", () => {
  test("until what was stored is written", async () => {
    const written = Promise.withResolvers<void>();
    class SlowStore extends MemoryAnswerStore {
      override async set(key: string, answer: StoredAnswer): Promise<void> {
        await written.promise;
        await super.set(key, answer);
      }
    }
    const { send } = provider();
    const handler = createEdgeHandler(CONFIG, { fetch: send, stores: { answers: () => new SlowStore(Date.now) } });
    const { promises, context } = platform();
    await textOf(await handler.fetch(request(), {}, context));
    const over = Promise.all(promises).then(() => "over");
    const waiting = new Promise((resolve) => setTimeout(() => resolve("waits"), 50));
    expect(await Promise.race([over, waiting])).toBe("waits");
    written.resolve();
    expect(await over).toBe("over");
  });

  test("for the end of every request, also of those that are refused at once", async () => {
    const { send } = provider();
    const handler = createEdgeHandler({ ...CONFIG, server: { keys: [{ name: "a", key: "k" }] } }, { fetch: send });
    const { promises, context } = platform();
    await handler.fetch(request(), {}, context);
    await handler.fetch(new Request("https://edge.test/healthz"), {}, context);
    await handler.fetch(new Request("https://edge.test/nothing"), {}, context);
    expect(await Promise.all(promises)).toHaveLength(3);
  });

  test("for a stream until it has ended or its reader has left", async () => {
    const { send } = provider();
    const handler = createEdgeHandler(CONFIG, { fetch: send });
    const { promises, context } = platform();
    const streamed = new Request(request(), {
      body: JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "x" }] }),
    });
    const response = await handler.fetch(streamed, {}, context);
    await response.body?.cancel();
    expect(await Promise.all(promises)).toHaveLength(1);
  });
});
