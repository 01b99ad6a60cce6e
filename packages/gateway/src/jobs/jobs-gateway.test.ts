import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { resolveConfig } from "tideover/config";
import { afterEach, expect, test } from "vitest";
import { createGateway } from "../gateway.ts";
import { SILENT_LOG } from "../logging/index.ts";
import { startServer } from "../server/index.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { systemClock, systemIds, systemRandom } from "../system.ts";
import { createNodeTransport } from "../transport/index.ts";
import { openJobs } from "./open-jobs.ts";
import { signWith, ticketSecret } from "./ticket-secret.ts";

const SECRET = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A provider that can be out, and a gateway before it with tickets. */
async function office(ladder: readonly object[], server: object = {}) {
  const provider = { isOut: false, asked: 0 };
  const upstream = await listen((_request, response) => {
    provider.asked++;
    const message = { role: "assistant", content: "A lamp of warm light." };
    const answer = {
      id: "1",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message, finish_reason: "stop" }],
    };
    response.writeHead(provider.isOut ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(provider.isOut ? { error: { message: "busy" } } : answer));
  });
  const written = {
    server,
    providers: { p: { preset: "openai-compatible", baseUrl: `${upstream}/v1`, breaker: "off" } },
    routes: [{ name: "r", model: "*", cache: "off", retry: "off", ladder: ["p", ...ladder] }],
  };
  const resolved = resolveConfig(written);
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const { config } = resolved;
  const folder = temporaryFolder();
  const dataDir = DataDir.open(join(folder.path, "data"), "test");
  const outside = { clock: systemClock, random: systemRandom, ids: systemIds, log: SILENT_LOG };
  const jobs = await openJobs({ config, dataDir: () => dataDir, ...outside });
  const transport = createNodeTransport();
  const gateway = createGateway({ config, transport, ...outside, jobs });
  const running = await startServer({
    handler: gateway.handler,
    host: "127.0.0.1",
    port: 0,
    limits: config.server.limits,
    log: SILENT_LOG,
  });
  closers.push(async () => {
    await running.close(0);
    await gateway.close();
    await jobs?.close();
    await transport.close();
    await dataDir.close();
    folder[Symbol.dispose]();
  });
  const ask = (headers: Record<string, string> = {}) =>
    fetch(`${running.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({
        model: "m",
        messages: [{ role: "user", content: "Describe it" }],
        metadata: { name: "Lamp" },
      }),
    });
  const job = async (id: string) =>
    (await (await fetch(`${running.url}/v1/jobs/${id}`)).json()) as Record<string, unknown>;
  const ended = async (id: string) => {
    for (let waited = 0; ; waited += 50) {
      const shown = await job(id);
      if (shown.status !== "queued" && shown.status !== "running") return shown;
      if (waited > 20_000) throw new Error(`The job did not end: ${JSON.stringify(shown)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return { provider, gateway, config, ask, job, ended, url: running.url };
}

test("the shop's page gets the template now, names its ticket, and the better text comes later", async () => {
  const { provider, ask, ended, url } = await office([
    { template: { text: "{{metadata.name}}" } },
    { ticket: { beside: ["template"] } },
  ]);
  provider.isOut = true;
  const now = await ask();
  const ticket = now.headers.get("tideover-ticket") ?? "";
  const id = /job_\w+/.exec(ticket)?.[0] ?? "";
  expect([now.status, now.headers.get("tideover-rung")]).toEqual([200, "template"]);
  const body = (await now.json()) as { tideover: object; choices: { message: { content: string } }[] };
  expect(body.choices[0]?.message.content).toBe("Lamp");
  expect(body.tideover).toMatchObject({ rung: "template", ticket });
  expect((await fetch(`${url}${ticket}`, { headers: { origin: "https://shop.example" } })).status).toBe(200);
  const again = await ask();
  expect(again.headers.get("tideover-ticket")).toBe(ticket);
  provider.isOut = false;
  expect(await ended(id)).toMatchObject({
    status: "succeeded",
    response: { body: { choices: [{ message: { content: "A lamp of warm light." } }] } },
  });
});

test("a ticket for everybody, and the receiver of a webhook is told of its end", async () => {
  const told: { body: string; headers: Record<string, string> }[] = [];
  const hook = await listen((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      told.push({ body, headers: request.headers as Record<string, string> });
      response.writeHead(204).end();
    });
  });
  const { provider, ask, ended } = await office([{ ticket: { always: true } }], {
    webhooks: [{ url: `${hook}/hook`, secrets: [SECRET], private: true }],
  });
  provider.isOut = true;
  const accepted = await ask();
  expect(accepted.status).toBe(202);
  const { id } = (await accepted.json()) as { id: string };
  provider.isOut = false;
  await ended(id);
  for (let waited = 0; told.length === 0 && waited < 10_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(new Webhook(SECRET).verify(told[0]?.body ?? "", told[0]?.headers ?? {})).toMatchObject({
    type: "job.succeeded",
    data: { id },
  });
});

test("jobs go on under a changed configuration", async () => {
  const { gateway, config, ask, ended } = await office([{ ticket: {} }]);
  gateway.reload(config);
  const { id } = (await (await ask({ prefer: "respond-async" })).json()) as { id: string };
  expect((await ended(id)).status).toBe("succeeded");
});

test.each([
  ["with tickets", [{ ticket: {} }]],
  ["without", []],
])("a waiting caller's request under a key is asked once, on a route %s", async (_, ladder) => {
  const { provider, ask } = await office(ladder);
  const key = { "idempotency-key": "order-7" };
  const first = await (await ask(key)).json();
  const again = await ask(key);
  expect(again.status).toBe(200);
  expect(await again.json()).toMatchObject({ choices: (first as { choices: object[] }).choices });
  expect(provider.asked).toBe(1);
});

test("the secret of links is made once, kept to its owner, and the configuration's wins", () => {
  using folder = temporaryFolder();
  const made = ticketSecret(undefined, folder.path);
  expect(made).toHaveLength(43);
  expect(ticketSecret(undefined, folder.path)).toBe(made);
  expect(ticketSecret("configured", folder.path)).toBe("configured");
  expect(signWith(made)("x")).not.toBe(signWith("other")("x"));
});
