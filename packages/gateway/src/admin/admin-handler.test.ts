import { resolveConfig } from "tideover/config";
import type { PurgeSelection } from "tideover/engine";
import { isWholeBody, textOfBody } from "tideover/front";
import { describe, expect, it } from "vitest";
import { createAdminHandler, isAdminPath } from "./admin-handler.ts";
import { cacheRoom } from "./rooms/cache-room.ts";

const resolved = resolveConfig({ providers: { p: { preset: "ollama" } }, routes: [{ model: "*", ladder: ["p"] }] });
if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
const EMPTY_CONFIG = resolved.config;

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

async function ask({
  method = "DELETE",
  path = "/admin/api/cache?route=copy",
  headers = {},
  from = "127.0.0.1",
}: Asked) {
  const selections: PurgeSelection[] = [];
  const handler = createAdminHandler({
    adminKey: () => "secret-of-the-admin",
    ids: { next: () => "id" },
    log: { error: () => undefined },
    rooms: () => [
      cacheRoom({
        sight: { lately: () => Promise.reject(new Error("not asked for here")) },
        runtime: () => ({ config: EMPTY_CONFIG }),
        purge: (selection) => {
          selections.push(selection);
          return selection.tag === "broken" ? Promise.reject(new Error("down")) : Promise.resolve(3);
        },
        purgeFailed: () => undefined,
      }),
    ],
  });
  const all: Readonly<Record<string, string>> = { host: "localhost:8787", ...headers };
  const response = await handler({
    method,
    path,
    header: (name) => all[name],
    body: new Uint8Array(),
    signal: new AbortController().signal,
    remoteAddress: from,
  });
  const body = isWholeBody(response.body) ? textOfBody(response.body) : "";
  return { status: response.status, body: JSON.parse(body), selections };
}

describe("the admin API", () => {
  it("purges what matches all that is given", async () => {
    const { status, body, selections } = await ask({ path: "/admin/api/cache?tenant=shop&tag=%E6%98%A5" });
    expect([status, body, selections]).toEqual([200, { purged: 3 }, [{ tenant: "shop", tag: "春" }]]);
    expect([isAdminPath("/admin/api/cache"), isAdminPath("/v1/models")]).toEqual([true, false]);
  });

  it.each<[Asked, number, RegExp]>([
    [{ path: "/admin/api/cache" }, 400, /at least one of key, route, tag, tenant, model/],
    [{ path: "/admin/api/cache?rout=a" }, 400, /"rout" is not known/],
    [{ path: "/admin/api/cache?tag=a&tag=b" }, 400, /"tag" is given twice/],
    [{ path: "/admin/api/cache?tag=" }, 400, /"tag" is empty/],
    [{ method: "PUT" }, 405, /takes GET or DELETE/],
    [{ method: "GET" }, 503, /the gateway's log says why/],
    [{ path: "/admin/api/other" }, 404, /There is \/admin\/api\/cache/],
    [{ path: "/admin/api/cache?tag=broken" }, 503, /second level of the cache did not answer/],
  ])("%j is refused: %i", async (asked, status, message) => {
    const refused = await ask(asked);
    expect(refused.status).toBe(status);
    expect(refused.body.error.message).toMatch(message);
  });

  it.each<[string, Asked, number]>([
    ["this machine", {}, 200],
    ["this machine over IPv6", { from: "::1", headers: { host: "[::1]:8787" } }, 200],
    ["another machine", { from: "10.0.0.9" }, 401],
    [
      "another machine with the key",
      { from: "10.0.0.9", headers: { authorization: "Bearer secret-of-the-admin" } },
      200,
    ],
    ["another machine with a wrong key", { from: "10.0.0.9", headers: { authorization: "Bearer secret" } }, 401],
    ["a proxy on this machine", { headers: { "x-forwarded-for": "203.0.113.7" } }, 401],
    ["a rebound name", { headers: { host: "evil.example" } }, 401],
    ["a foreign page", { headers: { origin: "https://evil.example" } }, 401],
    ["a foreign page's picture", { headers: { "sec-fetch-site": "cross-site" } }, 401],
    ["a page of this machine", { headers: { origin: "http://localhost:5173" } }, 200],
  ])("asked from %s", async (_from, asked, status) => {
    expect((await ask(asked)).status).toBe(status);
  });
});
