import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../packages/gateway/src/cli/run-cli.ts";
import { type ScriptedIo, scriptedIo } from "../../packages/gateway/src/cli/testing/scripted-io.ts";
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { ask, askStreamed, chat, contentOf } from "../harness/ask.ts";

let upstream: UpstreamServer;
beforeAll(async () => {
  upstream = await startUpstreamServer({ profile: "faults", pacing: { ttftMs: 1, tokensPerSecond: 10_000 } });
});
afterAll(() => upstream.close());

const BODY = chat("sim-chat", { temperature: 0 });

function writeConfig(folder: string, more: object = {}): void {
  const config = {
    server: { port: 0 },
    providers: { only: { preset: "deepseek", baseUrl: upstream.url, apiKey: "sk-simulated" } },
    routes: [{ name: "copy", model: "*", cache: { tags: ["spring"] }, ladder: ["only", "stale"] }],
    ...more,
  };
  // JSON is YAML.
  writeFileSync(join(folder, "tideover.yaml"), JSON.stringify(config));
}

/** The real command in this process: `serve` until it is disposed of. */
async function serve(folder: string) {
  const io = scriptedIo(folder);
  const ended = runCli(["serve", "--json", "--log-level", "silent"], io);
  const url = await announced(io, ended);
  return {
    url,
    async [Symbol.asyncDispose]() {
      io.send("SIGTERM");
      expect(await ended).toBe(0);
    },
  };
}

