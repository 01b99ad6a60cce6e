import type { HttpBody } from "tideover/front";
import { beforeEach, expect, test } from "vitest";
import { textOf } from "../harness/virtual-stage.ts";
import { type AdminStage, type Asked, adminStage, CANARIES } from "./admin-stage.ts";

let on: AdminStage;
beforeEach(() => {
  on = adminStage();
});

test("the overview says how many were answered, by what, and how long it took", async () => {
  await on.traffic(8);
  const { json } = await on.told("/admin/api/overview");
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
  await on.traffic(4);
  await on.told("/admin/api/overview");
  await on.stage.clock.advance(70_000);
  const { json } = await on.told("/admin/api/overview");
  expect([json.minute.requests.ended, json.total.requests.ended]).toEqual([0, 4]);
});

test("a provider is shown with its accounts, breakers, limits and figures", async () => {
  await on.traffic(8);
  const { json } = await on.told("/admin/api/providers");
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
  await on.traffic(2);
  const { json: list } = await on.told("/admin/api/requests?provider=second&limit=5");
  expect(list).toMatchObject({ promptsKept: false, kept: 50 });
  const [{ id }] = list.requests;
  const { json } = await on.told(`/admin/api/requests/${id}`);
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
  const refused = await on.told(path, asked);
  expect(refused.status).toBe(status);
  expect(refused.json.error.message).toMatch(message);
});

test("the live view gives a tick each second, with what happened in it", async () => {
  const { response } = await on.ask("/admin/api/live");
  await on.eventsOf(response, 1);
  await on.traffic(3);
  const events = await on.eventsOf(response, 12);
  const ticks = events
    .filter(({ event }) => event === "tick")
    .map(({ data }) => data as { requests: { ended: number } });
  expect(ticks.reduce((sum, { requests }) => sum + requests.ended, 0)).toBe(3);
  expect(events.flatMap(({ event, data }) => (event === "requests" ? data : []))).toHaveLength(3);
  (response.body as HttpBody).cancel();
  // What is on the page already is in the overview of whoever opens it anew.
  const { json } = await on.told("/admin/api/overview");
  expect(json.ticks.length).toBeGreaterThanOrEqual(3);
  await on.stage.clock.advance(120_000);
  expect(on.stage.clock.pendingTimers).toBe(0);
});

test("a gateway that stops ends the live views", async () => {
  const { response } = await on.ask("/admin/api/live");
  await on.eventsOf(response, 1);
  await on.stage.gateway.close();
  const left: (Uint8Array | undefined)[] = [];
  do left.push(await (response.body as HttpBody).read());
  while (left.at(-1) !== undefined);
  expect(left.length).toBeLessThan(4);
  expect((await on.ask("/admin/api/live")).status).toBe(503);
});

test("a changed configuration is checked and compared, and nothing is applied", async () => {
  const yaml =
    'providers: { first: { preset: deepseek, apiKey: "\u0024{CANARY}" } }\nroutes: [{ name: main, model: "*", deadline: 7s, ladder: [first] }]';
  const { json } = await on.told("/admin/api/settings/check", { method: "POST", body: { yaml } });
  expect(json).toMatchObject({ valid: true, errors: [], needsRestart: ["server.host", "stores"] });
  expect(json.changes).toContainEqual({
    section: "route",
    name: "main",
    setting: "deadline",
    before: "2m",
    after: "7s",
  });
  expect(on.stage.gateway.runtime.config.routes[0]?.deadline).toBe(120_000);
  const { json: wrong } = await on.told("/admin/api/settings/check", { method: "POST", body: { yaml: "rutes: []" } });
  expect([wrong.valid, wrong.errors[0].line]).toEqual([false, 1]);
  expect(JSON.stringify(wrong.errors)).toMatch(/did you mean `routes`/);
  const { json: unset } = await on.told("/admin/api/settings/check", {
    method: "POST",
    body: { yaml: 'server: { region: "\u0024{NOWHERE}" }' },
  });
  expect(unset.errors[0].message).toMatch(/NOWHERE, which is not set/);
});

test("levels follow what becomes of requests, and of providers", async () => {
  const level = async () => (await on.told("/v1/status")).json.level;
  expect(await level()).toBe("normal");
  for (let index = 0; index < 6; index++) {
    const body = { model: "fault-503", messages: [{ role: "user", content: `${index}` }] };
    await textOf(await on.stage.clock.run(on.stage.post(body, { authorization: `Bearer ${CANARIES.caller}` })));
  }
  // The template answers what no provider does.
  expect(await level()).toBe("degraded");
  await on.stage.clock.advance(60_000);
  await level();
  await on.stage.clock.advance(30_000);
  expect(await level()).toBe("normal");
});
