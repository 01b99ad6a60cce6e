import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { spawnCommand } from "../acceptance/spawn-command.ts";
import { launchBrowser } from "../dashboard/browser.ts";
import { type ShopServer, startShop } from "./shop-server.ts";

/** The shop's key at the gateway: no page may ever see it. */
export const SHOP_KEY = "shop-key-that-no-page-may-see";

/** Some 20 ms to the first token and 10 ms a chunk: a stream lasts a second or two. */
export const PACING = { ttftMs: 20, tokensPerSecond: 100, jitter: 0 };

/** A browser before a shop before the real gateway before a simulated provider. */
export interface KitStage extends AsyncDisposable {
  readonly browser: Browser;
  readonly shop: ShopServer;
  readonly upstream: UpstreamServer;
  readonly gatewayUrl: string;
  /** Opens the shop's page in a context of its own and waits until the kit is there. */
  open(): Promise<{ readonly page: Page; readonly context: BrowserContext }>;
  /** Asks the gateway itself for a streamed answer of the given kind; gives status and text. */
  ask(prompt: string, headers?: Readonly<Record<string, string>>): Promise<{ status: number; text: string }>;
}

/** Starts all of it, the gateway as a person would: from a file, in a folder of its own. */
export async function kitStage(): Promise<KitStage> {
  await using made = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "tideover-browser-"));
  made.defer(() => rm(folder, { recursive: true, force: true }));
  const upstream = await startUpstreamServer({
    profile: "calm",
    pacing: PACING,
  });
  made.defer(() => upstream.close());
  await writeFile(join(folder, "tideover.yaml"), configuration(upstream.url));
  const gateway = made.use(await spawnCommand(["serve", "--port", "0", "--log-level", "error"], folder));
  const shop = made.use(await startShop(gateway.url, SHOP_KEY));
  const browser = await launchBrowser();
  made.defer(() => browser.close());
  const owned = made.move();
  return {
    browser,
    shop,
    upstream,
    gatewayUrl: gateway.url,
    async open() {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(shop.url);
      await page.waitForFunction(() => window.kit !== undefined);
      return { page, context };
    },
    async ask(prompt, headers = {}) {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${SHOP_KEY}`, ...headers },
        body: JSON.stringify({ model: "m", messages: [{ role: "user", content: prompt }] }),
      });
      return { status: response.status, text: await response.text() };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function configuration(upstream: string): string {
  return `server:
  dataDir: data
  keys: [{ name: shop, key: ${SHOP_KEY}, tenant: shop }]
providers:
  harbour: { preset: deepseek, baseUrl: "${upstream}", apiKey: simulated, breaker: { consecutive: 3, open: 1s } }
routes:
  - name: product-copy
    model: "*"
    deadline: 20s
    firstToken: 2s
    cache: { when: never }
    retry: { attempts: 1 }
    ladder: [harbour, ticket]
`;
}
