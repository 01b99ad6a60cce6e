import { resolveConfig, type TideoverConfig } from "tideover/config";
import type { JsonObject } from "tideover/engine";
import { expect, test } from "vitest";
import { textOf, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

const DAY_MS = 24 * 3_600_000;
/** So many tokens does the simulated provider answer in; at a cent each they make the sums plain. */
const TOKENS = 50;
const body: JsonObject = {
  model: "sim-chat",
  messages: [{ role: "user", content: `How far is the harbour? sim_output_tokens=${TOKENS}` }],
  max_tokens: 100,
};
const shop = { authorization: "Bearer shop-key-1" };
const help = { authorization: "Bearer help-key-1" };

/** A paid provider at a cent a token of answer, which costs 0.50 a call; estimated at 1.00. */
function configOf(route: Partial<TideoverConfig["routes"][number]>, keyBudget?: { soft?: string; hard?: string }) {
  const resolved = resolveConfig({
    server: {
      keys: [
        { name: "shop", key: "shop-key-1", ...(keyBudget === undefined ? {} : { budget: keyBudget }) },
        { name: "help", key: "help-key-1" },
      ],
    },
    currencies: { CNY: 7 },
    providers: {
      paid: {
        preset: "deepseek",
        baseUrl: virtualUrl("paid"),
        apiKey: "sk-test",
        prices: { "*": { input: 0, output: 10_000 } },
      },
      box: { preset: "vllm", baseUrl: virtualUrl("box"), degraded: true },
    },
    routes: [{ model: "*", ladder: ["paid", { template: { text: "Later." } }], ...route }],
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  return resolved.config;
}

function open(...config: Parameters<typeof configOf>) {
  const on = virtualStage(configOf(...config), { paid: {}, box: {} });
  const ask = async (headers: Record<string, string> = shop, more: JsonObject = {}) => {
    const { response, text } = await on.clock.run(
      (async () => {
        const got = await on.post({ ...body, ...more }, headers);
        return { response: got, text: await textOf(got) };
      })(),
    );
    return { status: response.status, rung: response.headers["tideover-rung"], headers: response.headers, text };
  };
  return { ...on, ask };
}

test("beyond the hard limit of a key its calls are refused, other keys' are not, and a day later there is money", async () => {
  const { ask, clock, upstreams } = open({}, { hard: "14 CNY/d" });
  // 0.50 each by their real usage; the fourth might cost 1.00 on top of 1.50.
  const statuses = [await ask(), await ask(), await ask()].map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 200]);
  const refused = await ask();
  expect(refused.status).toBe(429);
  expect(JSON.parse(refused.text).error).toMatchObject({
    code: "rate_limited",
    message: expect.stringContaining("key shop (14 CNY/d)"),
  });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(upstreams.paid?.counters.requests).toBe(3);
  expect((await ask(help)).status).toBe(200);
  await clock.advance(DAY_MS + 3_600_000);
  expect((await ask()).status).toBe(200);
});

test("beyond the soft limit of a route calls go down past what costs money", async () => {
  const { ask, upstreams } = open({ budget: { soft: "2 USD/d", hard: "4 USD/d" } });
  const rungs = [];
  for (let i = 0; i < 6; i++) rungs.push((await ask()).rung);
  expect(rungs).toEqual(["live", "live", "live", "template", "template", "template"]);
  expect(upstreams.paid?.counters.requests).toBe(3);
});

test("a server of one's own in the same group costs nothing, and is asked", async () => {
  const { ask, upstreams } = open({ budget: { soft: "1.2 USD/d" }, ladder: ["paid", "box"] });
  expect([(await ask()).rung, (await ask()).rung]).toEqual(["live", "local"]);
  expect(upstreams.box?.counters.requests).toBe(1);
});

test("where nothing else answers, money is spent up to the hard limit", async () => {
  const { ask, upstreams } = open({ budget: { soft: "1.2 USD/d", hard: "2 USD/d" }, ladder: ["paid"] });
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await ask()).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  expect(upstreams.paid?.counters.requests).toBe(3);
});

test("what a stream costs is counted at its end, and a reload forgets nothing", async () => {
  const { ask, gateway } = open({}, { hard: "2 USD/d" });
  for (let i = 0; i < 3; i++) {
    expect((await ask(shop, { stream: true, stream_options: { include_usage: true } })).status).toBe(200);
  }
  gateway.reload(configOf({}, { hard: "2 USD/d" }));
  expect((await ask()).status).toBe(429);
  gateway.reload(configOf({}, { hard: "3 USD/d" }));
  expect((await ask()).status).toBe(200);
});

test("calls that run count at their estimates, so that a burst cannot pass unpaid", async () => {
  const { clock, post, upstreams } = open({}, { hard: "2.5 USD/d" });
  const burst = Array.from({ length: 10 }, () => post(body, shop));
  const statuses = (await clock.run(Promise.all(burst))).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(2);
  expect(upstreams.paid?.counters.requests).toBe(2);
});
