import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, openPage, PATIENT, watchedPage } from "./browser.ts";
import { type LiveGateway, liveGateway } from "./live-gateway.ts";

/** How soon after a change the overview must tell it, in ms. */
const TOLD_WITHIN_MS = 5_000;
/** What a machine that does other things at the same time may add, in ms. */
const LOADED_MS = 25_000;

let gateway: LiveGateway;
let browser: Browser;

beforeAll(async () => {
  gateway = await liveGateway();
  browser = await launchBrowser();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await gateway?.[Symbol.asyncDispose]();
});

test("the overview tells a calm time, a brownout, an outage and the recovery as they come", async () => {
  const { page, errors } = await watchedPage(await browser.newContext());
  await openPage(page, gateway.url);
  await page.locator('[data-story="quiet"]').waitFor();

  /** @returns the sentence, and how long after the change it stood there, in ms */
  const told = async (kinds: readonly string[], change: () => void) => {
    const changed = performance.now();
    change();
    const headline = page.locator(kinds.map((kind) => `[data-story="${kind}"]`).join(", "));
    await headline.waitFor({ timeout: TOLD_WITHIN_MS + LOADED_MS });
    return { sentence: await headline.innerText(), ms: Math.round(performance.now() - changed) };
  };
  const stories = [
    await told(["live"], () => gateway.traffic(6)),
    // The first provider browns out: nothing is lost, but answers come from the second one.
    await told(["elsewhere"], () => gateway.first.model.setProfile("brownout")),
    // Both are down: callers get the template, and the overview says that it is less than they asked for.
    await told(["degraded"], () => {
      gateway.first.model.setProfile("outage");
      gateway.second.model.setProfile("outage");
    }),
    await told(["live", "elsewhere"], () => {
      gateway.first.model.setProfile("calm");
      gateway.second.model.setProfile("calm");
    }),
  ];
  process.stdout.write(`${stories.map(({ sentence, ms }) => `${ms} ms: ${sentence}`).join("\n")}\n`);
  expect(stories[0]?.sentence).toBe("Yes. Everything is answered.");
  expect(stories[1]?.sentence).toMatch(/^Yes\. \d+(\.\d)?% come from another provider than the first\.$/);
  expect(stories[2]?.sentence).toMatch(/^Yes, but \d+(\.\d)?% of the answers are degraded\.$/);
  expect(errors).toEqual([]);

  // How: the template was used, and the chart of rungs says so to those who do not see it.
  const how = page.getByRole("region", { name: "How?" });
  await expect.poll(() => how.locator("ul.legend").innerText(), PATIENT).toMatch(/template/);
  // Who is slow: both providers with their breakers.
  const slow = page.getByRole("region", { name: "Who is slow?" });
  await expect.poll(() => slow.innerText(), PATIENT).toMatch(/harbour[\s\S]*lagoon/);
  await page.close();
}, 240_000);
