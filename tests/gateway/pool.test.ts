import { resolveConfig, type TideoverConfig } from "tideover/config";
import { expect, test } from "vitest";
import { textOf, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

type Account = NonNullable<NonNullable<TideoverConfig["providers"]>[string]["accounts"]>[number];

function open(
  accounts: readonly Account[],
  upstreams: Parameters<typeof virtualStage>[1],
  route: Partial<TideoverConfig["routes"][number]> = {},
) {
  const resolved = resolveConfig({
    server: { region: "east" },
    providers: { pool: { preset: "deepseek", region: "east", accounts: [...accounts] } },
    routes: [{ model: "*", ladder: ["pool"], ...route }],
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const on = virtualStage(resolved.config, upstreams);
  /** Calls of different sessions, one every so many ms. */
  const askMany = async (count: number, everyMs: number) => {
    const running = [];
    for (let i = 0; i < count; i++) {
      const content = `Tell me of harbour ${i}. sim_output_tokens=20`;
      running.push(on.post({ model: "sim-chat", messages: [{ role: "user", content }] }).then(textOf));
      await on.clock.advance(everyMs);
    }
    await on.clock.run(Promise.all(running));
  };
  const requests = () => Object.values(on.upstreams).map((upstream) => upstream.counters.requests);
  return { ...on, askMany, requests };
}

const at = (name: string, more: Account = {}): Account => ({
  apiKey: `sk-${name}`,
  baseUrl: virtualUrl(name),
  ...more,
});

test("accounts at addresses of their own share the calls by their weights", async () => {
  const { askMany, requests } = open([at("big", { weight: 3 }), at("small")], { big: {}, small: {} });
  await askMany(400, 50);
  const [big = 0, small = 0] = requests();
  expect(big + small).toBe(400);
  expect(big).toBeGreaterThan(260);
  expect(small).toBeGreaterThan(60);
});

test("an account far away is asked only while those of our region fail", async () => {
  let down = false;
  const { askMany, requests, clock } = open([at("near"), at("far", { region: "west" })], {
    near: { faultFor: () => (down ? "500" : undefined) },
    far: {},
  });
  await askMany(50, 100);
  expect(requests()).toEqual([50, 0]);
  down = true;
  await askMany(20, 100);
  const [near = 0, far = 0] = requests();
  expect(far).toBeGreaterThan(10);
  down = false;
  await clock.advance(60_000);
  await askMany(20, 100);
  const [nearLater = 0, farLater = 0] = requests();
  expect(nearLater - near).toBe(20);
  expect(farLater - far).toBe(0);
});
