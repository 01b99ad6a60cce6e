import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TenantErasure } from "../../packages/gateway/src/admin/api-types.ts";
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { type SpawnedCommand, spawnCommand } from "../acceptance/spawn-command.ts";

/** What a machine that does much else may take, in ms. */
const PATIENT = { timeout: 60_000, interval: 100 };
const GONE = { key: "key-of-harbour-shop", tenant: "tenant-harbour-shop", marker: "harbour-marker-4711" };
const STAYS = { key: "key-of-lagoon-bank", tenant: "tenant-lagoon-bank", marker: "lagoon-marker-0815" };
type Tenant = typeof GONE;

let folder: ReturnType<typeof temporaryFolder>;
let upstream: UpstreamServer;
let dead: UpstreamServer;
let gateway: SpawnedCommand;

beforeAll(async () => {
  folder = temporaryFolder();
  upstream = await startUpstreamServer({ profile: "calm", timeScale: 0.02, pacing: { jitter: 0 } });
  dead = await startUpstreamServer({ profile: "outage" });
  writeFileSync(join(folder.path, "tideover.yaml"), configuration(upstream.url, dead.url));
  gateway = await spawnCommand(["serve", "--port", "0", "--log-level", "error"], folder.path);
}, 60_000);

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await Promise.all([upstream?.close(), dead?.close()]);
  folder?.[Symbol.dispose]();
}, 60_000);

test("everything that was kept of a tenant is gone, bytes included, and nothing of another", async () => {
  for (const tenant of [GONE, STAYS]) await leaveTraces(tenant);
  const files = (what: Tenant) => filesWith(what, join(folder.path, "data"));
  const stores = ["answers.sqlite", "batches.sqlite", "jobs.sqlite", "review.sqlite"];
  // Until all that is written later is written: what is to be found gone must have been there.
  await expect.poll(() => files(GONE), PATIENT).toEqual(expect.arrayContaining(stores));
  await expect.poll(() => files(STAYS), PATIENT).toEqual(expect.arrayContaining(stores));
  const before = files(STAYS);

  const response = await fetch(`${gateway.url}/admin/api/tenants/${GONE.tenant}`, { method: "DELETE" });
  expect(response.status).toBe(200);
  const erased = (await response.json()) as TenantErasure;
  expect(erased).toMatchObject({ batches: 1, files: 1, reviews: 1 });
  // The queued ticket, the line of the batch, the answer under a key, and the response that was kept.
  expect(erased.jobs).toBeGreaterThanOrEqual(4);
  expect(erased.answers).toBeGreaterThanOrEqual(1);
  expect(erased.requests).toBeGreaterThanOrEqual(1);

  expect(files(GONE)).toEqual([]);
  expect(files(STAYS)).toEqual(before);
  expect(await listed(GONE)).toEqual({ jobs: 0, files: 0, batches: 0, reviews: 0, requests: 0 });
  const kept = await listed(STAYS);
  expect(kept).toMatchObject({ files: 1, batches: 1, reviews: 1 });
  expect(kept.jobs).toBeGreaterThanOrEqual(1);
  expect(kept.requests).toBeGreaterThanOrEqual(1);

  // Also once everything is closed; and again changes nothing.
  const again = await fetch(`${gateway.url}/admin/api/tenants/${GONE.tenant}`, { method: "DELETE" });
  expect(await again.json()).toEqual({ batches: 0, files: 0, jobs: 0, reviews: 0, answers: 0, requests: 0 });
  gateway.terminate();
  await gateway.exit;
  expect(files(GONE)).toEqual([]);
  expect(files(STAYS)).not.toEqual([]);
}, 180_000);

