import type { GatewayParts } from "@tideover/gateway";
import { resolveConfig } from "tideover/config";
import { type HttpBody, type HttpResponse, isWholeBody } from "tideover/front";
import { beforeEach, describe, expect, test } from "vitest";
import { recordingLog } from "../harness/recording-log.ts";
import { textOf, type VirtualStage, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

/** Secrets, each of which would be found wherever it shows up. */
const CANARIES = {
  provider: "sk-canary-provider-0123456789",
  caller: "sk-canary-caller-0123456789",
  admin: "sk-canary-admin-0123456789",
  prompt: "canary-prompt-0123456789",
  password: "canary-password-0123456789",
  environment: "canary-environment-0123456789",
};

const INPUT = {
  server: {
    host: "0.0.0.0",
    keys: [{ name: "shop", key: CANARIES.caller }],
    adminKey: CANARIES.admin,
    records: { requests: 50 },
  },
  stores: { cache: `redis://user:${CANARIES.password}@cache.test:6379` },
  providers: {
    first: { preset: "deepseek", baseUrl: virtualUrl("first"), apiKey: CANARIES.provider },
    second: { preset: "deepseek", baseUrl: virtualUrl("second"), apiKey: `${CANARIES.provider}-2` },
  },
  routes: [
    {
      name: "main",
      model: "*",
      cache: { when: "always" as const },
      ladder: ["first", "second", { template: { text: "Later." } }],
    },
  ],
};

function start(more: Partial<GatewayParts> = {}): VirtualStage & { readonly log: string[] } {
  const resolved = resolveConfig(INPUT);
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const { log, entries } = recordingLog();
  const settings = { path: undefined, loaded: () => resolved, environment: { CANARY: CANARIES.environment } };
  const made = virtualStage(resolved.config, { first: {}, second: {} }, log, { settings, ...more });
  return { ...made, log: entries.map((entry) => JSON.stringify(entry)) };
}

let stage: ReturnType<typeof start>;
beforeEach(() => {
  stage = start();
});

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

async function ask(path: string, { method = "GET", body, headers = {}, from = "127.0.0.1" }: Asked = {}) {
  const sent: Readonly<Record<string, string>> = {
    host: "localhost",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...headers,
  };
  const response = await stage.clock.run(
    stage.gateway.handler({
      method,
      path,
      header: (name) => sent[name],
      body: new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body)),
      signal: new AbortController().signal,
      remoteAddress: from,
    }),
  );
  return { status: response.status, response };
}

async function told(path: string, asked?: Asked) {
  const { status, response } = await ask(path, asked);
  const text = await textOf(response);
  return { status, text, json: JSON.parse(text) };
}

/** Sends some requests of which the first provider refuses a few. */
async function traffic(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const body = {
      model: index % 4 === 1 ? "fault-503" : "deepseek-flash",
      messages: [{ role: "user", content: `${CANARIES.prompt} ${index % 3}` }],
    };
    const response = await stage.clock.run(stage.post(body, { authorization: `Bearer ${CANARIES.caller}` }));
    await textOf(response);
  }
}

async function eventsOf({ body }: HttpResponse, count: number): Promise<{ event: string; data: unknown }[]> {
  const events: { event: string; data: unknown }[] = [];
  while (events.length < count) {
    const reading = (body as HttpBody).read();
    await stage.clock.advance(1_000);
    const text = new TextDecoder().decode(await reading);
    for (const block of text.split("\n\n")) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event !== undefined && data !== undefined) events.push({ event, data: JSON.parse(data) });
    }
  }
  return events;
}

const PATHS = ["overview", "providers", "requests", "cache", "settings"];

test("the overview says how many were answered, by what, and how long it took", async () => {
  await traffic(8);
  const { json } = await told("/admin/api/overview");
  expect(json).toMatchObject({ workers: 1, demo: false, minute: { level: expect.any(String) } });
  const { requests } = json.total;
  expect(requests.ended).toBe(8);
  expect(Object.values<number>(requests.rungs).reduce((sum, count) => sum + count, 0)).toBe(requests.results.answered);
  expect(requests.rungs.cache).toBeGreaterThan(0);
  expect(json.minute.routes.main.outcome.count).toBeGreaterThan(0);
  expect(json.minute.providers.map(({ name }: { name: string }) => name)).toEqual(["first", "second"]);
  expect(json.minute.waiting).toEqual({ inFlight: 0, permits: expect.any(Object), jobs: null, oldestJobMs: 0 });
});

