import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyModel } from "@tideover/local-model/testing";
import type { Clock } from "tideover/engine";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../system.ts";
import { createNodeTransport, type NodeTransport } from "../transport/index.ts";
import { DISK_MARGIN_BYTES } from "./defaults.ts";
import { hubOf } from "./hub.ts";
import { listModels, readManifest, removeModel, verifyFiles } from "./manifest.ts";
import { type PullOptions, type PullProgress, pullModel } from "./pull-model.ts";
import { type HubServer, startHub } from "./testing/hub-server.ts";

const REPOSITORY = "tideover/tiny";
const { files } = tinyModel();
const graph = files.get("onnx/model.onnx") ?? new Uint8Array();
/** The repository has more than is wanted. */
const stored = new Map([
  ...files,
  ["onnx/model_fp16.onnx", new Uint8Array(20_000).fill(7)],
  ["onnx/model_fp16.onnx_data", new Uint8Array(30_000).fill(9)],
  ["README.md", new TextEncoder().encode("# Tiny\n")],
]);
/** Pauses take no time; patience does. */
const clock: Clock = {
  now: () => systemClock.now(),
  wallTime: () => systemClock.wallTime(),
  schedule: (ms, callback) => systemClock.schedule(ms > 10_000 ? ms : 1, callback),
};

let folder: string;
let transport: NodeTransport;
let hub: HubServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-pull-"));
  transport = createNodeTransport();
  hub = await startHub(REPOSITORY, stored);
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await transport.close();
  await rm(folder, { recursive: true, force: true });
});

const target = () => join(folder, "tideover", "tiny");

function pull(changes: Partial<PullOptions> = {}, env: Record<string, string> = {}) {
  return pullModel({
    hub: hubOf("huggingface", { HF_ENDPOINT: hub.url, ...env }),
    repository: REPOSITORY,
    dtype: "fp32",
    folder: target(),
    transport,
    clock,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...changes,
  });
}

async function problem(pulled: Promise<unknown>): Promise<unknown> {
  return await pulled.then(
    () => "no problem",
    (error: { problem?: unknown }) => error.problem ?? error,
  );
}

/** The ranges that storage was asked for. */
const ranges = () => hub.requests.flatMap(({ path, range }) => (path.startsWith("storage:") ? (range ?? []) : []));

test("what a model needs is fetched, checked and written down; nothing else is", async () => {
  const seen: PullProgress[] = [];
  const { manifest, fetchedBytes } = await pull({ onProgress: (progress) => seen.push(progress) });
  for (const [path, bytes] of files) expect(new Uint8Array(await readFile(join(target(), path)))).toEqual(bytes);
  expect((await readdir(join(target(), "onnx"))).toSorted()).toEqual(["model.onnx"]);
  const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  expect(fetchedBytes).toBe(total);
  expect(seen.at(-1)).toMatchObject({ done: total, total });
  expect(manifest).toMatchObject({
    repository: REPOSITORY,
    dtypes: ["fp32"],
    revision: expect.stringMatching(/^0123/),
  });
  expect(manifest.files.map(({ checksum }) => checksum?.kind).toSorted()).toEqual([
    "git",
    "git",
    "git",
    "git",
    "sha256",
  ]);
  expect(await readManifest(target())).toEqual(manifest);
});

test("what is there is not fetched again; another format is added", async () => {
  await pull();
  hub.requests.length = 0;
  expect((await pull()).fetchedBytes).toBe(0);
  expect(hub.requests.every(({ path }) => path.startsWith("/api/"))).toBe(true);
  const { manifest, fetchedBytes } = await pull({ dtype: "fp16" });
  expect([manifest.dtypes, fetchedBytes]).toEqual([["fp16", "fp32"], 50_000]);
});

