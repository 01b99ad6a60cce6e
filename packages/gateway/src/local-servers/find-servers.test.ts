import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { createNodeTransport } from "../transport/index.ts";
import { findServers } from "./find-servers.ts";
import { LOADING, PAGES, standIn } from "./testing/stand-in-servers.ts";

const never = new AbortController().signal;

async function find(ports: readonly number[], patienceMs = 20_000) {
  const transport = createNodeTransport();
  try {
    return await findServers({ transport, ports, signal: never, patienceMs });
  } finally {
    await transport.close();
  }
}

test.each<[keyof typeof PAGES, object]>([
  [
    "ollama",
    {
      preset: "ollama",
      state: "ready",
      version: "0.12.3",
      models: [
        { id: "qwen2.5:0.5b", loaded: true, contextTokens: 4_096 },
        { id: "deepseek-r1:1.5b", loaded: false },
      ],
    },
  ],
  ["idleOllama", { preset: "ollama", state: "cold" }],
  [
    "llamaCpp",
    { preset: "llama-cpp", state: "ready", version: "b8681", models: [{ id: "qwen.gguf", contextTokens: 8_192 }] },
  ],
  [
    "vllm",
    { preset: "vllm", state: "ready", version: "0.11.0", models: [{ id: "Qwen/Qwen3-8B", contextTokens: 32_768 }] },
  ],
  ["sglang", { preset: "sglang", models: [{ id: "deepseek-ai/DeepSeek-V3", contextTokens: 131_072 }] }],
  [
    "lmStudio",
    {
      preset: "lm-studio",
      state: "ready",
      models: [
        { id: "gemma-3", loaded: false },
        { id: "qwen3-4b", loaded: true, contextTokens: 4_096 },
      ],
    },
  ],
  ["trtllm", { preset: "trtllm", state: "ready", version: "1.0.0" }],
  ["tritonOpenAi", { preset: "triton", models: [{ id: "llama-3" }] }],
  [
    "triton",
    {
      preset: "kserve",
      state: "ready",
      version: "2.60.0",
      models: [
        { id: "qwen", loaded: true },
        { id: "broken", loaded: false },
      ],
    },
  ],
])("%s is known by its documents", async (kind, expected) => {
  await using server = await standIn(PAGES[kind]);
  const [found, ...others] = await find([server.port, server.port]);
  expect(others).toEqual([]);
  expect(found).toMatchObject(expected);
  const path = kind === "triton" ? "v2" : "v1";
  expect(found?.baseUrl).toBe(`http://127.0.0.1:${server.port}/${path}`);
  // To look is no work for a model.
  expect(server.asked.filter((what) => what.includes("completions") || what.includes("generate"))).toEqual([]);
});

test("a server that is loading its model is one that is warming", async () => {
  await using llama = await standIn({}, LOADING);
  await using triton = await standIn({ ...PAGES.triton, "GET /v2/health/ready": [400, ""] });
  expect(await find([llama.port, triton.port])).toMatchObject([
    { preset: "llama-cpp", state: "warming", models: [] },
    { preset: "kserve", state: "warming" },
  ]);
});

test("what is no server of models is left alone, and one that never answers costs no more than the bound", async () => {
  await using website = await standIn({}, [200, "<!doctype html><title>Shop</title>"]);
  const pages = { "GET /v1/models": [200, { models: 3 }], "GET /health": [200, { ok: true }] } as const;
  await using other = await standIn({ ...pages, "GET /api/version": [200, { version: "2.1.0" }] });
  const open: Socket[] = [];
  const mute = createServer((socket) => void open.push(socket));
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const nobody = (closed.address() as AddressInfo).port;
  await new Promise((resolve) => closed.close(resolve));
  const ports = [website.port, other.port, (mute.address() as AddressInfo).port, nobody];
  expect(await find(ports, 1_000)).toEqual([]);
  for (const socket of open) socket.destroy();
  await new Promise((resolve) => mute.close(resolve));
});
