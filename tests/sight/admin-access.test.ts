import { type HttpBody, isWholeBody } from "tideover/front";
import { beforeEach, describe, expect, test } from "vitest";
import { textOf } from "../harness/virtual-stage.ts";
import { type AdminStage, adminStage, CANARIES } from "./admin-stage.ts";

let on: AdminStage;
beforeEach(() => {
  on = adminStage();
});

const PATHS = ["overview", "providers", "requests", "cache", "settings"];

describe("who may look", () => {
  const everything = [...PATHS.map((path) => `/admin/api/${path}`), "/admin/api/live", "/metrics"];

  test.each(everything)("%s is for this machine, and for holders of the admin key", async (path) => {
    const bearer = (key: string) => ({ from: "10.0.0.9", headers: { authorization: `Bearer ${key}` } });
    expect((await on.ask(path, { from: "10.0.0.9" })).status).toBe(401);
    expect((await on.ask(path, bearer(CANARIES.caller))).status).toBe(401);
    const { status, response } = await on.ask(path, bearer(CANARIES.admin));
    expect(status).toBe(200);
    if (!isWholeBody(response.body)) response.body.cancel();
  });

  test.each(everything)("%s is not for a foreign page in this machine's browser", async (path) => {
    for (const headers of [
      { origin: "https://evil.example" },
      { "sec-fetch-site": "cross-site" },
      { host: "evil.example" },
    ]) {
      expect((await on.ask(path, { headers: headers as Record<string, string> })).status).toBe(401);
    }
  });

  test("the status is for everybody", async () => {
    const { status, json } = await on.told("/v1/status", {
      from: "10.0.0.9",
      headers: { origin: "https://shop.example" },
    });
    expect([status, json.routes]).toEqual([200, [{ name: "main", level: "normal", since: expect.any(Number) }]]);
  });
});

test("no secret and no prompt is told anywhere", async () => {
  await on.traffic(9);
  const texts: string[] = [];
  for (const path of PATHS) texts.push((await on.told(`/admin/api/${path}`)).text);
  const { json } = await on.told("/admin/api/requests");
  for (const { id } of json.requests) texts.push((await on.told(`/admin/api/requests/${id}`)).text);
  const { response } = await on.ask("/admin/api/live");
  const events = on.eventsOf(response, 2);
  await on.traffic(2);
  texts.push(JSON.stringify(await events));
  (response.body as HttpBody).cancel();
  texts.push(await textOf((await on.ask("/metrics")).response), (await on.told("/v1/status")).text);
  // A secret of the environment, written where values are shown.
  const yaml = [
    'server: { region: "\u0024{CANARY}", dataDir: "\u0024{CANARY}", port: "\u0024{CANARY}" }',
    'providers: { "x": { preset: deepseek, apiKey: "\u0024{CANARY}", baseUrl: "https://\u0024{CANARY}.test" } }',
    'routes: [{ name: "\u0024{CANARY}", model: "*", ladder: [x, { template: { text: "\u0024{CANARY}" } }] }]',
  ];
  for (const lines of [yaml, yaml.map((line) => line.replace(', port: "\u0024{CANARY}"', ""))]) {
    texts.push((await on.told("/admin/api/settings/check", { method: "POST", body: { yaml: lines.join("\n") } })).text);
  }
  const logged = on.logged();
  expect(logged.join("\n")).toContain("exchange-ended");
  texts.push(...logged);
  for (const [name, canary] of Object.entries(CANARIES)) {
    const found = texts.filter((text) => text.toLowerCase().includes(canary));
    expect([name, found]).toEqual([name, []]);
  }
});
