import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Outlook } from "../outlook/outlook.ts";
import { StoreSettingsError } from "../stores/store-address.ts";
import { until } from "../transport/testing/raw-server.ts";
import { runCli } from "./run-cli.ts";
import { findOllama } from "./serve/find-ollama.ts";
import { type ScriptedIo, scriptedIo } from "./testing/scripted-io.ts";

let folder: string;
const upstreams: UpstreamServer[] = [];
const started: { io: ScriptedIo; ended: Promise<number> }[] = [];
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-"));
});
afterEach(async () => {
  for (const { io, ended } of started.splice(0)) {
    io.send("SIGTERM");
    await ended;
  }
  await Promise.all(upstreams.splice(0).map((server) => server.close()));
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true });
});

async function upstream(): Promise<string> {
  const server = await startUpstreamServer({ profile: "faults", seed: 1 });
  upstreams.push(server);
  return server.url;
}

/** Starts a command that goes on until a signal, and gives its address. */
async function start(line: string, io = scriptedIo(folder)) {
  const ended: Promise<number> = runCli(line.split(" "), io);
  started.push({ io, ended });
  await until(() => /http:\/\/[\w.:[\]]+/.test(io.out()) || io.err() !== "");
  const url = /http:\/\/[\w.:[\]]+/.exec(io.out())?.[0] ?? "";
  return { io, ended, url };
}

const configFor = (url: string) => `
server: { drain: 5s }
providers:
  here: { preset: deepseek, baseUrl: "${url}", apiKey: sk-test-1234 }
routes:
  - { name: all, model: "*", firstToken: 2s, ladder: [here] }
`;

const ask = (url: string, body: object) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ messages: [{ role: "user", content: "Hi" }], ...body }),
  });

describe("serve", () => {
  test("that finds something wrong once it listens lets go of the port, or it would never end", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    await new Promise((resolve) => taken.close(resolve));
    await writeFile(join(folder, "tideover.yaml"), configFor("http://127.0.0.1:9"));
    vi.spyOn(Outlook.prototype, "start").mockRejectedValueOnce(new StoreSettingsError("The history cannot be opened."));
    const io = scriptedIo(folder);
    expect(await runCli(["serve", "--port", String(port), "--log-level", "silent"], io)).toBe(1);
    expect(io.err()).toContain("The history cannot be opened.");
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });

  test("serves a file's configuration, says how to try it, and stops on a signal", async () => {
    await writeFile(join(folder, "tideover.yaml"), configFor(await upstream()));
    const { io, ended, url } = await start("serve --port 0 --log-level silent");
    await until(() => io.out().includes("curl"));
    expect(io.out()).toContain(`Dashboard: ${url}/dashboard\n`);
    expect(io.out()).toContain("Configuration: tideover.yaml");
    expect(io.out()).toContain("Route all (*): here");
    expect(io.out()).toContain(`curl -N ${url}/v1/chat/completions`);
    const response = await ask(url, { model: "deepseek-chat" });
    expect([response.status, response.headers.get("tideover-rung")]).toEqual([200, "live"]);
    io.send("SIGINT");
    expect(await ended).toBe(0);
    expect(io.out()).toContain("Stopped.");
    expect([io.listeners(), io.exits]).toEqual([0, []]);
    await expect(fetch(url)).rejects.toThrow();
  });

  test("a signal lets an open stream finish", async () => {
    await writeFile(join(folder, "tideover.yaml"), configFor(await upstream()));
    const { io, ended, url } = await start("serve --port 0 --log-level silent");
    const response = await ask(url, { model: "fault-trickle", stream: true, max_tokens: 4 });
    const reader = response.body?.getReader();
    await reader?.read();
    io.send("SIGTERM");
    await until(() => io.out().includes("Stopping: 1 open request may finish within 5 s."));
    // A second signal does not wait for it.
    io.send("SIGTERM");
    expect(io.exits).toEqual([143]);
    await reader?.cancel();
    expect(await ended).toBe(0);
  });

  test("a changed file is taken on SIGHUP, a bad one refused", async () => {
    const file = join(folder, "tideover.yaml");
    const address = await upstream();
    await writeFile(file, configFor(address));
    const { io, url } = await start("serve --port 0 --log-level silent");
    const models = async () => (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
    expect((await models()).data.map(({ id }) => id)).not.toContain("special");
    const special = "routes:\n  - { name: special, model: special, ladder: [here] }";
    await writeFile(file, configFor(address).replace("routes:", special));
    io.send("SIGHUP");
    await vi.waitFor(async () => expect((await models()).data.map(({ id }) => id)).toContain("special"), 5_000);
    await writeFile(file, "routes: nonsense");
    io.send("SIGHUP");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await ask(url, { model: "deepseek-chat" })).status).toBe(200);
  });

  test("with nothing configured it is the demo, and says so wherever an answer comes from", async () => {
    const { io, url } = await start("serve --port 0 --log-level silent");
    await until(() => io.out().includes("curl"));
    expect(io.out()).toMatch(/DEMO: .*SIMULATED/);
    const response = await ask(url, { model: "deepseek-chat", max_tokens: 2 });
    expect(response.status).toBe(200);
    expect(response.headers.get("tideover-provider")).toMatch(/^simulated-/);
  });

  test("for scripts: one JSON line", async () => {
    await writeFile(join(folder, "other.yaml"), configFor(await upstream()));
    const { io, url } = await start("serve --config other.yaml --port 0 --json --log-level silent");
    expect(JSON.parse(io.out())).toEqual({ event: "listening", url, from: "file", file: "other.yaml" });
  });

  test.each([
    ["a bad file", "routes: 1", "serve --port 0", "tideover.yaml:1: routes"],
    ["a host for everyone without keys", undefined, "serve --port 0 --host 0.0.0.0", "Set server.keys"],
    [
      "a certificate that is not there",
      "server: { ca: [ca.pem] }",
      "serve --port 0",
      "ca.pem (server.ca) cannot be read",
    ],
    ["a proxy that is none", "server: { proxy: 'ftp://x' }", "serve --port 0", "proxy"],
  ])("%s: a message that says what to do, exit 1", async (_name, text, line, message) => {
    if (text !== undefined) {
      const whole = text.startsWith("routes")
        ? text
        : configFor("http://127.0.0.1:9").replace("server: { drain: 5s }", text);
      await writeFile(join(folder, "tideover.yaml"), whole);
    }
    const io = scriptedIo(folder);
    expect(await runCli(line.split(" "), io)).toBe(1);
    expect(io.err()).toContain(message);
    expect(io.err()).not.toContain("unexpectedly");
  });

  test("a taken port", async () => {
    const { url } = await start("serve --port 0 --log-level silent");
    const port = new URL(url).port;
    const io = scriptedIo(folder);
    expect(await runCli(["serve", "--port", port], io)).toBe(1);
    expect(io.err()).toBe(`Port ${port} is taken; use --port or set server.port\n`);
  });
});

