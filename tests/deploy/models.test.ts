import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { filesBelow, readText, rootPath } from "./deploy-files.ts";
import { parseTextProto } from "./text-proto.ts";

const FOLDER = "deploy/models";
const has = (program: string) => spawnSync(program, ["--version"]).status === 0;

describe.skipIf(!has("bash"))("the shell scripts", () => {
  test.each(filesBelow(FOLDER, ".sh"))("%s is a script that bash can read, and stops at what fails", (file) => {
    const read = spawnSync("bash", ["-n", rootPath(file)], { encoding: "utf8" });
    expect([read.status, read.stderr]).toEqual([0, ""]);
    expect(readText(file)).toContain("set -euo pipefail");
    const without = spawnSync("bash", [rootPath(file)], { encoding: "utf8" });
    expect([without.status, without.stderr]).toEqual([2, expect.stringContaining("Usage: ")]);
  });

  test("a model repository is made for the model that is named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tideover-repository-"));
    const make = (...args: readonly string[]) =>
      spawnSync("bash", [rootPath(`${FOLDER}/triton/make-repository.sh`), folder, ...args], { encoding: "utf8" });
    try {
      expect(make("tides", "some/Model-1.5B", "4096")).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('preset: kserve, degraded: true, models: { "*": tides }, contextTokens: 4096'),
      });
      const config = parseTextProto(await readFile(join(folder, "tides", "config.pbtxt"), "utf8"));
      expect(config).toMatchObject({ name: "tides", backend: "vllm" });
      expect(JSON.parse(await readFile(join(folder, "tides", "1", "model.json"), "utf8"))).toMatchObject({
        model: "some/Model-1.5B",
        max_model_len: 4_096,
      });
      expect(make("tides", "some/Model").stderr).toContain("is there already");
      expect(make("no name", "some/Model").stderr).toContain("is no model name");
      expect(make("other", "a|b&c").stderr).toContain("neither a name on the hub nor a path");
      expect(make("other", "some/Model", "8k").stderr).toContain("is no number of tokens");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe.skipIf(!has("bash"))("an engine of TensorRT-LLM, with stand-ins for its tools", () => {
  /** Each writes down that it was asked; what is built is an empty engine. */
  const TOOLS = {
    "nvidia-smi": 'echo "$CARD"',
    "trtllm-build": 'echo "build $*" >>"$ASKED"; mkdir -p "$4"; touch "$4/rank0.engine"; exit "$EXIT"',
    python3: 'if [ "$1" = -c ]; then echo 1.0.0; else echo "convert $*" >>"$ASKED"; mkdir -p "$5"; fi',
  };
  const SOUND = { CARD: "NVIDIA L4, 8.9", EXIT: "0" };
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tideover-engine-"));
    for (const [name, script] of Object.entries(TOOLS)) {
      await writeFile(at(name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    await mkdir(at("model"));
    await writeFile(at("model/config.json"), "{}");
    await writeFile(at("convert_checkpoint.py"), "");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const build = (tokens: string, env: NodeJS.ProcessEnv = {}) =>
    spawnSync(
      "bash",
      [rootPath(`${FOLDER}/build-engine.sh`), at("convert_checkpoint.py"), at("model"), at("engines"), tokens],
      {
        encoding: "utf8",
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, ASKED: at("asked"), ...SOUND, ...env },
      },
    );
  const asked = async () => (await readFile(at("asked"), "utf8")).trim().split("\n");
  const BUILT = { status: 0, stderr: "", stdout: expect.stringContaining("preset: trtllm, degraded: true") };
  const KEPT = { status: 0, stderr: "", stdout: expect.stringContaining("was built for this already") };

  test("is built once for each length and card", async () => {
    expect(build("4096")).toMatchObject(BUILT);
    expect(existsSync(at("engines/engine/rank0.engine"))).toBe(true);
    // The checkpoint is as large as the model, and of no use any more.
    expect(existsSync(at("engines/checkpoint"))).toBe(false);
    expect(build("4096")).toMatchObject(KEPT);
    expect(build("8192")).toMatchObject(BUILT);
    expect(build("8192", { CARD: "NVIDIA H200, 9.0" })).toMatchObject(BUILT);
    expect(await asked()).toEqual(
      ["4096", "8192", "8192"].flatMap((tokens) => [
        expect.stringMatching(/^convert .*--dtype float16$/),
        expect.stringContaining(`--max_seq_len ${tokens} `),
      ]),
    );
  });

  test("that could not be finished is built anew", () => {
    expect(build("4096", { EXIT: "1" })).toMatchObject({ status: 1, stdout: "" });
    expect(build("4096")).toMatchObject(BUILT);
  });

  test("is not begun with what cannot be used", () => {
    expect(build("8k")).toMatchObject({ status: 2, stderr: '"8k" is no number of tokens.\n' });
    expect(existsSync(at("asked"))).toBe(false);
  });
});

test.skipIf(!has("python3")).each(filesBelow(FOLDER, ".py"))("%s is Python, and says how it is used", (file) => {
  const read = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
    encoding: "utf8",
    input: readText(file),
  });
  expect([read.status, read.stderr]).toEqual([0, ""]);
  // Packages are loaded where they are needed, so that the help needs none.
  const help = spawnSync("python3", ["-B", rootPath(file), "--help"], { encoding: "utf8" });
  expect([help.status, help.stdout]).toEqual([0, expect.stringContaining("Needs: pip install")]);
});

test.each(filesBelow(FOLDER, ".pbtxt"))("%s is a model configuration that Triton could read", (file) => {
  const config = parseTextProto(readText(file));
  expect(config).toMatchObject({
    name: "qwen-vllm",
    backend: "vllm",
    instance_group: [{ count: 1, kind: "KIND_MODEL" }],
  });
});

test("a text protocol buffer with a mistake is refused with its place", () => {
  expect(() => parseTextProto('name: "a"\nx [ { count: 1 ]')).toThrow(/line 2/);
  expect(() => parseTextProto("name")).toThrow(/line 1/);
  expect(() => parseTextProto("x { y: 1")).toThrow(/line 1/);
});

test("the page names every file, and no other", () => {
  const page = readText(`${FOLDER}/README.md`);
  for (const file of filesBelow(FOLDER, ".sh", ".py")) expect(page).toContain(`\`${file.slice(FOLDER.length + 1)}\``);
});
