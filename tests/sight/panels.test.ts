import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer } from "@tideover/simulator";
import { expect, test } from "vitest";
import { DASHBOARDS } from "../../deploy/grafana/dashboards.ts";
import { spawnCommand } from "../acceptance/spawn-command.ts";
import { startPrometheus } from "../harness/prometheus.ts";

/** What a machine that does much else may take, in ms. */
const PATIENT = { timeout: 90_000, interval: 500 };
/** Every fault that a panel tells of strikes one call in so many, by turns; the rest of an answer comes whole. */
const FAULTS = ["429", "500", "reset", "empty", "cut-12", "cut-clean-9"] as const;

const QUERIES = Object.entries(DASHBOARDS).flatMap(([file, { panels }]) =>
  panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => ({ name: `${file}: ${title}: ${legendFormat}`, expr: asked(expr) })),
  ),
);

/** A query as Grafana sends it, with everything chosen. */
function asked(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll(/\$(route|provider)/g, ".*");
}

test("every query of every Grafana panel has something to draw, of a gateway that has been through faults", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tideover-panels-"));
  const first = await startUpstreamServer({ profile: "faults", seed: 1, faultFor: ({ ordinal }) => fault(ordinal) });
  const second = await startUpstreamServer({ profile: "calm", seed: 2, timeScale: 0.02 });
  try {
    writeFileSync(join(folder, "tideover.yaml"), configuration(first.url, second.url));
    await using gateway = await spawnCommand(["serve", "--port", "0", "--log-level", "error"], folder);
    await using prometheus = await startPrometheus(new URL(gateway.url).host);
    const empty = async () => {
      await someTraffic(gateway.url);
      const missing: string[] = [];
      for (const { name, expr } of QUERIES) {
        const series = await prometheus.query(expr);
        if (!series.some(({ value }) => Number.isFinite(value))) missing.push(name);
      }
      return missing;
    };
    await expect.poll(empty, PATIENT).toEqual([]);
  } finally {
    await Promise.all([first.close(), second.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);

function fault(ordinal: number): string | undefined {
  return ordinal % 2 === 0 ? FAULTS[(ordinal / 2) % FAULTS.length] : undefined;
}

/** Calls of every sort: streamed and not, cached, at a full gateway, for later, and one whose caller leaves. */
async function someTraffic(url: string): Promise<void> {
  const calls = Array.from({ length: 40 }, async (_, ordinal) => {
    const leaving = AbortSignal.timeout(ordinal % 10 === 9 ? 60 : 30_000);
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        priority: "u=3",
        ...(ordinal % 10 === 4 ? { prefer: "respond-async" } : {}),
      },
      body: JSON.stringify({
        model: ordinal % 10 === 7 ? "hedged" : "deepseek-flash",
        stream: ordinal % 2 === 0,
        temperature: ordinal % 5 === 0 ? 0 : 1,
        messages: [
          { role: "user", content: ordinal % 5 === 0 ? "Again?" : `Tell of ${ordinal}. sim_output_tokens=20` },
        ],
      }),
      signal: leaving,
    });
    await response.arrayBuffer();
  });
  // Refused, cut and abandoned ones are what is wanted.
  await Promise.allSettled(calls);
}

function configuration(first: string, second: string): string {
  const limit = "{ concurrency: 3 }";
  return `server:
  dataDir: data
  shedding: { mostOpen: 12 }
providers:
  first: { preset: deepseek, baseUrl: "${first}", apiKey: simulated, limit: ${limit}, breaker: { consecutive: 20 } }
  second: { preset: deepseek, baseUrl: "${second}", apiKey: simulated, limit: ${limit} }
routes:
  - name: main
    model: deepseek-flash
    deadline: 10s
    budget: { hard: 100 USD/d }
    retry: { attempts: 3, same: always, baseDelay: 5ms, maxDelay: 20ms, budget: off }
    ladder: [first, second, { template: { text: "Later, please." } }, ticket]
  - { name: hedged, model: hedged, hedge: { after: 1ms, budget: 100% }, ladder: [second, first] }
`;
}
