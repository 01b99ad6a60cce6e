import { describe, expect, test } from "vitest";
import { formatIssue } from "./issues.ts";
import { resolveConfig } from "./resolve.ts";
import { load, minimal, problems, warnings } from "./testing/configurations.ts";

describe("defaults", () => {
  const { config, warnings: none } = load(minimal());

  test("of a route are those that are promised", () => {
    expect(config.routes).toEqual([
      {
        name: "route-1",
        model: "*",
        deadline: 120_000,
        connect: 5_000,
        firstToken: { chat: 20_000, thinking: 60_000 },
        gap: 45_000,
        total: 1_800_000,
        minRate: "off",
        retry: { attempts: 3, same: "when-last", baseDelay: 500, maxDelay: 20_000, jitter: "full", budget: 0.1 },
        hedge: "off",
        resume: "auto",
        cache: { when: "deterministic", fresh: 3_600_000, stale: 604_800_000, pace: 0, also: [], tags: [] },
        ladder: [{ kind: "provider", provider: "deepseek" }],
      },
    ]);
  });

  test("of a provider come from its preset and from the promises", () => {
    expect(config.providers.deepseek).toMatchObject({
      name: "deepseek",
      apiKeys: ["sk-0123456789abcdef"],
      sameAccount: false,
      baseUrl: "https://api.deepseek.com",
      degraded: false,
      upstream: "stream",
      models: {},
      headers: {},
      breaker: {
        consecutive: 5,
        ratio: 0.5,
        minimum: 10,
        window: 60_000,
        open: 10_000,
        maxOpen: 20_000,
        probes: 3,
        counts: ["fault", "overloaded"],
      },
      limit: { concurrency: "auto" },
    });
    expect(config.providers.deepseek?.definition.accounts).toHaveLength(1);
  });

  test("of the server are those that are promised", () => {
    expect(config.server).toMatchObject({
      host: "127.0.0.1",
      port: 8787,
      dataDir: ".tideover",
      open: false,
      keys: [],
      limits: { body: 33_554_432 },
      keepAlive: { interval: 15_000, unary: false },
      provenance: { headers: true, body: true },
      passthroughKeys: false,
    });
  });

  test("give no warning, not even those that are not active yet", () => {
    expect(none).toEqual([]);
  });
});

describe("what is written", () => {
  test("the classic recipe is taken as it stands", () => {
    const { config } = load(
      minimal(
        {
          deadline: "200ms",
          retry: { attempts: 6, same: "always", baseDelay: "1s", maxDelay: "30s", jitter: "10%", budget: "off" },
        },
        { breaker: { consecutive: 5, open: "30s" } },
      ),
    );
    expect(config.routes[0]).toMatchObject({
      deadline: 200,
      retry: { attempts: 6, same: "always", baseDelay: 1_000, maxDelay: 30_000, jitter: 0.1, budget: "off" },
    });
    expect(config.providers.deepseek?.breaker).toMatchObject({ consecutive: 5, open: 30_000, maxOpen: 30_000 });
  });

  test("replaces defaults, in ms, bytes and shares", () => {
    const { config } = load({
      server: { limits: { body: "64MiB", headers: 8_192 }, keepAlive: { unary: true }, ca: "ca.pem", drain: "5s" },
      ...minimal(
        { firstToken: "10s", minRate: "2/s", retry: "off" },
        { breaker: { ratio: "20%", consecutive: "off" } },
      ),
    });
    expect(config.server).toMatchObject({
      limits: { body: 67_108_864, headers: 8_192, headersTimeout: 15_000 },
      keepAlive: { interval: 15_000, unary: true },
      ca: ["ca.pem"],
      drain: 5_000,
    });
    expect(config.routes[0]).toMatchObject({ firstToken: 10_000, minRate: { count: 2, perMs: 1_000 }, retry: "off" });
    expect(config.providers.deepseek?.breaker).toMatchObject({ ratio: 0.2, consecutive: "off" });
  });

  test("off is off, and a group given as undefined is not given", () => {
    const { config } = load(minimal({ cache: "off", hedge: "off", retry: undefined }, { breaker: "off" }));
    expect(config.providers.deepseek?.breaker).toBe("off");
    expect(config.routes[0]).toMatchObject({ cache: { when: "never" }, hedge: "off", retry: { attempts: 3 } });
    expect(load(minimal({ retry: { attempts: undefined } })).config.routes[0]?.retry).toMatchObject({ attempts: 3 });
  });

  test("a breaker that stays open longer than the default's longest time keeps that time", () => {
    const { config } = load(minimal({}, { breaker: { open: "10m" } }));
    expect(config.providers.deepseek?.breaker).toMatchObject({ open: 600_000, maxOpen: 600_000 });
  });

  test("a caller's key gets its tenant and priority", () => {
    const { config } = load({ ...minimal(), server: { keys: [{ name: "shop", key: "secret-of-the-shop" }] } });
    expect(config.server.keys).toEqual([{ name: "shop", key: "secret-of-the-shop", tenant: "shop", maxPriority: 2 }]);
  });

  test("functions can be rungs and conditions", () => {
    const fallback = () => "an answer";
    const when = () => true;
    const { config } = load(
      minimal({ ladder: ["deepseek", fallback, { handler: fallback }, { rules: [{ when, answer: "a" }] }] }),
    );
    expect(config.routes[0]?.ladder.slice(1)).toEqual([
      { kind: "handler", name: "fallback", handler: fallback },
      { kind: "handler", name: "fallback", handler: fallback },
      { kind: "rules", rules: [{ when, answer: "a" }] },
    ]);
  });

  test("callers who bring their own keys make ours needless", () => {
    const { config } = load({
      server: { passthroughKeys: true },
      providers: { deepseek: { preset: "deepseek" } },
      routes: [{ model: "*", ladder: ["deepseek"] }],
    });
    expect(config.providers.deepseek).toMatchObject({ apiKeys: [], definition: { accounts: [{ apiKey: undefined }] } });
    expect(problems({ ...minimal(), server: { passthroughKeys: true, keys: [{ name: "a", key: "k" }] } })).toEqual([
      "server.passthroughKeys: cannot go together with server.keys, because a caller can send only one key; choose one of them",
    ]);
  });

  test("a ladder of rules alone needs no provider", () => {
    const { config } = load({ routes: [{ model: "*", ladder: [{ rules: [{ when: "true", answer: "yes" }] }] }] });
    expect(config.providers).toEqual({});
  });
});

