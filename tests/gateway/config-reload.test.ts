import { ConditionError } from "@tideover/gateway";
import { expectedAnswer } from "@tideover/simulator";
import { type ResolvedConfig, resolveConfig, type TideoverConfig } from "tideover/config";
import { expect, test } from "vitest";
import { ask, askStreamed, chat, contentOf, errorOf } from "../harness/ask.ts";
import { asking } from "../harness/client-stage.ts";
import { believedInFlight, promptly, upstreamInFlight } from "../harness/promptly.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";

const BREAKER = { consecutive: 3, open: "1m" } as const;

/** Two providers; the first takes a fifth of a second and fails when its health says so. */
async function twoProviders(): Promise<{ readonly on: Stage; readonly health: { fault: string | undefined } }> {
  const health: { fault: string | undefined } = { fault: undefined };
  const on = await stage({
    upstreams: { first: { ...FAST, pacing: { tokensPerSecond: 300 }, faultFor: () => health.fault }, second: FAST },
    providers: { first: { breaker: BREAKER } },
    routes: [{ name: "all", model: "*", ladder: ["first", "second"] }],
  });
  return { on, health };
}

/** A configuration over the same two providers, with changes. */
function changed(
  on: Stage,
  { routes, server, first = {} }: Partial<TideoverConfig> & { first?: object },
): ResolvedConfig {
  const provider = (name: string) => ({ preset: "deepseek", baseUrl: on.upstreams[name]?.url, apiKey: "sk-test" });
  const resolved = resolveConfig({
    providers: { first: { ...provider("first"), breaker: BREAKER, ...first }, second: provider("second") },
    routes: routes ?? [{ name: "all", model: "*", ladder: ["first", "second"] }],
    server,
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  return resolved.config;
}

test("a call in flight keeps the configuration it began with; the next one gets the new one", async () => {
  const { on } = await twoProviders();
  await using _ = on;
  const body = { ...chat("sim-chat"), messages: asking("Tell me more. sim_output_tokens=60") };
  const running = [ask(on.url, body), askStreamed(on.url, body)] as const;
  await promptly("both calls to be under way", () => upstreamInFlight(on) === 2, 2_000);

  on.gateway.reload(changed(on, { routes: [{ name: "new", model: "sim-*", ladder: ["second"] }] }));
  const next = await ask(on.url, body);
  expect(next.headers.get("tideover-provider")).toBe("second");
  expect(errorOf((await ask(on.url, chat("other"))).body).code).toBe("unknown_model");

  const [plain, streamed] = await Promise.all(running);
  const { content } = expectedAnswer(body);
  expect(contentOf(plain.body)).toBe(content);
  expect(plain.headers.get("tideover-provider")).toBe("first");
  expect(streamed.content).toBe(content);
  expect(streamed.done).toBe(true);
  expect(believedInFlight(on.gateway)).toEqual({ accounts: 0, breakers: 0 });
});

test("an open breaker stays open over a reload while its provider's settings are the same", async () => {
  const { on, health } = await twoProviders();
  await using _ = on;
  health.fault = "503";
  for (let call = 0; call < 3; call++) await ask(on.url, chat("sim-chat"));
  health.fault = undefined;

  on.gateway.reload(
    changed(on, { routes: [{ name: "new", model: "*", deadline: "9s", ladder: ["first", "second"] }] }),
  );
  const reply = await ask(on.url, chat("sim-chat"));
  expect(reply.headers.get("tideover-provider")).toBe("second");
  expect(on.upstreams.first?.model.counters.requests).toBe(3);

  on.gateway.reload(changed(on, { first: { breaker: { consecutive: 4, open: "1m" } } }));
  expect((await ask(on.url, chat("sim-chat"))).headers.get("tideover-provider")).toBe("first");
});

test("an isolated key stays isolated over a reload, a replaced one is tried", async () => {
  const { on, health } = await twoProviders();
  await using _ = on;
  health.fault = "401";
  await ask(on.url, chat("sim-chat"));
  health.fault = undefined;
  on.gateway.reload(changed(on, {}));
  expect((await ask(on.url, chat("sim-chat"))).headers.get("tideover-provider")).toBe("second");
  expect(on.upstreams.first?.model.counters.requests).toBe(1);
  on.gateway.reload(changed(on, { first: { apiKey: "sk-renewed" } }));
  expect((await ask(on.url, chat("sim-chat"))).headers.get("tideover-provider")).toBe("first");
});

test("what is counted in flight survives a reload", async () => {
  const { on } = await twoProviders();
  await using _ = on;
  const running = askStreamed(on.url, chat("sim-chat"));
  await promptly("the call to be under way", () => upstreamInFlight(on) === 1, 2_000);
  on.gateway.reload(changed(on, { routes: [{ model: "*", ladder: ["second", "first"] }] }));
  expect(believedInFlight(on.gateway)).toEqual({ accounts: 1, breakers: 1 });
  await running;
  expect(believedInFlight(on.gateway)).toEqual({ accounts: 0, breakers: 0 });
});

test("keys come into force with a reload", async () => {
  const { on } = await twoProviders();
  await using _ = on;
  expect((await ask(on.url, chat("sim-chat"))).status).toBe(200);
  on.gateway.reload(changed(on, { server: { keys: [{ name: "shop", key: "secret-of-the-shop" }] } }));
  const refused = await ask(on.url, chat("sim-chat"));
  expect(refused.status).toBe(401);
  expect(errorOf(refused.body).code).toBe("unauthorized");
  const known = await ask(on.url, chat("sim-chat"), { authorization: "Bearer secret-of-the-shop" });
  expect(known.status).toBe(200);
});

test("a configuration that cannot be used leaves the old one in force", async () => {
  const { on } = await twoProviders();
  await using _ = on;
  const before = on.gateway.runtime;
  const bad = changed(on, {
    routes: [{ model: "*", ladder: ["second", { rules: [{ when: "metadata. ==", answer: "no" }] }] }],
  });
  expect(() => on.gateway.reload(bad)).toThrow(ConditionError);
  expect(on.gateway.runtime).toBe(before);
  const reply = await ask(on.url, chat("sim-chat"));
  expect(reply.status).toBe(200);
  expect(reply.headers.get("tideover-provider")).toBe("first");
});