async function announced(io: ScriptedIo, ended: Promise<number>): Promise<string> {
  for (let turn = 0; turn < 4_000; turn++) {
    if (io.out().includes("\n")) return JSON.parse(io.out().split("\n")[0] ?? "").url;
    await Promise.race([ended.then((code) => Promise.reject(new Error(`${code}: ${io.err()}`))), pause(5)]);
  }
  throw new Error("The gateway said nothing.");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function command(folder: string, line: string): Promise<{ code: number; out: string; err: string }> {
  const io = scriptedIo(folder);
  const code = await runCli(line.split(" "), io);
  return { code, out: io.out(), err: io.err() };
}

describe("a gateway's stored answers", () => {
  it("survive a restart, are given in both forms, and are asked for once", async () => {
    using folder = temporaryFolder();
    writeConfig(folder.path);
    const before = upstream.model.counters.requests;
    let first: string;
    {
      await using gateway = await serve(folder.path);
      const reply = await ask(gateway.url, BODY);
      first = contentOf(reply.body);
      expect(reply.headers.get("cache-status")).toMatch(/fwd=miss; stored/);
    }
    await using gateway = await serve(folder.path);
    const streamed = await askStreamed(gateway.url, BODY);
    expect([streamed.content, streamed.done]).toEqual([first, true]);
    expect(streamed.headers.get("tideover-rung")).toBe("cache");
    expect(contentOf((await ask(gateway.url, BODY)).body)).toBe(first);
    expect(upstream.model.counters.requests - before).toBe(1);
  });

  it("are purged by what they are known by", async () => {
    using folder = temporaryFolder();
    writeConfig(folder.path);
    await using gateway = await serve(folder.path);
    await ask(gateway.url, BODY);
    const purge = (query: string) => fetch(`${gateway.url}/admin/api/cache?${query}`, { method: "DELETE" });
    expect(await (await purge("tag=autumn")).json()).toEqual({ purged: 0 });
    expect((await ask(gateway.url, BODY)).headers.get("cache-status")).toMatch(/hit/);
    expect(await (await purge("tag=spring&route=copy")).json()).toEqual({ purged: 1 });
    expect((await ask(gateway.url, BODY)).headers.get("cache-status")).toMatch(/fwd=miss/);
    expect((await purge("")).status).toBe(400);
    const byCommand = await command(folder.path, `cache purge --tenant anonymous --url ${gateway.url} --json`);
    expect([byCommand.code, byCommand.out]).toEqual([0, '{"purged":1}\n']);
  });

  it("belong to one gateway: a second one on the same folder is told whose it is", async () => {
    using folder = temporaryFolder();
    writeConfig(folder.path);
    await using _gateway = await serve(folder.path);
    const second = await command(folder.path, "serve");
    expect(second.code).toBe(1);
    expect(second.err).toMatch(/\.tideover is in use by "tideover serve" \(process \d+ .*server\.dataDir/);
  });
});

describe("tideover warm", () => {
  const PROMPTS = ["one", "two", "three"].map((prompt) =>
    JSON.stringify({ prompt, model: "sim-chat", temperature: 0 }),
  );

  it("fills the cache of a running gateway, and finds it filled the next time", async () => {
    using folder = temporaryFolder();
    writeConfig(folder.path);
    writeFileSync(join(folder.path, "prompts.jsonl"), PROMPTS.join("\n"));
    await using gateway = await serve(folder.path);
    const run = () => command(folder.path, `warm prompts.jsonl --json --url ${gateway.url}`);
    const first = await run();
    expect(first.code).toBe(0);
    expect(JSON.parse(first.out)).toMatchObject({ total: 3, generated: 3, failed: 0, stopped: false, failures: null });
    expect(JSON.parse((await run()).out)).toMatchObject({ generated: 0, present: 3 });
  });

  it("does it in this process where no gateway runs, for the gateway that comes", async () => {
    using folder = temporaryFolder();
    const port = await freePort();
    const keys = [{ name: "shop", key: "the-key-of-the-shop" }];
    writeConfig(folder.path, { server: { port, keys } });
    writeFileSync(join(folder.path, "prompts.jsonl"), PROMPTS.join("\n"));
    const { code, out } = await command(folder.path, "warm prompts.jsonl");
    expect(code).toBe(0);
    expect(out).toMatch(/^Generating 3 answers in this process; no gateway runs\n +3 +generated in/);
    await using gateway = await serve(folder.path);
    const body = { model: "sim-chat", temperature: 0, messages: [{ role: "user", content: "two" }] };
    const reply = await ask(gateway.url, body, { authorization: "Bearer the-key-of-the-shop" });
    expect(reply.headers.get("tideover-rung")).toBe("cache");
  });

  it("says what failed, in a file that can be warmed again", async () => {
    using folder = temporaryFolder();
    writeConfig(folder.path);
    const wrong = JSON.stringify({ model: "sim-chat", messages: [{ role: "nobody", content: "x" }] });
    writeFileSync(join(folder.path, "prompts.jsonl"), `${PROMPTS[0]}\n${wrong}\n`);
    await using gateway = await serve(folder.path);
    const { code, out } = await command(folder.path, `warm prompts.jsonl --url ${gateway.url}`);
    expect(code).toBe(1);
    expect(out).toMatch(/1 +failed\n {2}prompts\.jsonl, line 2: /);
    const failures = readFileSync(join(folder.path, "prompts.jsonl.failed.jsonl"), "utf8");
    expect(JSON.parse(failures)).toMatchObject({ model: "sim-chat", _failure: { line: 2, status: 422 } });
  });

  it.each([
    ["warm", 2, /Name a file with prompts/],
    ["warm absent.jsonl", 1, /There is no file absent\.jsonl/],
    ["warm prompts.jsonl --url http://127.0.0.1:1", 1, /nothing listens there/],
    ["warm prompts.jsonl --tenant shop", 2, /There is no tenant "shop"/],
    ["warm prompts.jsonl --concurrency 0", 2, /--concurrency is "0"/],
    ["cache purge", 2, /Say what to purge/],
    ["cache --route copy", 2, /Write `tideover cache purge`/],
  ])("`tideover %s` ends with %i", async (line, code, message) => {
    using folder = temporaryFolder();
    writeConfig(folder.path, { server: { port: await freePort() } });
    writeFileSync(join(folder.path, "prompts.jsonl"), PROMPTS.join("\n"));
    const ended = await command(folder.path, line);
    expect(ended.err).toMatch(message);
    expect(ended.code).toBe(code);
  });
});

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (typeof address !== "object" || address === null) throw new Error("No port.");
  return address.port;
}