describe("what does nothing in this version is never passed over in silence", () => {
  test("each written setting warns", () => {
    const input = {
      server: {
        dataDir: "data",
        adminKey: "admin-secret",
        keys: [{ name: "a", key: "k", rate: { requests: "600/m" } }],
      },
      stores: { cache: "redis://127.0.0.1:6379", jobs: "postgres://localhost/t", queue: "amqp://localhost" },
      ...minimal(
        {
          firstToken: "auto",
          cache: { when: "always" },
          hedge: { after: "p95" },
          resume: "exact",
          ladder: [
            "deepseek",
            { stale: { after: "2s" } },
            { template: { text: "t", review: true } },
            { ticket: { always: true } },
          ],
        },
        { limit: { concurrency: 5 } },
      ),
    };
    const { config, warnings: issues } = load(input);
    expect(issues).toEqual([]);
    expect(config.routes[0]?.ladder.map(({ kind }) => kind)).toEqual(["provider", "stale", "template", "ticket"]);
    expect(config.routes[0]?.firstToken).toBe("auto");
  });

  test("what is switched off does not warn", () => {
    expect(warnings(minimal({ cache: { when: "never" }, hedge: "off", resume: "off", firstToken: "5s" }))).toEqual([]);
  });

  test("a route that no request reaches and a provider that no route asks warn", () => {
    const input = {
      ...minimal(),
      providers: { deepseek: { preset: "deepseek", apiKey: "k" }, spare: { preset: "ollama" } },
      routes: [
        { model: "*", ladder: ["deepseek"] },
        { model: "gpt-*", ladder: ["deepseek"] },
      ],
    };
    expect(warnings(input)).toEqual([
      "routes[1]: is never used, because routes[0] above it takes every model; put it above that one",
      "providers.spare: is on no ladder, so it is never asked",
    ]);
  });
});

describe("the `warm` section", () => {
  const keys = [
    { name: "a", key: "key-of-the-first-caller" },
    { name: "b", key: "key-of-the-second-caller", tenant: "shop" },
  ];
  const withWarm = (entry: object, server: object = {}) => load({ ...minimal({}), server, warm: [entry] });

  test("has its defaults", () => {
    const entry = { prompts: "night.jsonl", schedule: "0 3 * * 1-5" };
    expect(withWarm(entry).config.warm).toEqual([{ ...entry, offPeak: false, concurrency: 4 }]);
    expect(withWarm({ ...entry, tenant: "shop" }, { keys }).config.warm?.[0]?.tenant).toBe("shop");
  });

  test.each<[object, object, string]>([
    [{}, {}, "warm[0]: says never when; give it a schedule such as 0 3 * * *, or offPeak: true"],
    [{ schedule: "nightly" }, {}, "warm[0].schedule: must be a cron expression"],
    [{ offPeak: true, tenant: "shop" }, {}, "warm[0].tenant: `shop` is no tenant of server.keys; there are no keys"],
    [{ offPeak: true, tenant: "c" }, { keys }, "warm[0].tenant: `c` is no tenant of server.keys; there are: a, shop"],
    [{ offPeak: true }, { keys }, "warm[0]: must say whose answers they are with tenant; there are: a, shop"],
  ])("%j is refused", (entry, server, problem) => {
    const found = resolveConfig({ ...minimal({}), server, warm: [{ prompts: "p", ...entry }] });
    expect("issues" in found && found.issues.map((issue) => formatIssue(issue))).toEqual([
      expect.stringContaining(problem),
    ]);
  });
});
