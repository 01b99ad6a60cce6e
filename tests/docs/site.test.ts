import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anchorCounter, anchorOf } from "../../scripts/docs-site/anchors.ts";
import { buildSite } from "../../scripts/docs-site/build-site.ts";
import type { SitePage } from "../../scripts/docs-site/site-pages.ts";
import { tokenize } from "../../scripts/docs-site/tokenize.ts";
import { launchBrowser, PATIENT } from "../dashboard/browser.ts";
import { CHECKOUT } from "./pages.ts";

/** The longest that building and starting a browser may take, in ms. */
const START_MS = 120_000;

let folder: string;
let pages: readonly SitePage[];
let browser: Browser;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tideover-site-"));
  pages = await buildSite(CHECKOUT, folder);
  browser = await launchBrowser();
}, START_MS);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
}, START_MS);

describe("the site's files", () => {
  test("every link leads to a page, an anchor or a file of the site, or to another host", () => {
    const texts = new Map(pages.map(({ file }) => [file, readFileSync(join(folder, file), "utf8")]));
    const broken = [...texts].flatMap(([file, html]) =>
      [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].flatMap(([, address = ""]) => {
        if (/^(?:https?:|mailto:|data:)/.test(address)) return [];
        const [path = "", anchor] = address.split("#");
        const target = path === "" ? file : join(dirname(file), path.replace(/\?.*$/, ""));
        if (!existsSync(join(folder, target))) return [`${file}: ${address}`];
        const there = anchor === undefined || texts.get(target)?.includes(`id="${decodeURIComponent(anchor)}"`);
        return there === true ? [] : [`${file}: ${address}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  test("what is loaded comes from the site itself", () => {
    for (const { file } of pages) {
      const html = readFileSync(join(folder, file), "utf8");
      const loaded = [...html.matchAll(/<(?:script|link|img|iframe)[^>]+(?:src|href)="(https?:)?/g)];
      expect(loaded.filter(([, elsewhere]) => elsewhere !== undefined)).toEqual([]);
    }
    expect(readFileSync(join(folder, "assets/style.css"), "utf8")).not.toMatch(/url\(|@import/);
  });

  test("comments of the pages are not shown", () => {
    for (const { file } of pages) expect(readFileSync(join(folder, file), "utf8")).not.toContain("<!-- not run");
  });
});

describe("in a browser, from the disk", () => {
  async function open(file: string, settings: { width: number; colorScheme: "light" | "dark" }): Promise<Page> {
    const { width, colorScheme } = settings;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (/^https?:/.test(request.url())) elsewhere.push(request.url());
    });
    await page.goto(pathToFileURL(join(folder, file)).href);
    expect(elsewhere).toEqual([]);
    return page;
  }

  test.each([
    ["index.html", "retry budget", /retr/i],
    ["index.html", "Idempotency-Key", /ticket|idempotency/i],
    ["index.zh-CN.html", "熔断器", /设置|Tideover/],
    ["getting-started.zh-CN.html", "可恢复的流", /可恢复的流/],
    ["tickets.zh-CN.html", "陈旧副本 stale", /缓存/],
    ["index.zh-CN.html", "runbook", /Runbooks/],
  ])("%s finds %j", async (file, asked, found) => {
    const page = await open(file, { width: 1280, colorScheme: "light" });
    await page.fill("#search", asked);
    await expect.poll(() => page.locator("#found a").count(), PATIENT).toBeGreaterThan(0);
    expect(await page.locator("#found").innerText()).toMatch(found);
    const heading = (await page.locator("#found strong").first().innerText()).trim();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("main").innerText(), PATIENT).toContain(heading.split(/[:：]/)[0]);
    await page.close();
  });

  test("in Chinese a page that is there in both languages is found in Chinese alone", async () => {
    const page = await open("index.zh-CN.html", { width: 1280, colorScheme: "light" });
    await page.fill("#search", "Idempotency-Key");
    const found = () =>
      page.locator("#found a").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    await expect.poll(found, PATIENT).toContainEqual(expect.stringMatching(/^tickets\.zh-CN\.html/));
    expect((await found()).filter((address) => address.startsWith("tickets.html"))).toEqual([]);
    await page.close();
  });

  test("what is nowhere is not found, and said so", async () => {
    const page = await open("index.html", { width: 1280, colorScheme: "light" });
    await page.fill("#search", "xylophonequartz");
    await expect.poll(() => page.locator("#found").innerText(), PATIENT).toBe("Nothing found");
    await page.close();
  });

  test("a page in both languages leads to the other one", async () => {
    const page = await open("getting-started.html", { width: 1280, colorScheme: "light" });
    await page.click(".language");
    await expect.poll(() => page.locator("h1").innerText(), PATIENT).toContain("快速上手");
    expect(await page.getAttribute("html", "lang")).toBe("zh-CN");
    await page.close();
  });

  test("it follows the system's theme until the reader chooses", async () => {
    const page = await open("index.html", { width: 1280, colorScheme: "dark" });
    const ground = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    await expect.poll(ground, PATIENT).toBe("rgb(16, 23, 27)");
    await page.click("#theme");
    await expect.poll(ground, PATIENT).toBe("rgb(255, 255, 255)");
    await page.reload();
    await expect.poll(ground, PATIENT).toBe("rgb(255, 255, 255)");
    await page.close();
  });

  test(
    "no page is wider than a phone",
    async () => {
      const page = await open("index.html", { width: 360, colorScheme: "light" });
      for (const { file } of pages) {
        await page.goto(pathToFileURL(join(folder, file)).href);
        await expect.poll(() => page.evaluate("document.documentElement.scrollWidth"), PATIENT).toBe(360);
      }
      await page.close();
    },
    START_MS,
  );
});

test("anchors are GitHub's, numbered where they come again", () => {
  expect(anchorOf("`rate_limited`: 429, and *why*")).toBe("rate_limited-429-and-why");
  const next = anchorCounter();
  expect([next("A b"), next("A b"), next("[C](d.md) 三")]).toEqual(["a-b", "a-b-1", "c-三"]);
});

test("words are split the same in both scripts, where they touch, too", () => {
  expect(tokenize("Retry-After: 5s")).toEqual(["retry", "after", "5s"]);
  expect(tokenize("熔断器open")).toEqual(["熔", "断", "器", "熔断", "断器", "open"]);
  expect(tokenize("HTTP缓存")).toEqual(["http", "缓", "存", "缓存"]);
});
