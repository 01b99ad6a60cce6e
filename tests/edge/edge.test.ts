import { connect } from "node:net";
import { expectedAnswer } from "@tideover/simulator";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ask, askStreamed, chat, contentOf, errorOf } from "../harness/ask.ts";
import { FAST } from "../harness/stage.ts";
import { complaints, countersOf, type EdgeStage, type EdgeStageOptions, edgeStage } from "./edge-stage.ts";
import { findRuntime } from "./find-runtime.ts";

const program = findRuntime("workerd");
// Each starts a runtime of its own, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
/** How long an effect may take on a loaded machine, in ms. */
const PATIENCE = { timeout: 15_000, interval: 20 };
/** A question whose answer takes a provider of fifty tokens a second eight seconds. */
const LONG = { messages: [{ role: "user", content: "Tell me everything. sim_output_tokens=400" }] };
const SLOW = { ...FAST, pacing: { tokensPerSecond: 50, jitter: 0 } };

/** A stage in workerd; only called where there is one. */
function stage(options: Omit<Parameters<typeof edgeStage>[0], "program">): Promise<EdgeStage> {
  return edgeStage({ ...options, program: program ?? "" });
}

describe.skipIf(program === undefined)("a Worker with keys", () => {
  let on: EdgeStage;
  beforeAll(async () => {
    on = await stage({
      upstreams: { sound: FAST, slow: SLOW, faulty: FAST },
      providers: {
        sound: { models: { "*": "sim-chat" } },
        faulty: { breaker: "off" },
        dead: { preset: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1" },
      },
      routes: [
        { name: "failover", model: "fault-*", firstToken: "2s", ladder: ["faulty", "sound"] },
        { name: "sound", model: "sim-*", ladder: ["sound"] },
        { name: "slow", model: "slow-*", ladder: ["slow"] },
        {
          name: "down",
          model: "down-*",
          retry: "off",
          ladder: ["dead", { template: { text: "We will tell you about {{metadata.name}} soon." } }],
        },
        { name: "gone", model: "gone-*", retry: "off", ladder: ["dead"] },
      ],
      server: { keys: [{ name: "shop", key: `$\{SHOP_KEY}` }] },
      secrets: { SHOP_KEY: "key-of-the-shop" },
    });
  });
  afterAll(() => on[Symbol.asyncDispose]());
  const key = { authorization: "Bearer key-of-the-shop" };

  test("answers whoever has a key that came from the bindings, and nobody else", async () => {
    expect((await ask(on.url, chat("sim-chat"), key)).status).toBe(200);
    for (const wrong of [{}, { authorization: `Bearer $\{SHOP_KEY}` }, { "x-api-key": "key" }]) {
      const { status, body } = await ask(on.url, chat("sim-chat"), wrong);
      expect([status, errorOf(body).code]).toEqual([401, "unauthorized"]);
    }
  });

  test("says how an answer came about, as the gateway does", async () => {
    const { headers, done, events } = await askStreamed(on.url, chat("sim-chat"), key);
    expect(headers.get("tideover-rung")).toBe("live");
    expect(headers.get("tideover-provider")).toBe("sound");
    expect(headers.get("tideover-attempts")).toBe("1");
    expect(done).toBe(true);
    expect(events.at(-1)?.tideover).toMatchObject({ rung: "live", provider: "sound", degraded: false });
  });

  test.each(["silence", "stall-0", "503", "reset"])("asks the next provider when the first has %s", async (fault) => {
    const reply = await askStreamed(on.url, chat(`fault-${fault}`), key);
    expect(reply.done).toBe(true);
    expect(reply.content).toBe(expectedAnswer(chat("sim-chat")).content);
    expect(reply.headers.get("tideover-rung")).toBe("alternate");
    expect(reply.headers.get("tideover-provider")).toBe("sound");
  });

  test("gives the template where every provider is down, and says so", async () => {
    const reply = await ask(on.url, chat("down-chat", { metadata: { name: "tides" } }), key);
    expect(contentOf(reply.body)).toBe("We will tell you about tides soon.");
    expect(reply.headers.get("tideover-rung")).toBe("template");
    expect(reply.headers.get("tideover-degraded")).toBe("?1");
  });

  test("names each rung's reason where nothing is left", async () => {
    const { status, body } = await ask(on.url, chat("gone-chat"), key);
    expect([status, errorOf(body).code]).toEqual([503, "ladder_exhausted"]);
    expect(errorOf(body).rungs).toHaveLength(1);
  });

  test("tells how it is and what it offers, and names what only the gateway has", async () => {
    const at = async (path: string) => {
      const response = await fetch(on.url + path, { headers: key });
      return [response.status, await response.json()] as const;
    };
    expect(await at("/healthz")).toEqual([200, { status: "ok" }]);
    expect(await at("/readyz")).toEqual([200, { status: "ready", reasons: [] }]);
    expect((await at("/v1/models"))[0]).toBe(200);
    expect(await at("/v1/status")).toEqual([200, expect.objectContaining({ object: "status", level: "normal" })]);
    for (const path of [
      "/v1/jobs",
      "/v1/batches",
      "/v1/files/x",
      "/v1/status/stream",
      "/dashboard",
      "/admin/api/now",
    ]) {
      const [status, body] = await at(path);
      expect([path, status, errorOf(body).message]).toEqual([path, 404, expect.stringContaining("gateway on Node")]);
    }
  });

  test("ends a provider's work when the reader of a stream leaves", async () => {
    const before = countersOf(on, "slow").abortedByCaller;
    const leaving = new AbortController();
    const response = await fetch(`${on.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...key },
      body: JSON.stringify({ ...chat("slow-chat"), ...LONG, stream: true }),
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    leaving.abort();
    await expect.poll(() => countersOf(on, "slow").abortedByCaller, PATIENCE).toBe(before + 1);
  });

  test("ends a provider's work when the connection of a caller who waits is reset", async () => {
    const { abortedByCaller: before, inFlight } = countersOf(on, "slow");
    const { hostname, port } = new URL(on.url);
    const body = JSON.stringify({ ...chat("slow-chat"), ...LONG });
    const head = `host: ${hostname}\r\nauthorization: ${key.authorization}\r\ncontent-type: application/json`;
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await expect.poll(() => countersOf(on, "slow").inFlight, PATIENCE).toBe(inFlight + 1);
    socket.resetAndDestroy();
    await expect.poll(() => countersOf(on, "slow").abortedByCaller, PATIENCE).toBe(before + 1);
  });

  test("has nothing to complain of", async () => {
    expect(await complaints(on)).toEqual([]);
  });
});

describe.skipIf(program === undefined)("requests of one isolate", () => {
  test("let each other in at a full provider, also when one leaves while it waits", async () => {
    await using on = await stage({
      upstreams: { narrow: SLOW },
      providers: { narrow: { limit: { concurrency: 1 } } },
      routes: [{ name: "narrow", model: "*", ladder: ["narrow"] }],
    });
    const some = (tokens: number) => ({
      messages: [{ role: "user", content: `In short. sim_output_tokens=${tokens}` }],
      temperature: 1,
    });
    const first = askStreamed(on.url, { ...chat("a"), ...some(50) });
    await expect.poll(() => countersOf(on, "narrow").inFlight, PATIENCE).toBe(1);
    const leaving = new AbortController();
    const left = fetch(`${on.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...chat("b"), ...some(5), stream: true }),
      signal: leaving.signal,
    }).catch((error: unknown) => error);
    const last = askStreamed(on.url, { ...chat("c"), ...some(5) });
    leaving.abort();
    await left;
    expect(countersOf(on, "narrow").started).toBe(1);
    expect((await first).done).toBe(true);
    expect((await last).done).toBe(true);
    expect(await complaints(on)).toEqual([]);
  });

  test("refresh what is asked for often, after their response", async () => {
    await using on = await stage({
      upstreams: { sound: FAST },
      routes: [{ name: "kept", model: "*", cache: { when: "always", fresh: "4s", stale: "1h" }, ladder: ["sound"] }],
    });
    await ask(on.url, chat("a"));
    let last = "";
    const refreshed = async () => {
      const { headers } = await ask(on.url, chat("a"));
      last = headers.get("tideover-rung") ?? "";
      return countersOf(on, "sound").finished;
    };
    await expect.poll(refreshed, PATIENCE).toBe(2);
    // Nobody had to wait for the second generation.
    expect(last).toBe("cache");
    expect(await complaints(on)).toEqual([]);
  });
});

describe.skipIf(program === undefined)("a configuration that cannot be used", () => {
  test.each<[what: string, changes: Partial<EdgeStageOptions>, told: RegExp]>([
    ["no keys", { server: { open: false } }, /server\.keys: is missing: an edge handler is open to everyone/],
    ["a secret that is not bound", { server: { keys: [{ name: "a", key: `$\{NO_KEY}` }] } }, /key: needs .*NO_KEY/],
    [
      "a rule that is no condition",
      { routes: [{ model: "*", ladder: [{ rules: [{ when: "metadata.x ==", answer: "y" }] }] }] },
      /routes\[0\]\.ladder\[0\]\.rules\[0\]\.when: .*cannot be used/,
    ],
  ])("is told to the log and not to callers: %s", async (_what, changes, told) => {
    const routes = [{ model: "*", ladder: ["sound"] }];
    await using on = await stage({ upstreams: { sound: FAST }, routes, ...changes });
    const { status, body } = await ask(on.url, chat("a"));
    expect([status, errorOf(body).code]).toEqual([500, "invalid_config"]);
    expect(errorOf(body).message).not.toMatch(told);
    await expect.poll(() => on.log(), PATIENCE).toMatch(told);
  });
});
