import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expectedAnswer, startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findRuntime } from "../edge/find-runtime.ts";
import { contentOf } from "../harness/ask.ts";
import { freePorts, isListening, ServerProcess } from "../harness/server-process.ts";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("runtimes/", import.meta.url));
/** How long a runtime may take to run a program, in ms: the machine may be busy. */
const RUN_MS = 60_000;
const PATIENCE = { timeout: 15_000, interval: 20 };
const SLOW = { timeout: RUN_MS, interval: 100 };
vi.setConfig({ testTimeout: 2 * RUN_MS, hookTimeout: RUN_MS });

const question = { model: "sim-chat", messages: [{ role: "user", content: "Describe the reading lamp 灯." }] } as const;
const expected = expectedAnswer(question).content;

/** The sources as they are, with what the workspace has installed; nothing is fetched. */
const UNBUILT = ["--no-config", "--no-lock", "--no-remote", "--no-check", "--node-modules-dir=manual"];
const MAY = ["--allow-env", "--allow-net", "--conditions=tideover-source"];

/** A runtime beside Node: how it runs a program, and how it serves a module's `fetch` on a port. */
interface Runtime {
  readonly name: string;
  /** Undefined where it is not installed. */
  readonly program: string | undefined;
  readonly runs: (file: string) => readonly string[];
  readonly serves: (file: string, port: number) => readonly string[];
}

const DENO: Runtime = {
  name: "deno",
  program: findRuntime("deno"),
  runs: (file) => ["run", ...UNBUILT, ...MAY, file],
  serves: (file, port) => ["serve", ...UNBUILT, ...MAY, "--host=127.0.0.1", `--port=${port}`, file],
};
const BUN: Runtime = {
  name: "bun",
  program: findRuntime("bun"),
  runs: (file) => ["--conditions=tideover-source", file],
  // It takes its port from the variable `PORT`.
  serves: (file) => ["--conditions=tideover-source", file],
};

let upstream: UpstreamServer;
let home: string;
beforeEach(async () => {
  home = await mkdtemp(`${tmpdir()}/tideover-runtimes-`);
  upstream = await startUpstreamServer({ profile: "faults" });
});
afterEach(async () => {
  await upstream.close();
  await rm(home, { recursive: true, force: true });
});

/** Where a runtime keeps what it has compiled and cached: nothing is left behind. */
const environment = () => ({
  ...process.env,
  UPSTREAM: upstream.url,
  SHOP_KEY: "key-of-the-shop",
  DENO_DIR: `${home}/deno`,
  DENO_NO_UPDATE_CHECK: "1",
  BUN_INSTALL_CACHE_DIR: `${home}/bun`,
});

describe.each([DENO, BUN])("in $name", (runtime) => {
  const { program = "", runs } = runtime;

  test.skipIf(program === "")("the SDK answers past providers that fail, and a left stream ends its work", async () => {
    const { stdout } = await run(program, [...runs(`${folder}ask.ts`)], { env: environment(), timeout: RUN_MS });
    const { plain, whole, overCut } = JSON.parse(stdout);
    expect(plain).toMatchObject({ status: 200, rung: "alternate" });
    expect(contentOf(plain.body)).toBe(expected);
    expect(whole.text).toBe(expected);
    expect(whole.provenance).toMatchObject({
      provider: "sound",
      degraded: false,
      attempts: [{ provider: "busy" }, { provider: "gone" }, { provider: "sound" }],
    });
    expect(overCut.text).toBe(expectedAnswer({ ...question, model: "cut-chat" }).content);
    expect(overCut.provenance).toMatchObject({ seams: [{ from: "cutting", to: "sound" }] });
    await expect.poll(() => upstream.model.counters.inFlight, PATIENCE).toBe(0);
  });

  test.skipIf(program === "")("the edge handler serves as the runtime's own command takes it", async () => {
    await using server = await serving(runtime);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
    const plain = await ask(server.url, question);
    expect(plain.headers.get("tideover-rung")).toBe("alternate");
    expect(contentOf(await plain.json())).toBe(expected);
    const streamed = await (await ask(server.url, { ...question, temperature: 0.5, stream: true })).text();
    expect(streamed).toContain('"provider":"sound"');
    expect(streamed.trimEnd().endsWith("data: [DONE]")).toBe(true);
  });

  test.skipIf(program === "")("whoever reads the handler's stream no further ends the provider's work", async () => {
    await using server = await serving(runtime);
    const leaving = new AbortController();
    const left = await ask(server.url, { ...question, model: "fault-stall", stream: true }, leaving.signal);
    await left.body?.getReader().read();
    expect(upstream.model.counters.inFlight).toBe(1);
    leaving.abort();
    await expect.poll(() => upstream.model.counters.inFlight, PATIENCE).toBe(0);
  });
});

test.skipIf(DENO.program === undefined)("answers in Deno's Cache API outlive the process", async () => {
  const first = await serving(DENO);
  const made = contentOf(await (await ask(first.url, question)).json());
  await first[Symbol.asyncDispose]();
  await expect
    .poll(async () => {
      await using other = await serving(DENO);
      const again = await ask(other.url, question);
      return [again.headers.get("tideover-rung"), contentOf(await again.json())];
    }, SLOW)
    .toEqual(["cache", made]);
});

/** Starts the module that serves, on a port of its own; ended by `await using`. */
async function serving({ name, program = "", serves }: Runtime) {
  const [port = 0] = await freePorts(1);
  const server = new ServerProcess({
    name,
    command: program,
    args: [...serves(`${folder}serve.ts`, port)],
    options: { env: { ...environment(), PORT: `${port}` } },
    isReady: () => isListening(port),
    startMs: RUN_MS,
  });
  await server.start();
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server.stop("SIGTERM") };
}

function ask(url: string, body: object, signal: AbortSignal | null = null): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer key-of-the-shop" },
    body: JSON.stringify(body),
    signal,
  });
}