test("the last minute forgets what was before it, the total does not", async () => {
  await traffic(4);
  await told("/admin/api/overview");
  await stage.clock.advance(70_000);
  const { json } = await told("/admin/api/overview");
  expect([json.minute.requests.ended, json.total.requests.ended]).toEqual([0, 4]);
});

test("a provider is shown with its accounts, breakers, limits and figures", async () => {
  await traffic(8);
  const { json } = await told("/admin/api/providers");
  expect(json.providers[0]).toMatchObject({
    name: "first",
    preset: "deepseek",
    baseUrl: "http://first.test/",
    routes: ["main"],
    accountList: [{ id: "first", state: "usable" }],
    accounts: { usable: 1, all: 1 },
    totals: {
      outcomes: { overloaded: expect.any(Number), answered: expect.any(Number) },
      reasons: { "http-503": expect.any(Number) },
    },
  });
  expect(json.providers[0].limits.map(({ model }: { model: string }) => model)).toContain("deepseek-flash");
});

test("a request is found in the list and shown with its waterfall, without its prompt", async () => {
  await traffic(2);
  const { json: list } = await told("/admin/api/requests?provider=second&limit=5");
  expect(list).toMatchObject({ promptsKept: false, kept: 50 });
  const [{ id }] = list.requests;
  const { json } = await told(`/admin/api/requests/${id}`);
  expect(json).toMatchObject({ id, tenant: "shop", keyName: "shop", prompt: null, route: "main" });
  expect(json.waterfall.map(({ kind }: { kind: string }) => kind)).toEqual([
    "rung",
    "attempt",
    "attempt",
    "backoff",
    "attempt",
    "backoff",
    "attempt",
    "rung",
    "outcome",
  ]);
});

test.each<[string, Asked, number, RegExp]>([
  ["/admin/api/requests?limit=0", {}, 400, /"limit" must be a whole number from 1 to 500/],
  ["/admin/api/requests?colour=red", {}, 400, /"colour" is not known here/],
  ["/admin/api/requests?degraded=maybe", {}, 400, /"degraded" must be true or false/],
  ["/admin/api/requests/none", {}, 404, /no such request/],
  ["/admin/api/overview/more", {}, 404, /nothing below/],
  ["/admin/api/overview", { method: "POST" }, 405, /takes GET/],
  ["/admin/api/live", { method: "HEAD" }, 405, /takes GET/],
  ["/admin/api/jobs", {}, 404, /gives no tickets/],
  ["/admin/api/settings/check", { method: "POST", body: { yml: "" } }, 400, /"yaml"/],
  ["/admin/api/settings/check", { method: "POST" }, 400, /content-type: application\/json/],
  ["/admin/api/%E0%A4%A", {}, 404, /no such path/],
])("%s %j is refused: %i", async (path, asked, status, message) => {
  const refused = await told(path, asked);
  expect(refused.status).toBe(status);
  expect(refused.json.error.message).toMatch(message);
});

test("the live view gives a tick each second, with what happened in it", async () => {
  const { response } = await ask("/admin/api/live");
  await eventsOf(response, 1);
  await traffic(3);
  const events = await eventsOf(response, 12);
  const ticks = events
    .filter(({ event }) => event === "tick")
    .map(({ data }) => data as { requests: { ended: number } });
  expect(ticks.reduce((sum, { requests }) => sum + requests.ended, 0)).toBe(3);
  expect(events.flatMap(({ event, data }) => (event === "requests" ? data : []))).toHaveLength(3);
  (response.body as HttpBody).cancel();
  // What is on the page already is in the overview of whoever opens it anew.
  const { json } = await told("/admin/api/overview");
  expect(json.ticks.length).toBeGreaterThanOrEqual(3);
  await stage.clock.advance(120_000);
  expect(stage.clock.pendingTimers).toBe(0);
});

test("a gateway that stops ends the live views", async () => {
  const { response } = await ask("/admin/api/live");
  await eventsOf(response, 1);
  await stage.gateway.close();
  const left: (Uint8Array | undefined)[] = [];
  do left.push(await (response.body as HttpBody).read());
  while (left.at(-1) !== undefined);
  expect(left.length).toBeLessThan(4);
  expect((await ask("/admin/api/live")).status).toBe(503);
});