describe("status", () => {
  test("a running gateway, in words and in JSON", async () => {
    const { url } = await start("serve --port 0 --log-level silent");
    const io = scriptedIo(folder);
    expect(await runCli(["status", "--url", url], io)).toBe(0);
    expect(io.out()).toMatch(/\/healthz\s+alive\n\s+\/readyz\s+ready/);
    expect(io.out()).toMatch(/route \S+\s+normal\s+since \d{4}-/);
    const forScripts = scriptedIo(folder);
    expect(await runCli(["status", "--url", `${url}/`, "--json"], forScripts)).toBe(0);
    expect(JSON.parse(forScripts.out())).toMatchObject({ url, ok: true, alive: true, ready: true, level: "normal" });
  });

  test("nothing there", async () => {
    const io = scriptedIo(folder);
    expect(await runCli(["status", "--url", "http://127.0.0.1:9"], io)).toBe(1);
    expect(io.out()).toContain("nothing listens there; start it with `tideover serve`");
  });

  test("something else there", async () => {
    const url = await serveJson(404, {});
    const io = scriptedIo(folder);
    expect(await runCli(["status", "--url", url], io)).toBe(1);
    expect(io.out()).toContain("answered 404; is this a Tideover gateway?");
  });

  test("a gateway that drains says why it is not ready", async () => {
    const url = await serveJson(503, { status: "not-ready", reasons: ["draining"] });
    const io = scriptedIo(folder);
    expect(await runCli(["status", "--url", url], io)).toBe(1);
    expect(io.out()).toMatch(/not ready\s+draining/);
  });
});

async function serveJson(status: number, body: unknown): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("upstream", () => {
  test("runs a simulated provider until a signal, labelled as simulated", async () => {
    const { io, ended, url } = await start("upstream --profile faults --port 0");
    expect(io.out()).toContain(`SIMULATED upstream (faults) at ${url}`);
    expect((await ask(url, { model: "deepseek-chat", max_tokens: 2 })).status).toBe(200);
    expect((await ask(url, { model: "fault-503" })).status).toBe(503);
    io.send("SIGTERM");
    expect(await ended).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe("a local Ollama", () => {
  test("its models are found", async () => {
    const url = await serveJson(200, { models: [{ name: "deepseek-r1:8b" }, { name: "qwen3" }, {}] });
    expect(await findOllama(url)).toEqual({ reachable: true, models: ["deepseek-r1:8b", "qwen3"] });
  });

  test("something else at its place, or nothing", async () => {
    expect(await findOllama(await serveJson(200, []))).toEqual({ reachable: true, models: [] });
    expect(await findOllama(await serveJson(404, {}))).toEqual({ reachable: false, models: [] });
    expect(await findOllama("http://127.0.0.1:9/api/tags")).toEqual({ reachable: false, models: [] });
  });
});
