import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expectedAnswer, findProfile } from "@tideover/simulator";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Demo, startDemo } from "../../examples/product-descriptions/demo.ts";
import { questionRequest } from "../../examples/product-descriptions/description.ts";
import { runCommand } from "../../examples/product-descriptions/gateway-process.ts";
import { launchBrowser, watchedPage } from "../dashboard/browser.ts";
import { isListening } from "../harness/server-process.ts";

/** What a loaded machine may take for anything, in ms. */
const LONG_MS = 60_000;
const PATIENT = { timeout: LONG_MS };
const POLL = { timeout: LONG_MS, interval: 250 };
const KEY = "shop-key-that-no-page-may-see";

const made = new AsyncDisposableStack();
let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  const folder = await newFolder();
  made.defer(() => rm(folder, { recursive: true, force: true }));
  const ports = { shop: 0, gateway: 0, upstream: 0 };
  // Copies age within the test, and a calm provider takes a tenth of its usual time.
  demo = made.use(await startDemo({ folder, ports, key: KEY, fresh: "3s", timeScale: 0.1, say: () => {} }));
  turn("calm");
  browser = await launchBrowser();
  made.defer(() => browser.close());
}, 120_000);
afterAll(() => made.disposeAsync(), LONG_MS);

const newFolder = () => mkdtemp(join(tmpdir(), "tideover-shop-"));
const rungOn = (page: Page) => page.locator("#description").getAttribute("data-rung");
const textOn = (page: Page) => page.locator("#description").innerText();
const noteOn = (page: Page) => page.locator("#note").innerText();
const isShown = (page: Page, id: string) => page.locator(`#${id}`).isVisible();
/** Whether each of these can be seen; what the tide says comes after the description. */
const expectShown = (page: Page, ids: readonly string[], shown: boolean) =>
  expect.poll(() => Promise.all(ids.map((id) => isShown(page, id))), POLL).toEqual(Array.from(ids, () => shown));
const expectText = (page: Page) => expect.poll(() => textOn(page), POLL);
const expectNote = (page: Page) => expect.poll(() => noteOn(page), POLL);
const expectHeading = (page: Page) => expect.poll(() => page.locator("h1").innerText(), POLL);
/** The description that stands there as soon as one does. */
async function textThere(page: Page): Promise<string> {
  await expectText(page).toMatch(/.{10}/s);
  return await textOn(page);
}

async function until(page: Page, ...rungs: readonly string[]): Promise<void> {
  await page.locator(rungs.map((rung) => `#description[data-rung="${rung}"]`).join(", ")).waitFor(PATIENT);
}

/** Another person's browser. */
async function open(path: string) {
  const watched = await watchedPage(await browser.newContext());
  await watched.page.goto(`${demo.shop}${path}`);
  return watched;
}

/** Loads the page again until its description is of one of these sorts. */
async function reloadUntil(page: Page, ...rungs: readonly string[]): Promise<void> {
  await expect
    .poll(async () => {
      await page.locator("#description[data-rung]").waitFor(PATIENT);
      const rung = await rungOn(page);
      if (rung !== null && rungs.includes(rung)) return true;
      await page.reload();
      return false;
    }, POLL)
    .toBe(true);
}

function turn(profile: "calm" | "outage"): void {
  // Without the faults that even a calm day has.
  demo.upstream?.model.setProfile(profile === "calm" ? { ...findProfile("calm"), faults: [] } : profile);
}

/** Adds a product by the form of the shop, and goes where that leads to. */
async function addProduct(page: Page, language: string, name: string): Promise<void> {
  await page.goto(`${demo.shop}/${language}`);
  await page.locator("#add input[name=name]").fill(name);
  await page.locator("#add input[name=category]").fill("lamps");
  await page.locator("#add input[name=features]").fill("steel, 30 cm");
  await page.locator("#add button").click();
  await page.locator("#description[data-rung]").waitFor(PATIENT);
}

/** What waits for a person, by the command. */
async function entryFor(name: string): Promise<{ readonly id: string; readonly answer: string }> {
  let found: { readonly id: string; readonly answer: string } | undefined;
  await expect
    .poll(async () => {
      const { entries } = JSON.parse(await runCommand(["review", "list", "--json", "--url", demo.gateway]));
      found = entries.find(({ question }: { readonly question: string }) => question.includes(name));
      return found !== undefined;
    }, POLL)
    .toBe(true);
  if (found === undefined) throw new Error(`Nothing waits for ${name}.`);
  return found;
}