describe("who may look", () => {
  const everything = [...PATHS.map((path) => `/admin/api/${path}`), "/admin/api/live", "/metrics"];

  test.each(everything)("%s is for this machine, and for holders of the admin key", async (path) => {
    const bearer = (key: string) => ({ from: "10.0.0.9", headers: { authorization: `Bearer ${key}` } });
    expect((await ask(path, { from: "10.0.0.9" })).status).toBe(401);
    expect((await ask(path, bearer(CANARIES.caller))).status).toBe(401);
    const { status, response } = await ask(path, bearer(CANARIES.admin));
    expect(status).toBe(200);
    if (!isWholeBody(response.body)) response.body.cancel();
  });

  test.each(everything)("%s is not for a foreign page in this machine's browser", async (path) => {
    for (const headers of [
      { origin: "https://evil.example" },
      { "sec-fetch-site": "cross-site" },
      { host: "evil.example" },
    ]) {
      expect((await ask(path, { headers: headers as Record<string, string> })).status).toBe(401);
    }
  });

  test("the status is for everybody", async () => {
    const { status, json } = await told("/v1/status", {
      from: "10.0.0.9",
      headers: { origin: "https://shop.example" },
    });
    expect([status, json.routes]).toEqual([200, [{ name: "main", level: "normal", since: expect.any(Number) }]]);
  });
});

test("no secret and no prompt is told anywhere", async () => {
  await traffic(9);
  const texts: string[] = [];
  for (const path of PATHS) texts.push((await told(`/admin/api/${path}`)).text);
  const { json } = await told("/admin/api/requests");
  for (const { id } of json.requests) texts.push((await told(`/admin/api/requests/${id}`)).text);
  const { response } = await ask("/admin/api/live");
  const events = eventsOf(response, 2);
  await traffic(2);
  texts.push(JSON.stringify(await events));
  (response.body as HttpBody).cancel();
  texts.push(await textOf((await ask("/metrics")).response), (await told("/v1/status")).text);
  // A secret of the environment, written where values are shown.
  const yaml = [
    'server: { region: "\u0024{CANARY}", dataDir: "\u0024{CANARY}", port: "\u0024{CANARY}" }',
    'providers: { "x": { preset: deepseek, apiKey: "\u0024{CANARY}", baseUrl: "https://\u0024{CANARY}.test" } }',
    'routes: [{ name: "\u0024{CANARY}", model: "*", ladder: [x, { template: { text: "\u0024{CANARY}" } }] }]',
  ];
  for (const lines of [yaml, yaml.map((line) => line.replace(', port: "\u0024{CANARY}"', ""))]) {
    texts.push((await told("/admin/api/settings/check", { method: "POST", body: { yaml: lines.join("\n") } })).text);
  }
  texts.push(...stage.log);
  for (const [name, canary] of Object.entries(CANARIES)) {
    const found = texts.filter((text) => text.toLowerCase().includes(canary));
    expect([name, found]).toEqual([name, []]);
  }
});

test("a changed configuration is checked and compared, and nothing is applied", async () => {
  const yaml =
    'providers: { first: { preset: deepseek, apiKey: "\u0024{CANARY}" } }\nroutes: [{ name: main, model: "*", deadline: 7s, ladder: [first] }]';
  const { json } = await told("/admin/api/settings/check", { method: "POST", body: { yaml } });
  expect(json).toMatchObject({ valid: true, errors: [], needsRestart: ["server.host", "stores"] });
  expect(json.changes).toContainEqual({
    section: "route",
    name: "main",
    setting: "deadline",
    before: "2m",
    after: "7s",
  });
  expect(stage.gateway.runtime.config.routes[0]?.deadline).toBe(120_000);
  const { json: wrong } = await told("/admin/api/settings/check", { method: "POST", body: { yaml: "rutes: []" } });
  expect([wrong.valid, wrong.errors[0].line]).toEqual([false, 1]);
  expect(JSON.stringify(wrong.errors)).toMatch(/did you mean `routes`/);
  const { json: unset } = await told("/admin/api/settings/check", {
    method: "POST",
    body: { yaml: 'server: { region: "\u0024{NOWHERE}" }' },
  });
  expect(unset.errors[0].message).toMatch(/NOWHERE, which is not set/);
});

test("levels follow what becomes of requests, and of providers", async () => {
  const level = async () => (await told("/v1/status")).json.level;
  expect(await level()).toBe("normal");
  for (let index = 0; index < 6; index++) {
    const body = { model: "fault-503", messages: [{ role: "user", content: `${index}` }] };
    await textOf(await stage.clock.run(stage.post(body, { authorization: `Bearer ${CANARIES.caller}` })));
  }
  // The template answers what no provider does.
  expect(await level()).toBe("degraded");
  await stage.clock.advance(60_000);
  await level();
  await stage.clock.advance(30_000);
  expect(await level()).toBe("normal");
});
