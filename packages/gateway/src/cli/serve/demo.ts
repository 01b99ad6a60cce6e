import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer } from "@tideover/simulator";
import { ConfigError, type LoadedConfig, resolveConfig } from "tideover/config";

/** The demo under way: simulated providers on this machine, and the configuration that uses them. */
export interface Demo {
  readonly configuration: LoadedConfig;
  close(): Promise<void>;
}

/** How long the demo waits for the busy provider's first token: short, so that a change of provider can be seen. */
const DEMO_FIRST_TOKEN = "3s";

/**
 * Starts two simulated providers on free loopback ports, one as on a busy afternoon and one calm. Their names say
 * that they are simulated, wherever an answer names its provider.
 * @param lastResort the text of the template rung below them.
 */
export async function startDemo(lastResort: string): Promise<Demo> {
  const busy = await startUpstreamServer({ profile: "peak", seed: 1 });
  const calm = await startUpstreamServer({ profile: "calm", seed: 2 });
  const simulated = (url: string) => ({ preset: "deepseek", baseUrl: url, apiKey: "simulated" });
  // What simulated providers say is not worth a folder in the user's project.
  const dataDir = await mkdtemp(join(tmpdir(), "tideover-demo-"));
  const configuration = resolveConfig({
    server: { dataDir },
    stores: { cache: "memory" },
    providers: { "simulated-busy": simulated(busy.url), "simulated-calm": simulated(calm.url) },
    routes: [
      {
        name: "demo",
        model: "*",
        firstToken: DEMO_FIRST_TOKEN,
        ladder: ["simulated-busy", "simulated-calm", { template: { text: lastResort } }],
      },
    ],
  });
  const close = async () => {
    await Promise.all([busy.close(), calm.close(), rm(dataDir, { recursive: true, force: true })]);
  };
  if (!("issues" in configuration)) return { configuration, close };
  await close();
  throw new ConfigError(configuration.issues);
}
