/** Starts the whole example: a simulated provider, the gateway, and the shop. See README.md for what to try. */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { listProfiles } from "@tideover/simulator";
import { startDemo } from "./demo.ts";

const { SHOP_PORT = "8790", GATEWAY_PORT = "8787", UPSTREAM_PORT = "8788", DATA_DIR, FRESH, SHOP_KEY } = process.env;
const say = (line: string) => process.stdout.write(`${line}\n`);
const stopped = new Promise((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, resolve);
});

await using demo = await startDemo({
  folder: DATA_DIR ?? fileURLToPath(new URL(".tideover", import.meta.url)),
  ports: { shop: Number(SHOP_PORT), gateway: Number(GATEWAY_PORT), upstream: Number(UPSTREAM_PORT) },
  provider: process.env.DEEPSEEK_URL,
  key: SHOP_KEY,
  fresh: FRESH ?? "30s",
  timeScale: 0.5,
  say,
});
const { upstream } = demo;
if (upstream !== undefined) {
  const names = listProfiles().map(({ name }) => name);
  const usage = `Type how the provider does, and Enter: ${names.join(", ")}. Ctrl-C ends it all.`;
  say(usage);
  createInterface({ input: process.stdin }).on("line", (line) => {
    const profile = line.trim();
    if (!names.includes(profile)) return say(usage);
    upstream.model.setProfile(profile);
    say(`The provider: ${profile}.`);
  });
}
await stopped;
say("Closing ...");
// What is typed is not waited for.
process.stdin.destroy();