test("on a calm day the frequent texts are there, and a new product gets its own through the queue", async () => {
  const { page, errors } = await open("/en/products/1");
  await reloadUntil(page, "cache", "live");
  await expectText(page).toMatch(/.{10}/s);
  await expectNote(page).toBe("");
  await expectShown(page, ["suggestions", "adviser", "poem"], true);
  await expectShown(page, ["notice"], false);

  await page.goto(`${demo.shop}/zh/products/1`);
  await reloadUntil(page, "cache", "live");
  await expectHeading(page).toBe("潮汐钟");
  await expect.poll(() => page.locator("html").getAttribute("lang"), POLL).toBe("zh");

  await addProduct(page, "en", "Ship's <lantern>");
  await expect.poll(() => demo.catalogue.all("en").at(-1)?.ticket, POLL).toContain("/v1/jobs/job_");
  await until(page, "ticket", "cache", "live", "stale");
  await expectHeading(page).toBe("Ship's <lantern>");
  await expectText(page).toMatch(/.{10}/s);
  // The security policy was kept, no script failed, and the key never left the shop's server.
  expect(errors).toEqual([]);
  expect(await page.content()).not.toContain(KEY);
  await page.context().close();
}, 240_000);

test("in an outage: stale with its age, the template at once, the review, and back to normal", async () => {
  const { page, errors } = await open("/en/products/2");
  await reloadUntil(page, "cache", "live");
  const good = await textThere(page);
  turn("outage");

  // What was generated before is shown with its age.
  await page.reload();
  await reloadUntil(page, "stale");
  await expectText(page).toBe(good);
  await expectNote(page).toMatch(/^This text is \d+ (s|min) old\.$/);

  // What is not essential is gone, or cannot be used.
  await page.locator("#notice").waitFor(PATIENT);
  await expectShown(page, ["suggestions", "adviser"], false);
  const isInert = () => page.locator("#poem").evaluate((element) => (element as HTMLElement).inert);
  await expect.poll(isInert, POLL).toBe(true);
  await expectShown(page, ["poem"], true);

  // New products: the template now.
  await addProduct(page, "en", "Storm lantern");
  await until(page, "template");
  await expectText(page).toBe("Storm lantern (lamps): steel, 30 cm.");
  await expectNote(page).toBe("A better text is being written.");
  const chinese = await open("/zh");
  await addProduct(chinese.page, "zh", "风灯");
  await until(chinese.page, "template");
  await expectNote(chinese.page).toBe("正在撰写更好的文字。");
  const waiting = await open("/en");
  await addProduct(waiting.page, "en", "Ice lantern");
  await until(waiting.page, "template");

  // Somebody writes the one and approves the other. The pages get it by their tickets, over a reload.
  await page.reload();
  await expectNote(page).toBe("A better text is being written.");
  const storm = await entryFor("Storm lantern");
  const text = "A lantern that stays lit in any storm.";
  await runCommand(["review", "edit", storm.id, "--text", text, "--by", "ann", "--url", demo.gateway]);
  await until(page, "ticket");
  await expectText(page).toBe(text);
  await expectNote(page).toBe("");
  const approved = await entryFor("风灯");
  await runCommand(["review", "approve", approved.id, "--by", "ann", "--url", demo.gateway]);
  await until(chinese.page, "ticket");
  await expectText(chinese.page).toBe(approved.answer);
  await expectNote(chinese.page).toBe("");
  // It has replaced the template for everybody else, too.
  const id = demo.catalogue.all("en").find(({ name }) => name === "Storm lantern")?.id;
  const seenByOthers = async () => (await fetch(`${demo.shop}/api/en/products/${id}`)).json();
  await expect.poll(seenByOthers, POLL).toMatchObject({ text });
  await chinese.page.context().close();

  // The provider is back: what nobody wrote is written by it, on a page that was reloaded meanwhile.
  await waiting.page.reload();
  await until(waiting.page, "template");
  await expectNote(waiting.page).toBe("A better text is being written.");
  turn("calm");
  await until(waiting.page, "ticket");
  await expectText(waiting.page).not.toMatch(/^Ice lantern \(lamps\)/);
  await expectNote(waiting.page).toBe("");

  // And everything is in sight again, also on a page that stayed open.
  await page.locator("#adviser").waitFor(PATIENT);
  await page.locator("#suggestions").waitFor(PATIENT);
  await expectShown(page, ["notice"], false);
  await page.goto(`${demo.shop}/en/products/2`);
  await reloadUntil(page, "cache", "live");
  await expectNote(page).toBe("");
  expect([...errors, ...chinese.errors, ...waiting.errors]).toEqual([]);
  await waiting.page.context().close();
  await page.context().close();
}, 300_000);

