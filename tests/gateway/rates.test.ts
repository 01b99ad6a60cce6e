import { expect, test } from "vitest";
import { ask, chat, errorOf } from "../harness/ask.ts";
import { FAST, stage } from "../harness/stage.ts";

const asKey = (key: string) => ({ authorization: `Bearer ${key}` });

test("a key beyond its rate gets 429 with Retry-After, before any work is done; other keys are not touched", async () => {
  await using on = await stage({
    upstreams: { only: FAST },
    routes: [{ model: "*", ladder: ["only", { template: { text: "never" } }] }],
    server: {
      keys: [
        { name: "shop", key: "shop-key-1", tenant: "shop", rate: { requests: "2/h" } },
        { name: "help", key: "help-key-1", tenant: "help" },
      ],
    },
  });
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++) statuses.push((await ask(on.url, chat("sim-chat"), asKey("shop-key-1"))).status);
  expect(statuses).toEqual([200, 200, 429]);
  const refused = await ask(on.url, chat("sim-chat"), asKey("shop-key-1"));
  expect(errorOf(refused.body).code).toBe("rate_limited");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(60);
  expect((await ask(on.url, chat("sim-chat"), asKey("help-key-1"))).status).toBe(200);
  expect(on.upstreams.only?.model.counters.requests).toBe(3);
});

test("tokens are settled with what an answer really used", async () => {
  await using on = await stage({
    upstreams: { only: FAST },
    routes: [{ model: "*", ladder: ["only"] }],
    server: { keys: [{ name: "shop", key: "shop-key-1", tenant: "shop", rate: { tokens: "1000/h" } }] },
  });
  // By their estimates (512 tokens of answer each) only one would fit; they really use about a hundred.
  for (let i = 0; i < 4; i++) {
    expect((await ask(on.url, chat("sim-chat"), asKey("shop-key-1"))).status).toBe(200);
  }
});