test("a token goes to the hub, and not to the storage that it redirects to", async () => {
  await pull({}, { HF_TOKEN: "hf_secret" });
  const told = hub.requests.filter(({ authorization }) => authorization === "Bearer hf_secret");
  expect(told.length).toBeGreaterThan(0);
  expect(hub.requests.some(({ path }) => path.startsWith("storage:"))).toBe(true);
  expect(told.some(({ path }) => path.startsWith("storage:"))).toBe(false);
});

test("a lost connection is gone on with at the byte where it broke", async () => {
  hub.faults.push({ path: "model.onnx", cutAfter: 100_000, times: 3 });
  await pull();
  expect(new Uint8Array(await readFile(join(target(), "onnx/model.onnx")))).toEqual(graph);
  const starts = ranges().map((range) => Number(/\d+/.exec(range)?.[0]));
  expect(starts.length).toBeGreaterThanOrEqual(3);
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  expect(starts.at(-1)).toBeLessThan(graph.length);
});

test("a run that was stopped is gone on with by the next one", async () => {
  const stop = new AbortController();
  const stopped = pull({
    signal: stop.signal,
    onProgress({ path, done }) {
      if (path === "onnx/model.onnx" && done > 200_000) stop.abort();
    },
  });
  expect(await problem(stopped)).toEqual({ code: "stopped" });
  expect((await readdir(join(target(), "onnx"))).join()).toMatch(/^model\.onnx\.[0-9a-f]{16}\.partial$/);
  expect(await readManifest(target())).toBeUndefined();
  hub.requests.length = 0;
  await pull();
  expect(ranges().length).toBe(1);
  expect(hub.requests.some(({ path }) => path.includes("config.json"))).toBe(false);
  expect((await readdir(join(target(), "onnx"))).join()).toBe("model.onnx");
});

test("what an earlier run left of another state of the file is not mixed into it", async () => {
  hub.faults.push({ path: "model.onnx", cutAfter: 50_000, times: 99 });
  const stop = new AbortController();
  const first = pull({ signal: stop.signal, onProgress: ({ done }) => void (done > 60_000 && stop.abort()) });
  expect(await problem(first)).toEqual({ code: "stopped" });
  hub.faults.length = 0;
  const changed = graph.map((byte) => byte ^ 3);
  hub.put("onnx/model.onnx", changed);
  await pull();
  expect(new Uint8Array(await readFile(join(target(), "onnx/model.onnx")))).toEqual(changed);
  expect((await readdir(join(target(), "onnx"))).join()).toBe("model.onnx");
});

test("a hub that sends the whole file in place of the rest is understood", async () => {
  hub.faults.push({ path: "model.onnx", cutAfter: 100_000 }, { path: "model.onnx", wholeOnly: true });
  await pull();
  expect(new Uint8Array(await readFile(join(target(), "onnx/model.onnx")))).toEqual(graph);
});

test("a busy hub is asked again", async () => {
  hub.faults.push({ path: "model.onnx", status: 503, times: 2 });
  await pull();
  expect(await readManifest(target())).toBeDefined();
});

test.each([["onnx/model.onnx"], ["config.json"]])(
  "a wrong byte in %s is found, and nothing of it stays",
  async (path) => {
    hub.faults.push({ path, corrupt: true, times: 99 });
    expect(await problem(pull())).toMatchObject({ code: "checksum", path: path.split("/").at(-1) });
    hub.faults.length = 0;
    expect(await readManifest(target())).toBeUndefined();
    await pull();
    expect(await readManifest(target())).toBeDefined();
  },
);

test("a connection that brings nothing is given up", async () => {
  hub.faults.push({ path: "model.onnx", status: 500, times: 99 });
  expect(await problem(pull())).toMatchObject({ code: "stalled", why: "the hub answered 500" });
});

test("a full disk is found before a byte is fetched", async () => {
  const freeBytes = () => Promise.resolve(DISK_MARGIN_BYTES + 1_000);
  expect(await problem(pull({ freeBytes }))).toMatchObject({ code: "no-space", need: expect.any(Number), free: 1_000 });
  expect(hub.requests.every(({ path }) => path.startsWith("/api/"))).toBe(true);
});

