import { writeFileSync } from "node:fs";
import { startUpstreamServer } from "@tideover/simulator";
import { describe, expect, test } from "vitest";
import type { ReviewEntryDetail, ReviewList } from "../../packages/gateway/src/admin/review-types.ts";
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { type SpawnedCommand, spawnCommand } from "../acceptance/spawn-command.ts";
import { hasPostgres, startPostgres } from "../harness/postgres.ts";

/** What a machine that does much else may take, in ms. */
const PATIENT = { timeout: 60_000, interval: 250 };

describe.runIf(hasPostgres())("a review inbox that gateways share", () => {
  test("what one gave waits at the other, is decided there, and the first one shows who did it", async () => {
    await using made = new AsyncDisposableStack();
    const server = made.use(await startPostgres());
    const address = server.newDatabase();
    const upstream = await startUpstreamServer({ profile: "outage" });
    made.defer(() => upstream.close());
    const start = async (): Promise<SpawnedCommand> => {
      const folder = made.use(temporaryFolder());
      writeFileSync(`${folder.path}/tideover.yaml`, configuration(upstream.url, address));
      return made.use(await spawnCommand(["serve", "--port", "0", "--log-level", "error"], folder.path));
    };
    const [one, other] = [await start(), await start()];
    const stopgap = await fetch(`${one.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        ...{ model: "m", temperature: 0, metadata: { name: "a sextant" } },
        messages: [{ role: "user", content: "Describe a sextant." }],
      }),
    });
    expect(stopgap.headers.get("tideover-rung")).toBe("template");

    const waiting = async () => {
      const list = (await (await fetch(`${other.url}/admin/api/review?state=waiting`)).json()) as ReviewList;
      return list.entries.map(({ id }) => id);
    };
    await expect.poll(waiting, PATIENT).toHaveLength(1);
    const [id] = await waiting();
    const decided = await fetch(`${other.url}/admin/api/review/${id}/edit`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ by: "ann", text: "A sextant that finds its way home." }),
    });
    expect(decided.status).toBe(200);
    const seen = (await (await fetch(`${one.url}/admin/api/review/${id}`)).json()) as ReviewEntryDetail;
    expect(seen).toMatchObject({ state: "edited", answer: "A sextant that finds its way home." });
    expect(seen.events.map(({ action, by }) => `${action} ${by}`)).toEqual([
      "received tideover",
      "edit ann (this machine)",
    ]);
  }, 180_000);
});

function configuration(upstream: string, address: string): string {
  return `stores: { history: "${address}", review: "${address}" }
providers:
  deepseek: { preset: deepseek, apiKey: sk-test, baseUrl: "${upstream}" }
routes:
  - name: copy
    model: "*"
    deadline: 5s
    firstToken: 1s
    ladder: [deepseek, { template: { text: "A fine thing: {{metadata.name}}.", review: true } }]
`;
}
