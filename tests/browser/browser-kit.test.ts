import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KitStage, kitStage, PACING, SHOP_KEY } from "./kit-stage.ts";

/** What a loaded machine may take for anything, in ms. */
const LONG_MS = 30_000;
/** A page says one thing after the other: what follows from what was waited for is asked for until it is there. */
const PATIENT = { timeout: LONG_MS, interval: 50 };

let stage: KitStage;

beforeAll(async () => {
  stage = await kitStage();
}, 60_000);

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** What the same question is answered with when nothing goes wrong. */
async function uncut(prompt: string): Promise<string> {
  const { text } = await stage.ask(prompt);
  return JSON.parse(text).choices[0].message.content;
}

/** Asks until the service is in a state; what is told of it comes from what callers saw. */
async function askUntil(page: Page, level: RegExp): Promise<void> {
  const until = Date.now() + LONG_MS;
  while (!level.test((await page.locator("body").getAttribute("data-level")) ?? "")) {
    if (Date.now() > until) throw new Error(`the page never said ${level}`);
    await Promise.all([1, 2, 3].map((number) => stage.ask(`Anything ${number} ${Date.now()}`)));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What of the page can be seen and used: what is not essential, the excuse, the form. */
const offered = (page: Page) =>
  expect.poll(
    async () => ({
      extras: await page.locator("#extras").isVisible(),
      sorry: await page.locator("#sorry").isVisible(),
      inert: await page.locator("#write").evaluate((element) => (element as HTMLElement).inert),
    }),
    PATIENT,
  );

describe("the tide", () => {
  test("a page follows an outage and the recovery", async () => {
    const { page, context } = await stage.open();
    await page.locator('body[data-level="normal"]').waitFor({ timeout: LONG_MS });
    await offered(page).toEqual({ extras: true, sorry: false, inert: false });
    stage.upstream.model.setProfile("outage");
    await askUntil(page, /degraded|outage/);
    await offered(page).toEqual({ extras: false, sorry: true, inert: true });
    await page.locator("#write button").waitFor({ state: "visible", timeout: LONG_MS });
    // The hook of a component tells the same.
    await expect.poll(() => page.locator("#notice").textContent(), PATIENT).toMatch(/degraded|outage/);
    stage.upstream.model.setProfile("calm");
    await askUntil(page, /normal/);
    await offered(page).toEqual({ extras: true, sorry: false, inert: false });
    await context.close();
  }, 120_000);

  test.each([
    ['level="nromal"', '<tide-when level="nromal">: "nromal" is none of normal, busy, degraded, outage.'],
    ['otherwise="disabled"', '<tide-when otherwise="disabled">: the one other thing it can do is "disable".'],
  ])(
    "%s, misspelt in the page, is reported, and hides nothing",
    async (attribute, problem) => {
      const { page, context } = await stage.open();
      await page.locator('body[data-level="normal"]').waitFor({ timeout: LONG_MS });
      const reported = await page.evaluate(
        (misspelt) =>
          new Promise<string>((resolve) => {
            addEventListener("error", ({ message }) => resolve(message), { once: true });
            document.body.insertAdjacentHTML("beforeend", `<tide-when ${misspelt} id="misspelt">Here</tide-when>`);
          }),
        attribute,
      );
      expect(reported).toContain(problem);
      await page.locator("#misspelt").waitFor({ state: "visible", timeout: LONG_MS });
      await context.close();
    },
    60_000,
  );

  test("without a network it is an outage at once, and the level comes back with the network", async () => {
    const { page, context } = await stage.open();
    await page.locator('body[data-level="normal"]').waitFor({ timeout: LONG_MS });
    await context.setOffline(true);
    await page.locator('body[data-level="outage"]').waitFor({ timeout: LONG_MS });
    await expect.poll(() => page.evaluate(() => window.kit.tide().reachable), PATIENT).toBe(false);
    await page.locator("#sorry").waitFor({ state: "visible" });
    await context.setOffline(false);
    await page.locator('body[data-level="normal"]').waitFor({ timeout: LONG_MS });
    await expect.poll(() => page.evaluate(() => window.kit.tide().reachable), PATIENT).toBe(true);
    await context.close();
  }, 90_000);
});

describe("the last good answers", () => {
  test("are shown with their age when the network is gone, also after a reload", async () => {
    const { page, context } = await stage.open();
    const live = await page.evaluate(() => window.kit.askWithKept("teapot", "Describe a teapot.", 20_000));
    expect(live).toMatchObject({ from: "live", value: await uncut("Describe a teapot.") });
    await page.reload();
    await page.waitForFunction(() => window.kit !== undefined);
    await context.setOffline(true);
    const kept = await page.evaluate(() => window.kit.askWithKept("teapot", "Describe a teapot.", 20_000));
    expect(kept).toMatchObject({ from: "kept", why: "offline", value: live.value });
    expect(kept).toHaveProperty("ageSeconds", expect.any(Number));
    await expect(page.evaluate(() => window.kit.askWithKept("lamp", "Describe a lamp.", 1_000))).rejects.toThrow();
    await context.close();
  }, 60_000);

  test("stand in while the network is slow; the live one replaces it when it comes", async () => {
    const { page, context } = await stage.open();
    await page.evaluate(() => window.kit.askWithKept("slow", "Describe a sail.", 20_000));
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    const slow = { offline: false, latency: 1_500, downloadThroughput: 20_000, uploadThroughput: 20_000 };
    await devtools.send("Network.emulateNetworkConditions", slow);
    const kept = await page.evaluate(() => window.kit.askWithKept("slow", "Describe a sail.", 200));
    expect(kept).toMatchObject({ from: "kept", why: "slow" });
    await page.waitForFunction(() => document.body.dataset.later !== undefined, undefined, { timeout: LONG_MS });
    await expect.poll(() => page.locator("body").getAttribute("data-later"), PATIENT).toBe(kept.value);
    await context.close();
  }, 60_000);

  test("stand in where the service fails", async () => {
    const { page, context } = await stage.open();
    const live = await page.evaluate(() => window.kit.askWithKept("cup", "Describe a cup.", 20_000));
    stage.upstream.model.setProfile("outage");
    const kept = await page.evaluate(() => window.kit.askWithKept("cup", "Describe a cup.", 20_000));
    stage.upstream.model.setProfile("calm");
    expect(kept).toMatchObject({ from: "kept", why: "failed", value: live.value });
    await context.close();
  }, 60_000);
});

describe("streams", () => {
  /** Waits until the provider is trusted again after the outages of other tests. */
  const calm = () => expect.poll(async () => (await stage.ask("Are you there?")).status, PATIENT).toBe(200);

  test("a stream that is cut thrice resumes, without loss or repeat", async () => {
    await calm();
    const { page, context } = await stage.open();
    const prompt = "Describe the tides in some detail.";
    stage.shop.cutStreamsAfter(1_501, 50, 777);
    const read = await page.evaluate((asked) => window.kit.readChat(asked, "shop"), prompt);
    expect(read).toMatchObject({ text: await uncut(prompt), done: 1 });
    expect(read.losses).toBe(3);
    await context.close();
  }, 60_000);

  test("a stream goes on after the network was away, and nothing that was made meanwhile is lost", async () => {
    await calm();
    const { page, context } = await stage.open();
    const prompt = "Describe a storm at sea in some detail.";
    stage.upstream.model.setPacing({ ttftMs: 20, tokensPerSecond: 20, jitter: 0 });
    const reading = page.evaluate((asked) => window.kit.readChat(asked), prompt);
    await page.waitForFunction(() => Number(document.body.dataset.length ?? 0) > 20, undefined, { timeout: LONG_MS });
    await context.setOffline(true);
    await page.locator('body[data-connected="false"]').waitFor({ timeout: LONG_MS });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await context.setOffline(false);
    const read = await reading;
    stage.upstream.model.setPacing(PACING);
    expect(read).toMatchObject({ text: await uncut(prompt), done: 1 });
    expect(read.losses).toBeGreaterThanOrEqual(1);
    await context.close();
  }, 90_000);

  test("a stream over a slow network is whole", async () => {
    await calm();
    const { page, context } = await stage.open();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    const slow = { offline: false, latency: 400, downloadThroughput: 60_000, uploadThroughput: 10_000 };
    await devtools.send("Network.emulateNetworkConditions", slow);
    const prompt = "Describe a slow boat in some detail.";
    expect(await page.evaluate((asked) => window.kit.readChat(asked), prompt)).toMatchObject({
      text: await uncut(prompt),
      done: 1,
      losses: 0,
    });
    await context.close();
  }, 90_000);
});

describe("tickets", () => {
  test("a ticket is followed over a reload until its answer is there", async () => {
    const { page, context } = await stage.open();
    stage.upstream.model.setProfile("outage");
    const accepted = await page.evaluate(async () => {
      const response = await fetch("/api/chat", {
        method: "POST",
        headers: { "content-type": "application/json", prefer: "respond-async" },
        body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "Describe an anchor." }] }),
      });
      const { url } = await response.json();
      await window.kit.follow("anchor", url);
      return { status: response.status, url: String(url) };
    });
    expect(accepted.status).toBe(202);
    await page.locator("#tickets", { hasText: /queued|running/ }).waitFor({ timeout: LONG_MS });
    await page.reload();
    await page.locator("#tickets", { hasText: /queued|running/ }).waitFor({ timeout: LONG_MS });
    stage.upstream.model.setProfile("calm");
    await page.locator("#tickets", { hasText: "succeeded" }).waitFor({ timeout: 60_000 });
    const answer = { choices: [{ message: { content: await uncut("Describe an anchor.") } }] };
    await expect
      .poll(async () => JSON.parse((await page.locator("#tickets").textContent()) ?? "[]")[0], PATIENT)
      .toMatchObject({ key: "anchor", status: "succeeded", answer });
    // What has ended is there again after the next reload, without being asked for.
    await page.reload();
    await page.locator("#tickets", { hasText: "succeeded" }).waitFor({ timeout: LONG_MS });
    await context.close();
  }, 150_000);

  test("a link that does not hold ends the following", async () => {
    const { page, context } = await stage.open();
    await page.evaluate(() => window.kit.follow("forged", "/v1/jobs/job_1?expires=9999999999&signature=forged"));
    await page.locator("#tickets", { hasText: "unknown" }).waitFor({ timeout: LONG_MS });
    await context.close();
  }, 60_000);
});

test("no secret reaches the page", async () => {
  const { page, context } = await stage.open();
  const seen: string[] = [];
  page.on("request", (asked) => seen.push(asked.url(), JSON.stringify(asked.headers()), asked.postData() ?? ""));
  await page.evaluate((asked) => window.kit.readChat(asked), "Describe a harbour.");
  const kept = await page.evaluate(
    async () => JSON.stringify(await indexedDB.databases()) + JSON.stringify(localStorage),
  );
  expect(seen.length).toBeGreaterThan(0);
  for (const text of [...seen, kept, stage.shop.said()]) expect(text).not.toContain(SHOP_KEY);
  await context.close();
}, 60_000);

test("the whole kit is small: under 8 KB compressed", async () => {
  const bundle = await rolldown({
    input: "@tideover/browser",
    cwd: new URL("../..", import.meta.url).pathname,
    resolve: { conditionNames: ["tideover-source", "browser", "import", "default"] },
    platform: "browser",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  expect(output).toHaveLength(1);
  expect(output[0].code).not.toMatch(/["']node:/);
  expect(gzipSync(output[0].code, { level: 9 }).length).toBeLessThan(8 * 1024);
});
