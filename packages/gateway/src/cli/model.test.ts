import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEVICES, DTYPES } from "@tideover/local-model";
import { findOnnxRuntime, tinyModel, writeModel } from "@tideover/local-model/testing";
import { resolveConfig } from "tideover/config";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PAGES, standIn } from "../local-servers/testing/stand-in-servers.ts";
import { DEVICE_NAMES, DTYPE_NAMES } from "../models/choices.ts";
import { startHub } from "../models/testing/hub-server.ts";
import { runCli } from "./run-cli.ts";
import { scriptedIo } from "./testing/scripted-io.ts";

const onnxRuntime = findOnnxRuntime(process);
const { files } = tinyModel();
const NAME = "tideover/tiny";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-model-cli-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const models = { TIDEOVER_MODELS: join(folder, "models") };
  const io = scriptedIo(folder, { env: { TIDEOVER_LANG: "en", ...models, ...env } });
  const code = await runCli(["model", ...args], io);
  return { code, out: io.out(), err: io.err() };
}

test("a model is fetched, listed, verified and deleted", async () => {
  await using hub = await startHub(NAME, files);
  const env = { HF_ENDPOINT: hub.url };
  const pulled = await run(["pull", NAME, "--dtype", "fp32"], env);
  expect(pulled).toMatchObject({ code: 0, err: expect.stringContaining(`Fetching ${NAME} (fp32) from ${hub.url}`) });
  expect(pulled.err).toContain("onnx/model.onnx");
  expect(pulled.out).toContain(`model: "${NAME}", dtype: fp32`);
  const again = await run(["pull", NAME, "--dtype", "fp32", "--json"], env);
  expect(JSON.parse(again.out)).toMatchObject({ repository: NAME, fetchedBytes: 0 });
  expect((await run(["list"])).out).toMatch(/tideover\/tiny +fp32 +68\d kB/);
  expect(JSON.parse((await run(["list", "--json"])).out)).toMatchObject({ models: [{ repository: NAME }] });
  expect(await run(["verify", NAME])).toMatchObject({ code: 0, out: expect.stringContaining("All 5 files") });
  await writeFile(join(folder, "models", NAME, "config.json"), "{}");
  expect(await run(["verify", NAME])).toMatchObject({
    code: 1,
    out: expect.stringMatching(/config\.json +wrong size/),
  });
  expect(await run(["remove", NAME])).toMatchObject({ code: 2, err: expect.stringContaining("--yes") });
  expect(await run(["remove", NAME, "--yes"])).toMatchObject({ code: 0, out: `${NAME} is deleted.\n` });
  expect((await run(["list"])).out).toMatch(/^There are no models in /);
});

