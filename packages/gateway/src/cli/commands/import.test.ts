import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../../config/load-config.ts";
import { runCli } from "../run-cli.ts";
import { scriptedIo } from "../testing/scripted-io.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const FILE = `
model_list:
  - model_name: chat
    litellm_params: { model: deepseek/deepseek-flash, api_key: sk-inline, rpm: 6 }
`;

async function run(...args: string[]) {
  const io = scriptedIo(folder);
  return { code: await runCli(["import", ...args], io), out: io.out(), err: io.err() };
}

test("writes a file that loads, and says what to do and what is missing, there too", async () => {
  await writeFile(join(folder, "config.yaml"), FILE);
  const { code, out } = await run("config.yaml");
  expect(code).toBe(0);
  expect(out).toContain("Wrote tideover.yaml.");
  expect(out).toContain("DEEPSEEK_API_KEY");
  expect(out).toContain("model_list[0].litellm_params.rpm: no counterpart");
  const path = join(folder, "tideover.yaml");
  const text = await readFile(path, "utf8");
  expect(text).toContain("# - model_list[0].litellm_params.rpm: no counterpart");
  expect(text).not.toContain("sk-inline");
  expect(await loadConfig(path, { DEEPSEEK_API_KEY: "sk-test" })).not.toHaveProperty("issues");
});

test("an existing file stays unless --force is given; --json is for scripts", async () => {
  await writeFile(join(folder, "config.yaml"), FILE);
  await writeFile(join(folder, "tideover.yaml"), "mine");
  const refused = await run("config.yaml");
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("tideover.yaml exists already");
  const { out } = await run("config.yaml", "--force", "--json");
  expect(JSON.parse(out)).toMatchObject({
    file: "tideover.yaml",
    source: "litellm",
    variables: ["DEEPSEEK_API_KEY"],
    leftOvers: [
      { place: "model_list[0].litellm_params.rpm", reason: "no-counterpart" },
      { place: "model_list[0].litellm_params.api_key", reason: "secret", detail: "DEEPSEEK_API_KEY" },
    ],
  });
});

test.each([
  [[], 2, "Say which file to import."],
  [["none.yaml"], 1, "none.yaml cannot be read"],
  [["other.yaml"], 1, "looks like none of LiteLLM's"],
  [["other.yaml", "--from", "litellm"], 1, "no model whose host is known"],
  [["other.yaml", "--from", "bifrost"], 2, "must be one of: litellm, portkey, one-api"],
])("%j exits %i", async (args, code, message) => {
  await writeFile(join(folder, "other.yaml"), "port: 1");
  const result = await run(...args);
  expect(result.code).toBe(code);
  expect(result.err).toContain(message);
});
