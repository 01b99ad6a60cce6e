import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { listPresets } from "tideover/providers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfig } from "../config/index.ts";
import { COMMANDS } from "./commands/index.ts";
import { newConfigText } from "./init/write-config.ts";
import { languageOf, messagesIn } from "./messages/index.ts";
import { nearestName } from "./nearest.ts";
import { runCli } from "./run-cli.ts";
import { type ScriptedIo, scriptedIo } from "./testing/scripted-io.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function run(line: string, io: ScriptedIo = scriptedIo(folder)) {
  const code = await runCli(line === "" ? [] : line.split(" "), io);
  return { code, out: io.out(), err: io.err() };
}
/** Loads a configuration from its text. */
async function load(text: string, env: Record<string, string>) {
  const path = join(folder, "loaded.yaml");
  await writeFile(path, text);
  return loadConfig(path, env);
}
const inChinese = () => scriptedIo(folder, { env: { TIDEOVER_LANG: "zh" } });
const CHINESE = /[\u4e00-\u9fff]/;

describe("help and language", () => {
  test.each(Object.keys(COMMANDS))("%s --help shows flags and an example, in English and Chinese", async (name) => {
    const english = await run(`${name} --help`);
    expect(english.code).toBe(0);
    expect(english.out).toContain(`\n  tideover ${name}`);
    expect(english.out).toContain("--json");
    expect(english.out).not.toContain("\u001b");
    const chinese = await run(`${name} -h`, inChinese());
    expect(chinese.out).toMatch(CHINESE);
    expect(chinese.out).toContain(`\n  tideover ${name}`);
  });

  test("the overview lists every command; without a command it is an error", async () => {
    const help = await run("--help");
    for (const name of Object.keys(COMMANDS)) expect(help.out).toContain(`  ${name} `);
    expect([help.code, (await run("")).code]).toEqual([0, 2]);
  });

  test.each([
    [{ TIDEOVER_LANG: "zh", LANG: "en_US.UTF-8" }, "zh"],
    [{ LANG: "zh_CN.UTF-8" }, "zh"],
    [{ LC_ALL: "en_GB.UTF-8", LANG: "zh_CN.UTF-8" }, "en"],
    [{ LANG: "de_DE" }, "en"],
    [{}, "en"],
  ])("%o speaks %s", (env, language) => {
    expect(languageOf(env)).toBe(language);
  });

  test("both languages say the same things", () => {
    const [en, zh] = [messagesIn("en"), messagesIn("zh")];
    expect(Object.keys(zh)).toEqual(Object.keys(en));
  });
});

describe("command lines that are wrong", () => {
  test.each([
    ["sevre", 'There is no command "sevre". Did you mean "serve"?'],
    ["constructor", 'There is no command "constructor".'],
    ["serve --prot 1", "Unknown flag --prot. Did you mean --port?"],
    ["serve -p 1", "Unknown flag --p."],
    ["serve --port", "--port needs a value."],
    ["serve --port 80x", '--port is "80x"; it must be a whole number from 0 to 65535.'],
    ["serve --port=70000", '--port is "70000"; it must be a whole number from 0 to 65535.'],
    ["serve --log-level loud", '--log-level is "loud"; it must be one of: silent, error, warn, info, debug.'],
    ["check extra", 'Unexpected argument "extra".'],
    ["upstream --profile sunny", '--profile is "sunny"; it must be one of: calm, peak, brownout, outage, faults.'],
    ["status --url nowhere", '--url is "nowhere"; it must be an address such as http://127.0.0.1:8787.'],
    ["init", "This is not a terminal, so nothing can be asked: give --preset NAME, or --yes for the defaults."],
    ["init --preset deepsek", 'There is no preset "deepsek". Did you mean "deepseek"?'],
    ["init --preset vllm --base-url x", '--base-url is "x"; it must be an address'],
    ["init --preset openai-compatible", "The preset openai-compatible needs --base-url."],
    ["init --preset azure", "The preset azure needs --base-url https://{resource}."],
  ])("%s", async (line, message) => {
    const { code, out, err } = await run(line);
    expect(err).toContain(message);
    expect([code, out]).toEqual([2, ""]);
  });

  test("in Chinese too", async () => {
    expect((await run("serve --prot 1", inChinese())).err).toContain("未知参数 --prot。您是不是要用 --port？");
  });

  test("only near names are suggested", () => {
    expect(nearestName("statsu", ["serve", "status"])).toBe("status");
    expect(nearestName("frobnicate", ["serve", "status"])).toBeUndefined();
  });
});