describe("what goes wrong is said, with what to do", () => {
  test("without a network", async () => {
    const { code, err } = await run(["pull", NAME], { HF_ENDPOINT: "http://127.0.0.1:1" });
    expect(code).toBe(1);
    expect(err).toMatch(/127\.0\.0\.1:1\/.* cannot be reached: .*HF_ENDPOINT or --from modelscope/);
  });

  test("a model that is not on the hub, and a format that it has not", async () => {
    await using hub = await startHub(NAME, files);
    const env = { HF_ENDPOINT: hub.url };
    expect((await run(["pull", "no/body"], env)).err).toContain(`${hub.url} has no no/body.`);
    expect((await run(["pull", NAME], env)).err).toContain("The model is not offered as q4; it is as: fp32.");
  });

  test("a model that was not fetched, and a folder that is not ours to delete", async () => {
    expect((await run(["verify", "no/body"])).err).toContain("tideover model pull no/body");
    await writeModel({ files }, join(folder, "own"));
    expect(await run(["remove", join(folder, "own"), "--yes"])).toMatchObject({ code: 1 });
    expect(await readFile(join(folder, "own", "config.json"), "utf8")).toContain("qwen2");
  });

  test.each<[readonly string[], RegExp]>([
    [["pul"], /ACTION is "pull"|ACTION is "pul"; it must be one of: pull, list/],
    [["verify"], /needs a model/],
    [["pull", "no name"], /"no name" is neither a name on the hub/],
    [["run", "/nowhere"], /nor a folder that is there/],
    [["pull", "a/b", "--dtype", "q3"], /--dtype is "q3"; it must be one of/],
  ])("%j", async (args, message) => {
    const { code, err } = await run(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  test("a missing runtime", async () => {
    await writeModel({ files }, join(folder, "own"));
    const env = { TIDEOVER_ONNXRUNTIME: join(folder, "nowhere") };
    const { code, err } = await run(["run", join(folder, "own"), "--dtype", "fp32"], env);
    expect(code).toBe(1);
    expect(err).toMatch(/The model cannot answer: .*`npm install onnxruntime-node`/);
  });
});

describe.skipIf(onnxRuntime === undefined)("with the runtime", () => {
  const env = { TIDEOVER_ONNXRUNTIME: onnxRuntime ?? "" };

  test("a model answers, and is measured", async () => {
    const own = join(folder, "own");
    await writeModel({ files }, own);
    const run_ = await run(["run", own, "--dtype", "fp32", "--tokens", "8", "--temperature", "0", "--json"], env);
    expect(JSON.parse(run_.out)).toMatchObject({ model: own, content: expect.any(String), finish: expect.any(String) });
    const bench = await run(["bench", own, "--dtype", "fp32", "--tokens", "8", "--json"], env);
    expect(JSON.parse(bench.out)).toMatchObject({ device: "cpu", promptTokens: expect.any(Number) });
    const table = await run(["bench", own, "--dtype", "fp32", "--tokens", "4"], env);
    expect(table.out).toMatch(/First token +\d+ ms\nSpeed +[\d.]+ tokens\/s\nMemory +/);
  });
});

test("the command and the configuration offer what the model's package knows", () => {
  expect(DTYPE_NAMES).toEqual(DTYPES);
  expect(DEVICE_NAMES).toEqual(DEVICES);
  const provider = (settings: object) => ({
    providers: { tiny: { preset: "onnx", model: "a/b", ...settings } },
    routes: [{ model: "*", ladder: ["tiny"] }],
  });
  for (const dtype of DTYPES) expect(resolveConfig(provider({ dtype }))).toHaveProperty("config");
  for (const device of DEVICES) expect(resolveConfig(provider({ device }))).toHaveProperty("config");
  expect(resolveConfig(provider({ dtype: "q3" }))).toHaveProperty("issues");
});

describe("servers of models on this machine", () => {
  test("are found, warmed on demand, and become a configuration", async () => {
    await using ollama = await standIn(PAGES.ollama);
    await using idle = await standIn(PAGES.idleOllama);
    await using triton = await standIn(PAGES.triton);
    const ports = `${ollama.port},${idle.port}, ${triton.port}`;
    const told = await run(["servers", "--ports", ports, "--warm"]);
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toMatch(/Ollama +http:\/\/127\.0\.0\.1:\d+\/v1 +ready +qwen2\.5:0\.5b \(in memory, 4096 tokens\)/);
    expect(told.out).toMatch(/Ollama: the first token came after \d+ ms\./);
    expect(told.out).toMatch(/Ollama is not warm: .*llama runner/);
    expect(told.out).toMatch(/KServe v2 generate .*: the first token came after/);
    expect(told.out).toContain("providers:\n  ollama:\n    preset: ollama\n");
    expect(triton.bodies.at(-1)).toMatchObject({ parameters: { max_tokens: 1, stream: true } });
    const { out } = await run(["servers", "--ports", String(ollama.port), "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      servers: [{ preset: "ollama", state: "ready", version: "0.12.3" }],
      config: expect.stringContaining("preset: ollama"),
    });
  });

  test("where there is none, that is said, and wrong ports are named", async () => {
    await using website = await standIn({}, [200, "<html></html>"]);
    const none = await run(["servers", "--ports", String(website.port)]);
    expect(none).toMatchObject({ code: 0, out: expect.stringContaining("No server of models was found") });
    expect(await run(["servers", "--ports", "80,web"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--ports is "80,web"; it must be'),
    });
  });
});
