import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeRecord } from "../../packages/gateway/src/history/encode-record.ts";
import {
  count,
  emptyRecord,
  figuresOf,
  PROVIDER_COUNTS,
  REQUEST_COUNTS,
} from "../../packages/gateway/src/history/history-record.ts";
import { HISTORY_DATABASE } from "../../packages/gateway/src/history/sqlite-history-store.ts";
import { DataDir } from "../../packages/gateway/src/stores/embedded/index.ts";
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { type SpawnedCommand, spawnCommand } from "../acceptance/spawn-command.ts";
import { seriousFindings } from "./accessibility.ts";
import { launchBrowser, openPage, PATIENT, watchedPage } from "./browser.ts";

const HOUR_MS = 3_600_000;
const HOURS = 14 * 24;
const FILE = `# the harbour's
server: { dataDir: data }
providers:
  harbour: { preset: deepseek, baseUrl: "http://127.0.0.1:9/v1", apiKey: simulated, limit: { concurrency: 5 } } # as agreed
routes:
  - { name: copy, model: "*", ladder: [harbour] }
`;

let folder: ReturnType<typeof temporaryFolder>;
let gateway: SpawnedCommand;
let browser: Browser;

beforeAll(async () => {
  folder = temporaryFolder();
  await writeFortnight(join(folder.path, "data"));
  writeFileSync(join(folder.path, "tideover.yaml"), FILE);
  gateway = await spawnCommand(["serve", "--port", "0", "--log-level", "error"], folder.path);
  browser = await launchBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await gateway?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
}, 60_000);

test("a recommendation is shown as the change it is, applied with a click, and in force", async () => {
  const context = await browser.newContext({ locale: "en-GB" });
  const { page, errors } = await watchedPage(context);
  await openPage(page, gateway.url, "capacity");
  const advice = page.getByRole("region", { name: "What to do" });
  await advice.getByRole("button", { name: "Apply…" }).click();
  const form = advice.getByRole("form", { name: "Change in the configuration" });
  await expect.poll(() => form.innerText(), PATIENT).toMatch(/provider harbour limit\.concurrency\s+5\s+\d+/);
  await expect.poll(() => seriousFindings(page), PATIENT).toEqual([]);
  await form.getByLabel("Your name").fill("Ada");
  await form.getByRole("button", { name: "Apply this change" }).click();

  const path = join(folder.path, "tideover.yaml");
  const written = () => /^ {2}harbour: .*limit: \{ concurrency: (\d+) \} \} # as agreed$/m.exec(text())?.[1];
  const text = () => readFileSync(path, "utf8");
  await expect.poll(() => Number(written()), PATIENT).toBeGreaterThan(5);
  expect(text()).toBe(FILE.replace("concurrency: 5", `concurrency: ${written()}`));
  expect(readFileSync(`${path}.bak`, "utf8")).toBe(FILE);
  const inForce = async () => JSON.stringify(await get("settings"));
  await expect.poll(inForce, PATIENT).toContain(`"setting":"limit.concurrency","value":"${written()}"`);
  await expect.poll(() => advice.innerText(), PATIENT).toContain("In force, and written into ");
  // It is no longer recommended, and the trail says who did it.
  await expect.poll(() => advice.getByRole("button", { name: "Apply…" }).count(), PATIENT).toBe(0);
  expect(await get("forecast/changes")).toMatchObject({
    changes: [{ by: "Ada (this machine)", id: "raise-limit:harbour", changes: [{ before: "5", after: written() }] }],
  });
  expect(errors).toEqual([]);
  await context.close();
}, 120_000);

test.each([
  ["a foreign page", { origin: "https://elsewhere.example", "content-type": "application/json" }, 401],
  ["a form", { "content-type": "text/plain" }, 400],
  ["another machine without the key", { "x-forwarded-for": "203.0.113.7", "content-type": "application/json" }, 401],
])("%s changes nothing", async (_, headers, status) => {
  const body = JSON.stringify({ id: "raise-limit:harbour", digest: "any" });
  const response = await fetch(`${gateway.url}/admin/api/forecast/apply`, { method: "POST", headers, body });
  expect(response.status).toBe(status);
});

async function get(path: string): Promise<unknown> {
  return (await fetch(`${gateway.url}/admin/api/${path}`)).json();
}

/** Fourteen days in which twice as many calls were wanted at once as the provider is allowed. */
async function writeFortnight(path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  const dataDir = DataDir.open(path, "a fortnight");
  const end = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  await dataDir.database(HISTORY_DATABASE).writeTogether(
    Array.from({ length: HOURS }, (_, back) => ({
      sql: "INSERT INTO steps_1h VALUES (?, ?)",
      params: [end - (back + 1) * HOUR_MS, hour()],
    })),
  );
  await dataDir.close();
}

/** 6,000 requests of 6 s: ten at once. */
function hour(): Uint8Array {
  const record = emptyRecord();
  const route = figuresOf(record.routes, "copy");
  const values: Record<string, number> = {
    ...{ requests: 6_000, answered: 6_000, live: 6_000, liveMs: 36_000_000 },
    ...{ inputTokens: 6_000_000, peak: 20 },
  };
  for (const [place, name] of REQUEST_COUNTS.entries()) count(route, place, values[name] ?? 0);
  const provider = figuresOf(record.providers, "harbour");
  for (const [place, name] of PROVIDER_COUNTS.entries())
    count(provider, place, name === "promptTokens" ? 6_000_000 : 0);
  return encodeRecord(record);
}