test("what is not there is named", async () => {
  expect(await problem(pull({ repository: "nobody/none" }))).toEqual({
    code: "not-found",
    what: "nobody/none",
    hub: hub.url,
  });
  expect(await problem(pull({ dtype: "q4" }))).toEqual({
    code: "no-such-dtype",
    dtype: "q4",
    offered: ["fp32", "fp16"],
  });
  hub.faults.push({ path: "config.json", status: 404 });
  expect(await problem(pull())).toMatchObject({ code: "not-found", what: "config.json" });
});

test("a repository that is no model is named", async () => {
  await using other = await startHub(REPOSITORY, new Map([["README.md", new Uint8Array(3)]]));
  const asked = pull({ hub: hubOf("huggingface", { HF_ENDPOINT: other.url }) });
  expect(await problem(asked)).toMatchObject({
    code: "not-a-model",
    missing: ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model*.onnx"],
  });
});

test("without a network it says so", async () => {
  const offline = pull({ hub: hubOf("huggingface", { HF_ENDPOINT: "http://127.0.0.1:1" }) });
  expect(await problem(offline)).toMatchObject({ code: "offline", url: expect.stringContaining("127.0.0.1:1") });
});

test("ModelScope's own list is understood", async () => {
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (path === `/api/v1/models/${REPOSITORY}/repo/files`) {
      const entries = [...files].map(([Path, bytes]) => ({
        Path,
        Size: bytes.length,
        Type: "blob",
        Sha256: sha256(bytes),
      }));
      response.end(
        JSON.stringify({ Code: 200, Data: { Files: [{ Path: "onnx", Type: "tree", Size: 0 }, ...entries] } }),
      );
    } else response.end(files.get(path.slice(`/models/${REPOSITORY}/resolve/master/`.length)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { manifest } = await pull({ hub: hubOf("modelscope", { MODELSCOPE_ENDPOINT: `http://127.0.0.1:${port}/` }) });
  expect(manifest).toMatchObject({ revision: "master", hub: `http://127.0.0.1:${port}` });
  expect(manifest.files.every(({ checksum }) => checksum?.kind === "sha256")).toBe(true);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("a path that leads out of the folder is not followed", async () => {
  const evil = new Map([...files, ["onnx/model.onnx_data/../../../../evil", new Uint8Array(5)]]);
  await using other = await startHub(REPOSITORY, evil);
  const { manifest } = await pull({ hub: hubOf("huggingface", { HF_ENDPOINT: other.url }) });
  expect(manifest.files.some(({ path }) => path.includes(".."))).toBe(false);
});

test("models are listed, verified and removed", async () => {
  const { manifest } = await pull();
  expect(await listModels(folder)).toMatchObject([{ repository: REPOSITORY, dtypes: ["fp32"], folder: target() }]);
  expect((await verifyFiles(target(), manifest.files)).every(({ result }) => result === "good")).toBe(true);
  await writeFile(join(target(), "config.json"), "{}");
  await rm(join(target(), "tokenizer.json"));
  const damaged = Uint8Array.from(graph);
  damaged[5] = (damaged[5] ?? 0) ^ 1;
  await writeFile(join(target(), "onnx/model.onnx"), damaged);
  const results = Object.fromEntries(
    (await verifyFiles(target(), manifest.files)).map(({ path, result }) => [path, result]),
  );
  expect(results).toMatchObject({
    "config.json": "wrong-size",
    "tokenizer.json": "missing",
    "onnx/model.onnx": "wrong-checksum",
    "tokenizer_config.json": "good",
  });
  await removeModel(target());
  expect(await readdir(folder)).toEqual([]);
  expect(await listModels(join(folder, "none"))).toEqual([]);
});
