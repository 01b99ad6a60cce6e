import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDashboard } from "../../packages/gateway/src/dashboard/build-dashboard.ts";
import { type DashboardFiles, readDashboard } from "../../packages/gateway/src/dashboard/dashboard-files.ts";

/** Most bytes of everything together, compressed as it is served. */
const MOST_BYTES = 150 * 1024;

let folder: string;
let files: DashboardFiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-bundle-"));
  await buildDashboard(resolve("packages/dashboard"), join(folder, "built"));
  files = await readDashboard(join(folder, "built"));
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test("everything together is smaller than 150 KB as it is served", () => {
  const bytes = [...files.values()].reduce((sum, file) => sum + file.compressed.byteLength, 0);
  process.stdout.write(`The dashboard: ${files.size} files, ${(bytes / 1024).toFixed(1)} KiB compressed.\n`);
  expect(bytes).toBeLessThan(MOST_BYTES);
});

test("the document names hashed files of its own only, and holds no script and no style", async () => {
  const html = await readFile(join(folder, "built", "index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? "");
  expect(named).toHaveLength(3);
  for (const address of named) {
    expect(address).toMatch(/^\/dashboard\/assets\/\w+-[\w-]+\.(?:js|css|svg)$/);
    expect(files.get(address.slice("/dashboard/".length))?.hashed).toBe(true);
  }
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)/);
});

test("no file evaluates text or loads anything from elsewhere", () => {
  for (const [name, { bytes }] of files) {
    const text = Buffer.from(bytes).toString();
    expect(text, name).not.toMatch(/\beval\(|new Function\(/);
    // Names of XML namespaces are addresses that nobody asks.
    const elsewhere = [...text.matchAll(/https?:\/\/[\w.-]+/g)].map(([address]) => address);
    expect(
      elsewhere.filter((address) => address !== "http://www.w3.org"),
      name,
    ).toEqual([]);
  }
});
