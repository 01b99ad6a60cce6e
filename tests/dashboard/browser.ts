import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Names under which a Chromium is installed. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * How long a page may take to say what it is to say. Its effects, its requests and the event stream come after what a
 * test waited for, and the machine does other things at the same time: nothing is asserted of a single instant.
 */
export const PATIENT = { timeout: 30_000, interval: 50 };

/** Starts the installed Chromium. @throws Error where there is none: the dashboard is not tested without a browser */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox", "--disable-gpu"] });
}

function findChromium(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const place of folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))) {
    try {
      accessSync(place, constants.X_OK);
      return place;
    } catch {
      // Not there; the next place may have it.
    }
  }
  throw new Error(
    `No Chromium on PATH (looked for ${NAMES.join(", ")}). scripts/services/install.sh chromium installs it.`,
  );
}

/** What went wrong in a page while it was open: errors of scripts, refused files, breaches of the security policy. */
export interface Watched {
  readonly page: Page;
  readonly errors: readonly string[];
}

/** Opens a page that keeps everything that goes wrong in it. Answers 404 and 501 of the API are no errors of the page. */
export async function watchedPage(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(`${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !/status of (?:401|404|501|503)/.test(text)) errors.push(text);
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== "data:" && hostname !== "127.0.0.1") errors.push(`asked elsewhere: ${request.url()}`);
  });
  return { page, errors };
}

/** Goes to a page of the dashboard and waits until its heading is there, also over the page that says it is being built. */
export async function openPage(page: Page, url: string, name = ""): Promise<void> {
  await page.goto(`${url}/dashboard${name === "" ? "" : `/${name}`}`);
  await page.locator("main h1").waitFor({ timeout: 60_000 });
  await page.locator(".shell main h1").waitFor({ timeout: 60_000 });
}
