import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { launchBrowser, openPage, watchedPage } from "./browser.ts";
import { withFixtures } from "./fixtures.ts";
import { type LiveGateway, liveGateway } from "./live-gateway.ts";

/**
 * Takes a picture of each page of the dashboard, in both languages and both themes and at the width of a telephone,
 * before a live gateway that has just gone through a brownout and an outage. Looking at them is left to people.
 *
 *   npm run screenshots [folder] [look]     default: screenshots/, all of LOOKS
 */

const FOLDER = process.argv[2] ?? fileURLToPath(new URL("../../screenshots", import.meta.url));
const PAGES = [
  "",
  "providers",
  "requests",
  "cache",
  "jobs",
  "review",
  "review/rev_1",
  "capacity",
  "playground",
  "settings",
];
const DESK = { width: 1280, height: 860 };
const TELEPHONE = { width: 390, height: 844 };
/** How long each time of the story goes on, in ms. */
const TIME_MS = 15_000;

const LOOKS = [
  { name: "en-light", locale: "en-GB", colorScheme: "light", viewport: DESK },
  { name: "en-dark", locale: "en-GB", colorScheme: "dark", viewport: DESK },
  { name: "zh-light", locale: "zh-CN", colorScheme: "light", viewport: DESK },
  { name: "zh-dark", locale: "zh-CN", colorScheme: "dark", viewport: DESK },
  { name: "phone-en-light", locale: "en-GB", colorScheme: "light", viewport: TELEPHONE },
  { name: "phone-zh-dark", locale: "zh-CN", colorScheme: "dark", viewport: TELEPHONE },
] as const;

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
await using gateway = await liveGateway();
const browser = await launchBrowser();
try {
  // Somebody has to look for ticks to be taken.
  const watcher = await watchedPage(await browser.newContext());
  await openPage(watcher.page, gateway.url);
  await badHour(gateway);
  const wanted = LOOKS.filter(({ name }) => process.argv[3] === undefined || name === process.argv[3]);
  for (const look of wanted) await takeAll(browser, gateway.url, look);
} finally {
  await browser.close();
}

async function badHour({ traffic, first, second }: LiveGateway): Promise<void> {
  const profiles = (one: string, other: string) => {
    first.model.setProfile(one);
    second.model.setProfile(other);
    return new Promise((resolve) => setTimeout(resolve, TIME_MS));
  };
  traffic(6);
  await profiles("calm", "calm");
  await profiles("brownout", "calm");
  await profiles("outage", "outage");
  await profiles("calm", "calm");
  // Fewer from now on: what is remembered of the bad time shall not be pushed out before the last picture.
  traffic(1);
}

async function takeAll(browser: Browser, url: string, look: (typeof LOOKS)[number]): Promise<void> {
  const { name, ...options } = look;
  const context = await browser.newContext(options);
  const { page, errors } = await watchedPage(context);
  const take = async (what: string) => {
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(FOLDER, `${what}.${name}.png`), fullPage: true });
  };
  await withFixtures(page);
  for (const place of PAGES) {
    await openPage(page, url, place);
    await page.locator(".skeleton").first().waitFor({ state: "detached" });
    if (place === "playground") {
      await page.getByRole("textbox").first().fill("Why do tides come twice a day?");
      await page.locator("button[type=submit]").click();
      await page.locator('[data-state="whole"]').waitFor();
    }
    if (place === "providers") await page.locator("details summary").first().click();
    await take(place === "" ? "overview" : place.replace("/", "-"));
    if (place === "") {
      await page.locator(".page-head .choices button").nth(2).click();
      await take("overview-day");
    }
    if (place === "capacity") {
      // What applying a recommendation would change.
      await page.locator(".card button.little").first().click();
      await page.locator("form table").waitFor();
      await take("capacity-apply");
    }
    if (place !== "requests") continue;
    // A request of the bad time: the one with the most to tell.
    await page.locator(".page-head .choices").last().locator("button").nth(1).click();
    await page.locator("tbody a").first().waitFor();
    await page.locator("tbody a").first().click();
    await page.locator(".waterfall").waitFor();
    await take("request");
  }
  await context.close();
  if (errors.length > 0) throw new Error(`${name}: ${errors.join("\n")}`);
  process.stdout.write(`${name}: done\n`);
}