describe("init", () => {
  test("writes a commented file that check accepts, and says what to do next", async () => {
    const io = scriptedIo(folder);
    expect(await run("init --yes", io)).toMatchObject({
      code: 0,
      out: "Wrote tideover.yaml.\nNext: set DEEPSEEK_API_KEY, then run `tideover serve`.\n",
    });
    const text = await readFile(join(folder, "tideover.yaml"), "utf8");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the file's own syntax.
    expect(text).toContain('apiKey: "${DEEPSEEK_API_KEY}" # ');
    expect(text.split("\n").filter((line) => line.includes("# ")).length).toBeGreaterThan(7);
    const env = { TIDEOVER_LANG: "en", DEEPSEEK_API_KEY: "sk-0123456789" };
    expect(await run("check", scriptedIo(folder, { env }))).toMatchObject({ code: 0, err: "" });
  });

  test("does not replace a file unless told to", async () => {
    await writeFile(join(folder, "mine.yaml"), "mine");
    const refused = await run("init --preset deepseek --output mine.yaml");
    expect(refused).toMatchObject({
      code: 1,
      err: "mine.yaml exists already; --force replaces it, --output names another.\n",
    });
    expect(await readFile(join(folder, "mine.yaml"), "utf8")).toBe("mine");
    const forced = await run("init --preset ollama --output mine.yaml --force --json");
    expect(JSON.parse(forced.out)).toEqual({ file: "mine.yaml", preset: "ollama", keyVariable: null });
    expect(await readFile(join(folder, "mine.yaml"), "utf8")).toContain("preset: ollama");
  });

  test("a folder that is not there is a clear failure", async () => {
    const { code, err } = await run("init --yes --output none/tideover.yaml");
    expect([code, err]).toEqual([1, expect.stringContaining("none/tideover.yaml cannot be written")]);
  });

  test("the file of every preset loads without a warning, in both languages", async () => {
    for (const { preset, baseUrl, apiKeyEnvironment } of listPresets()) {
      const [variable] = apiKeyEnvironment;
      const address = baseUrl === undefined || baseUrl.includes("{") ? "https://example.com/v1" : undefined;
      for (const messages of [messagesIn("en"), messagesIn("zh")]) {
        const template = messages.initTemplateDefault;
        const text = newConfigText({ preset, baseUrl: address, keyVariable: variable, template }, messages);
        const loaded = await load(text, variable === undefined ? {} : { [variable]: "k-123456" });
        expect([preset, loaded]).toMatchObject([preset, { warnings: [], config: { routes: [{ name: "default" }] } }]);
      }
    }
  });

  test("a template text with quotes and line breaks stays what it is", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the file's own syntax.
    const template = 'He said: "no"\n# not a comment ${HOME} 你好';
    const text = newConfigText({ preset: "ollama", template }, messagesIn("en"));
    expect(await load(text, { HOME: "changed" })).toMatchObject({
      config: { routes: [{ ladder: [{}, { kind: "template", text: template }] }] },
    });
  });
});

describe("check", () => {
  test("a bad file: every problem with its line, exit 1", async () => {
    await writeFile(join(folder, "tideover.yaml"), "providers: {}\nroutes:\n  - nmae: x\n");
    const { code, out, err } = await run("check");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("tideover.yaml:3");
    expect(JSON.parse((await run("check --json")).out)).toMatchObject({ valid: false });
  });

  test("a file that is not there, and nothing at all", async () => {
    expect(await run("check --config none.yaml")).toMatchObject({ code: 1 });
    const { code, err } = await run("check");
    expect([code, err]).toEqual([1, expect.stringContaining("tideover init")]);
  });

  test("the environment's keys, without showing them", async () => {
    const env = { TIDEOVER_LANG: "en", DEEPSEEK_API_KEY: "sk-top-secret-0001" };
    const { code, out } = await run("check", scriptedIo(folder, { env }));
    expect(code).toBe(0);
    expect(out).toContain("environment DEEPSEEK_API_KEY");
    expect(out).not.toContain("top-secret");
  });
});

test("the command runs from the sources as they are", async () => {
  const bin = fileURLToPath(new URL("../../bin/tideover.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [bin, "--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