test("without a network: the last text with its age, and an answer that is read on without loss or repeat", async () => {
  const { page } = await open("/en/products/3");
  await reloadUntil(page, "cache", "live");
  const good = await textThere(page);
  await page.route("**/api/**", (route) => route.abort());
  await page.reload();
  await expectNote(page).toMatch(/^This text is \d+ s old: the shop cannot be reached\.$/);
  await expectText(page).toBe(good);
  await page.unroute("**/api/**");

  const product = demo.catalogue.find(3, "en");
  if (product === undefined) throw new Error("The third product is gone.");
  demo.upstream?.model.setPacing({ ttftMs: 200, tokensPerSecond: 0.5, jitter: 0 });
  await page.locator("#ask button").click();
  await expect.poll(() => page.locator("#answer").innerText(), POLL).toMatch(/.{5}/);
  await page.context().setOffline(true);
  await page.locator('#answer[data-state="waiting"]').waitFor(PATIENT);
  // Without a network everything that needs the service is out of reach.
  await page.locator("#notice").waitFor(PATIENT);
  await page.context().setOffline(false);
  demo.upstream?.model.setPacing({});
  await page.locator('#answer[data-state="whole"]').waitFor(PATIENT);
  const { content } = expectedAnswer(questionRequest(product, "What is it good for?"));
  await expect.poll(() => page.locator("#answer").textContent(), POLL).toBe(content);
  await page.locator("#adviser").waitFor(PATIENT);
  await page.context().close();
}, 240_000);

test("what else goes well with it is named, and who asks anew gets that answer alone", async () => {
  const { page, errors } = await open("/en/products/19");
  // Those of its category.
  await expect
    .poll(() => page.locator("#suggestions a").allInnerTexts(), POLL)
    .toEqual(["Star globe", "Binoculars", "Pocket compass"]);
  const product = demo.catalogue.find(19, "en");
  if (product === undefined) throw new Error("The barometer is gone.");
  demo.upstream?.model.setPacing({ ttftMs: 200, tokensPerSecond: 0.5, jitter: 0 });
  await page.locator("#ask button").click();
  await expect.poll(() => page.locator("#answer").innerText(), POLL).toMatch(/.{5}/);
  demo.upstream?.model.setPacing({});
  await page.locator("#poem button").click();
  await page.locator('#answer[data-state="whole"]').waitFor(PATIENT);
  const { content } = expectedAnswer(questionRequest(product, "Write a poem of four lines about it."));
  await expect.poll(() => page.locator("#answer").textContent(), POLL).toBe(content);
  await expect.poll(() => page.locator("#answer-note").textContent(), POLL).toBe("");
  expect(errors).toEqual([]);
  await page.context().close();
}, 240_000);

test("a page that is not there, and a product without a name, are told so with the way back", async () => {
  const missing = await fetch(`${demo.shop}/zh/products/999`);
  expect(missing.status).toBe(404);
  const said = await missing.text();
  expect(said).toContain("没有这个页面。");
  expect(said).toContain('<a href="/zh">全部商品</a>');
  const nameless = await fetch(`${demo.shop}/en/products`, { method: "POST", body: "name=+&category=a&features=b" });
  expect(nameless.status).toBe(400);
  expect(await nameless.text()).toContain("A product needs a name");
});

test("one command starts it all, hears how the provider is to do, and ends it all", async () => {
  const folder = await newFolder();
  const script = fileURLToPath(new URL("../../examples/product-descriptions/start.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=tideover-source", script], {
    env: { PATH: process.env.PATH, DATA_DIR: folder, SHOP_PORT: "0", GATEWAY_PORT: "0", UPSTREAM_PORT: "0" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const said: string[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
    const lineWith = async (text: string) => {
      await expect.poll(() => said.some((line) => line.includes(text)), POLL).toBe(true);
      return said.find((line) => line.includes(text)) ?? "";
    };
    const shop = /http:\S+/.exec(await lineWith("The shop is open"))?.[0] ?? "";
    const gateway = /http:[^\s;]+/.exec(await lineWith("Gateway at"))?.[0] ?? "";
    expect(await (await fetch(`${shop}/zh`)).text()).toContain("港口商店");
    expect(await (await fetch(`${shop}/api/en/products/1`)).json()).toMatchObject({ degraded: false });
    child.stdin.write("outage\n");
    await lineWith("The provider: outage.");
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    for (const url of [shop, gateway])
      await expect.poll(() => isListening(Number(new URL(url).port)), POLL).toBe(false);
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);
