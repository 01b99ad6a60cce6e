import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Handler } from "tideover/front";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needsBuild } from "./build-dashboard.ts";
import { createDashboardHandler, withDashboard } from "./dashboard-handler.ts";
import { isDashboardPath } from "./dashboard-paths.ts";

let folder: string;
let built: string;
let sources: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-files-"));
  built = join(folder, "built");
  sources = join(folder, "sources");
  await mkdir(join(built, "assets"), { recursive: true });
  await writeFile(join(built, "index.html"), "<p>index</p>");
  await writeFile(join(built, "assets", "index-1a2b.js"), "run()".repeat(100));
  await writeFile(join(built, "secret.key"), "not a file of the dashboard");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const log = { info: () => undefined, error: () => undefined };

async function ask(handler: Handler, path: string, { method = "GET", encoding = "", accept = "*/*" } = {}) {
  const response = await handler({
    ...{ method, path, body: new Uint8Array(), signal: new AbortController().signal },
    header: (name) => ({ "accept-encoding": encoding, accept })[name],
  });
  const bytes = response.body instanceof Uint8Array ? response.body : new Uint8Array();
  const text = response.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : Buffer.from(bytes);
  return { status: response.status, headers: response.headers, text: text.toString() };
}

describe("what is served", () => {
  it("keeps hashed files for good, and asks anew for the page that names them", async () => {
    const handler = createDashboardHandler({ log, built, sources });
    const script = await ask(handler, "/dashboard/assets/index-1a2b.js?v=1", { encoding: "br, gzip" });
    expect([script.status, script.headers["cache-control"]]).toEqual([200, "public, max-age=31536000, immutable"]);
    expect([script.headers["content-encoding"], script.text]).toEqual(["gzip", "run()".repeat(100)]);
    const index = await ask(handler, "/dashboard");
    expect([index.headers["cache-control"], index.text]).toEqual(["no-cache", "<p>index</p>"]);
  });

  it("answers every page of the dashboard with the one document, and a missing file with 404", async () => {
    const handler = createDashboardHandler({ log, built, sources });
    for (const path of ["/dashboard/", "/dashboard/requests/abc", "/dashboard/index.html", "/dashboard/secret.key"]) {
      expect((await ask(handler, path)).text).toBe("<p>index</p>");
    }
    expect((await ask(handler, "/dashboard/assets/old-9.js")).status).toBe(404);
    expect((await ask(handler, "/dashboard", { method: "POST" })).status).toBe(405);
  });

  it("allows nothing inline and nothing from elsewhere", async () => {
    const { headers } = await ask(createDashboardHandler({ log, built, sources }), "/dashboard");
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  it("stands in front of the gateway and takes its own paths only", async () => {
    const handler = withDashboard({ log, built, sources }, () =>
      Promise.resolve({ status: 204, headers: {}, body: new Uint8Array() }),
    );
    expect((await ask(handler, "/v1/models")).status).toBe(204);
    expect((await ask(handler, "/dashboards")).status).toBe(204);
    expect((await ask(handler, "/")).status).toBe(204);
    const led = await ask(handler, "/", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    expect([led.status, led.headers.location]).toEqual([302, "/dashboard"]);
    expect((await ask(handler, "/dashboard?x=1")).status).toBe(200);
    expect([isDashboardPath("/dashboard/x"), isDashboardPath("/dashboard-x")]).toEqual([true, false]);
  });
});

describe("building", () => {
  it("is needed where the built files are missing or older than their sources, never where there are none", async () => {
    expect(await needsBuild(sources, join(folder, "nowhere"))).toBe(false);
    await mkdir(join(sources, "src"), { recursive: true });
    for (const name of ["vite.config.ts", "index.html", "package.json", "src/main.tsx"]) {
      await writeFile(join(sources, name), "");
    }
    expect(await needsBuild(sources, join(folder, "nowhere"))).toBe(true);
    const later = new Date(Date.now() + 60_000);
    await utimes(join(built, "index.html"), later, later);
    expect(await needsBuild(sources, built)).toBe(false);
    await utimes(join(sources, "src", "main.tsx"), later, new Date(later.getTime() + 60_000));
    expect(await needsBuild(sources, built)).toBe(true);
  });

  it("that fails says so in the log alone, and is tried again", async () => {
    const errors: unknown[] = [];
    const failing = { info: () => undefined, error: (fields: object) => errors.push(fields) };
    const nowhere = join(folder, "nowhere");
    const handler = createDashboardHandler({ log: failing, built: nowhere, sources });
    const refused = await ask(handler, "/dashboard");
    expect([refused.status, errors.length]).toEqual([503, 1]);
    expect(refused.text).toContain("could not be built");
    expect(refused.text).not.toContain(nowhere);
    await mkdir(nowhere);
    await writeFile(join(nowhere, "index.html"), "<p>later</p>");
    expect((await ask(handler, "/dashboard")).text).toBe("<p>later</p>");
  });
});
