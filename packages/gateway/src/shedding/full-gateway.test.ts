import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolveConfig } from "tideover/config";
import { afterEach, expect, test } from "vitest";
import { createGateway } from "../gateway.ts";
import { SILENT_LOG } from "../logging/log.ts";
import { startServer } from "../server/index.ts";
import { systemClock, systemIds, systemRandom } from "../system.ts";
import { createNodeTransport } from "../transport/index.ts";
import { until } from "../transport/testing/raw-server.ts";
import { LoadShedding } from "./load-shedding.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const event = (content: string) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;

/** A provider whose streams begin at once and end when the test says so. */
async function heldProvider() {
  const held: ServerResponse[] = [];
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(event("begun "));
      held.push(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const finish = () => {
    for (const response of held.splice(0)) {
      response.write(event("and whole"));
      response.end(
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`,
      );
    }
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, finish, held };
}

test("a full process refuses at once with 503 and Retry-After, by class, and serves on what it has", async () => {
  const provider = await heldProvider();
  const loaded = resolveConfig({
    server: {
      shedding: { mostOpen: 10 },
      keys: [{ name: "all", key: "sk-caller-key", maxPriority: 0 }],
    },
    providers: {
      held: { preset: "openai-compatible", baseUrl: provider.url, apiKey: "k", limit: "off", upstream: "stream" },
    },
    routes: [{ model: "*", cache: { when: "never" }, ladder: ["held"] }],
  });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  const log = SILENT_LOG;
  // The loop of a test machine may be late for reasons of its own: here it is said to be calm.
  const watch = () => () => undefined;
  const shedding = new LoadShedding({ clock: systemClock, log, watch });
  const transport = createNodeTransport();
  const { config } = loaded;
  const outside = { transport, clock: systemClock, random: systemRandom, ids: systemIds, log };
  const gateway = createGateway({ config, ...outside, shedding });
  const server = await startServer({
    ...{ handler: gateway.handler, host: "127.0.0.1", port: 0, log },
    limits: config.server.limits,
  });
  const { url } = server;
  closing.push(
    () => server.close(0),
    () => gateway.close(),
    () => transport.close(),
  );
  const ask = (priority: number) =>
    fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: "Bearer sk-caller-key",
        priority: `u=${priority}`,
      },
      body: JSON.stringify({ model: "any", stream: true, messages: [{ role: "user", content: "Hi" }] }),
    });

  const streams: Response[] = [];
  for (let count = 0; count < 10; count++) streams.push(await ask(3));
  expect(streams.map(({ status }) => status)).toEqual(Array(10).fill(200));

  const refused = await ask(3);
  const body = (await refused.json()) as { error: { code: string } };
  expect([refused.status, body.error.code, refused.headers.get("retry-after")]).toEqual([503, "load_shed", "2"]);
  expect((await ask(7)).headers.get("retry-after")).toBe("10");
  const critical = await ask(0);
  expect(critical.status).toBe(200);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(provider.held).toHaveLength(11);

  provider.finish();
  for (const stream of [...streams, critical]) {
    const text = await stream.text();
    expect(text).toContain("and whole");
    expect(text).toContain("[DONE]");
  }
  await until(() => shedding.snapshot().open === 0);
  const again = await ask(3);
  expect(again.status).toBe(200);
  provider.finish();
  await again.text();
});