/** One of everything that is kept of a tenant. */
async function leaveTraces(tenant: Tenant): Promise<void> {
  const { marker } = tenant;
  const messages = [{ role: "user", content: `Describe ${marker}.` }];
  const cached = await ask(tenant, "/v1/chat/completions", { model: "good", temperature: 0, messages });
  expect(cached.status).toBe(200);
  const keyed = { "idempotency-key": `key-${marker}` };
  const once = await ask(tenant, "/v1/chat/completions", { model: "good", messages }, keyed);
  expect(once.status).toBe(200);
  const kept = await ask(tenant, "/v1/responses", { model: "good", input: `Tell of ${marker}.`, store: true });
  expect(kept.status).toBe(200);
  const ticket = await ask(
    tenant,
    "/v1/chat/completions",
    { model: "dead-later", messages },
    { prefer: "respond-async" },
  );
  expect(ticket.status).toBe(202);
  const stopgap = await ask(tenant, "/v1/chat/completions", { model: "dead", messages, metadata: { name: marker } });
  expect(stopgap.headers.get("tideover-rung")).toBe("template");
  const line = { custom_id: `line-${marker}`, method: "POST", url: "/v1/chat/completions" };
  const form = new FormData();
  form.set("purpose", "batch");
  form.set("file", new Blob([JSON.stringify({ ...line, body: { model: "dead-later", messages } })]), `${marker}.jsonl`);
  const authorization = `Bearer ${tenant.key}`;
  const sent = await fetch(`${gateway.url}/v1/files`, { method: "POST", headers: { authorization }, body: form });
  const { id } = (await sent.json()) as { id: string };
  const order = { input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" };
  const batch = (await (await ask(tenant, "/v1/batches", order)).json()) as { id: string };
  const state = async () => {
    const answer = await fetch(`${gateway.url}/v1/batches/${batch.id}`, { headers: { authorization } });
    return ((await answer.json()) as { status: string }).status;
  };
  await expect.poll(state, PATIENT).toBe("in_progress");
}

function ask(tenant: Tenant, path: string, body: object, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${tenant.key}`, ...headers },
    body: JSON.stringify(body),
  });
}

/** How many of each sort are still shown of a tenant, to itself and to operators. */
async function listed(tenant: Tenant) {
  const length = async (path: string, member: string) => {
    const response = await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${tenant.key}` } });
    expect(response.status).toBe(200);
    const list = ((await response.json()) as Record<string, readonly { readonly tenant?: string }[]>)[member] ?? [];
    return list.filter((entry) => entry.tenant === undefined || entry.tenant === tenant.tenant).length;
  };
  return {
    jobs: await length("/v1/jobs", "data"),
    files: await length("/v1/files", "data"),
    batches: await length("/v1/batches", "data"),
    reviews: await length("/admin/api/review", "entries"),
    requests: await length("/admin/api/requests", "requests"),
  };
}

/** The files of a folder in which a tenant's name or its text can be found, with logs of databases under their names. */
function filesWith({ tenant, marker }: Tenant, path: string): readonly string[] {
  const found = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return bytes.includes(tenant) || bytes.includes(marker);
    })
    .map(({ name }) => name.replace(/-wal$/, ""));
  return [...new Set(found)].sort();
}

function configuration(good: string, bad: string): string {
  const key = ({ key, tenant }: Tenant) => `{ name: ${tenant}, key: ${key}, tenant: ${tenant} }`;
  return `server:
  dataDir: data
  records: { prompts: true }
  keys: [${key(GONE)}, ${key(STAYS)}]
providers:
  good: { preset: deepseek, baseUrl: "${good}", apiKey: simulated }
  bad: { preset: deepseek, baseUrl: "${bad}", apiKey: simulated, breaker: { consecutive: 3, open: 1h } }
routes:
  - { name: good, model: good, cache: { when: always, fresh: 1h, stale: 1d }, ladder: [good, ticket] }
  - { name: later, model: dead-later, deadline: 5s, ladder: [bad, ticket] }
  - name: dead
    model: dead
    deadline: 5s
    firstToken: 1s
    ladder: [bad, { template: { text: "A fine thing: {{metadata.name}}.", review: true } }]
`;
}
