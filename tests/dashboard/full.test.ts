import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer } from "@tideover/simulator";
import { expect, test } from "vitest";
import { spawnCommand } from "../acceptance/spawn-command.ts";
import { seriousFindings } from "./accessibility.ts";
import { launchBrowser, openPage, PATIENT, watchedPage } from "./browser.ts";

test("a full gateway is told at the top of the overview, with why, and the sentence below tells what callers see", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tideover-full-"));
  // Streams that begin and then stand still: they stay open.
  const upstream = await startUpstreamServer({ profile: "faults", faultFor: () => "stall-1" });
  const asking = new AbortController();
  try {
    writeFileSync(join(folder, "tideover.yaml"), configuration(upstream.url));
    await using gateway = await spawnCommand(["serve", "--port", "0", "--log-level", "error"], folder);
    const ask = async () => {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "any", stream: true, messages: [{ role: "user", content: "Hi" }] }),
        signal: asking.signal,
      });
      if (response.status === 503) await response.arrayBuffer();
      return response;
    };
    const held = [await ask(), await ask()];
    expect(held.map(({ status }) => status)).toEqual([200, 200]);
    const browser = await launchBrowser();
    try {
      const { page, errors } = await watchedPage(await browser.newContext({ locale: "en-GB" }));
      await openPage(page, gateway.url, "");
      const told = async () => {
        expect((await ask()).status).toBe(503);
        return page.locator("main").innerText();
      };
      await expect.poll(told, PATIENT).toMatch(/This gateway itself is full: \d+ calls were refused .*mostOpen allows/);
      await expect.poll(told, PATIENT).toContain("No. Only 0% are answered.");
      await expect.poll(told, PATIENT).toMatch(/room for 2, [<\d.]+% busy/);
      await expect.poll(() => seriousFindings(page), PATIENT).toEqual([]);
      expect(errors).toEqual([]);
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(metrics).toMatch(/^tideover_calls_shed_total\{reason="most-open",class="standard"\} [1-9]/m);
      expect(metrics).toMatch(/^tideover_calls_open 2$[\s\S]*^tideover_calls_allowed 2$/m);
    } finally {
      await browser.close();
    }
  } finally {
    asking.abort();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);

function configuration(upstream: string): string {
  return `server: { dataDir: data, shedding: { mostOpen: 2 } }
providers:
  harbour: { preset: deepseek, baseUrl: "${upstream}", apiKey: simulated }
routes:
  - { model: "*", gap: 10m, ladder: [harbour] }
`;
}
