import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { type SpawnedCommand, spawnCommand } from "../acceptance/spawn-command.ts";
import { writeFortnight } from "../harness/fortnight.ts";
import { seriousFindings } from "./accessibility.ts";
import { launchBrowser, openPage, PATIENT, watchedPage } from "./browser.ts";

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
  // Twice as many calls were wanted at once as the provider is allowed.
  await writeFortnight(join(folder.path, "data"), { route: "copy", provider: "harbour", atOnce: 10 });
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
