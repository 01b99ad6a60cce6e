import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import { Catalogue } from "./catalogue.ts";
import { descriptionRequest } from "./description.ts";
import { runCommand, startGateway } from "./gateway-process.ts";
import { LANGUAGES } from "./products.ts";
import { startShop } from "./shop.ts";
import { letVisitorsIn } from "./visitors.ts";

/** What the example runs on. */
export interface DemoOptions {
  /** Where catalogue, jobs, cache and inbox are kept. */
  readonly folder: string;
  /** Ports; 0: any free one. */
  readonly ports: { readonly shop: number; readonly gateway: number; readonly upstream: number };
  /** A provider of your own; absent: a simulated one. */
  readonly provider?: string | undefined;
  /** The shop's key at the gateway; absent: a random one. */
  readonly key?: string | undefined;
  /** How long a copy is fresh, such as `1h`. */
  readonly fresh: string;
  /** Multiplies the simulated provider's times. */
  readonly timeScale: number;
  /** Told what is done, a line at a time. */
  readonly say: (line: string) => void;
}

/** The example while it runs. */
export interface Demo extends AsyncDisposable {
  readonly shop: string;
  readonly gateway: string;
  /** The shop's key at the gateway. */
  readonly key: string;
  readonly catalogue: Catalogue;
  /** The simulated provider; absent where there is a real one. */
  readonly upstream: UpstreamServer | undefined;
}

/** Between two visitors, in ms. */
const VISIT_EVERY_MS = 500;
/** Longest wait for a first token: within it the simulated provider answers on a calm day. */
const FIRST_TOKEN = "2s";

/** Starts everything, generates the frequent descriptions ahead, and lets visitors in. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { folder, ports, provider, key = randomUUID(), fresh, timeScale, say } = options;
  await using made = new AsyncDisposableStack();
  mkdirSync(folder, { recursive: true });
  const upstream =
    provider === undefined
      ? await startUpstreamServer({ profile: "calm", port: ports.upstream, timeScale })
      : undefined;
  made.defer(() => upstream?.close());
  const settings = {
    SHOP_KEY: key,
    DATA_DIR: join(folder, "gateway"),
    FRESH: fresh,
    ...(upstream === undefined ? {} : { DEEPSEEK_URL: upstream.url, FIRST_TOKEN }),
  };
  const gateway = made.use(await startGateway(ports.gateway, settings));
  const catalogue = made.use(new Catalogue(join(folder, "catalogue.sqlite")));
  say(`Gateway at ${gateway.url}; what waits for a person is at ${gateway.url}/dashboard/review`);

  const prompts = join(folder, "prompts.jsonl");
  writeFileSync(prompts, promptsOf(catalogue));
  say("Generating the descriptions that are asked for often ...");
  const warmed = JSON.parse(await runCommand(["warm", prompts, "--url", gateway.url, "--key", key, "--json"]));
  // What could not be generated now is generated for its first visitor.
  const failed = warmed.failed === 0 ? "" : ` ${warmed.failed} could not be generated: prompts.jsonl.failed.jsonl.`;
  say(`${warmed.generated} generated, ${warmed.present} there already.${failed}`);

  const shop = made.use(await startShop({ catalogue, gateway: { url: gateway.url, key }, port: ports.shop }));
  made.use(letVisitorsIn(shop.url, catalogue, VISIT_EVERY_MS));
  say(`The shop is open: ${shop.url}`);
  const owned = made.move();
  return {
    shop: shop.url,
    gateway: gateway.url,
    key,
    catalogue,
    upstream,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The requests for the frequent products, one on each line, as `tideover warm` reads them. */
function promptsOf(catalogue: Catalogue): string {
  const frequent = LANGUAGES.flatMap((language) => catalogue.all(language)).filter((product) => product.frequent);
  return frequent.map((product) => `${JSON.stringify(descriptionRequest(product))}\n`).join("");
}
