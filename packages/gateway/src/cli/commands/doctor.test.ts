import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ContinuationMode,
  type PrefixBehaviour,
  startUpstreamServer,
  type UpstreamServerOptions,
} from "@tideover/simulator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { ProviderReport } from "../../doctor/report.ts";
import { runCli } from "../run-cli.ts";
import { type ScriptedIo, scriptedIo } from "../testing/scripted-io.ts";

const KEY = "sk-doctor-0123456789abcdef";
/** These streams are only read, so they may come all at once. */
const FAST = { ttftMs: 1, tokensPerSecond: 100_000, jitter: 0 };
const OTHER_KEY = "sk-doctor-fedcba9876543210";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function run(line = "", io: ScriptedIo = scriptedIo(folder)) {
  const code = await runCli(["doctor", ...line.split(" ").filter((word) => word !== "")], io);
  const texts = `${io.out()}${io.err()}`;
  for (const key of [KEY, OTHER_KEY]) expect(texts).not.toContain(key);
  return { code, out: io.out(), err: io.err(), listeners: io.listeners() };
}

async function upstream(options: UpstreamServerOptions = {}) {
  const server = await startUpstreamServer({ profile: "faults", pacing: FAST, ...options });
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

async function configure(providers: Readonly<Record<string, object>>): Promise<void> {
  const routes = [{ model: "*", ladder: Object.keys(providers) }];
  await writeFile(join(folder, "tideover.yaml"), stringify({ providers, routes }));
}

/** Examines one provider of the preset `deepseek` before a simulated one. */
async function examined(options: UpstreamServerOptions, settings: object = {}, line = "") {
  await using server = await upstream(options);
  await configure({ main: { preset: "deepseek", apiKey: KEY, baseUrl: server.url, ...settings } });
  const { code, out, err } = await run(`--json --samples 1 ${line}`);
  expect(err).toBe("");
  const { ok, providers } = JSON.parse(out) as { ok: boolean; providers: readonly ProviderReport[] };
  const [report] = providers;
  if (report === undefined) throw new Error("There is no report.");
  expect(ok).toBe(code === 0);
  const treatments = report.continuation?.tried[0]?.cuts.map((cut) => cut.treatment);
  return { code, report, codes: report.findings.map((finding) => finding.code), treatments };
}

describe("a continuation is judged by what comes back", () => {
  test.each<[PrefixBehaviour, readonly string[], string]>([
    ["exact", ["exact", "exact", "exact", "exact"], "continuation-works"],
    ["trims-trailing-space", ["exact", "trims-space", "exact", "exact"], "continuation-works"],
    ["echoes", ["echoes", "echoes", "echoes", "echoes"], "continuation-works"],
    // After a space that was given, one that is added looks like one that was trimmed.
    ["adds-space", ["adds-space", "trims-space", "adds-space", "adds-space"], "continuation-works"],
    ["thinks-again", ["exact", "exact", "exact", "exact"], "continuation-works"],
    ["ignores", ["ignores", "ignores", "ignores", "ignores"], "continuation-broken"],
    ["restarts", ["restarts", "restarts", "restarts", "restarts"], "continuation-broken"],
    ["stops-at-once", ["stops", "stops", "stops", "stops"], "continuation-broken"],
  ])("%s", async (prefixBehaviour, expected, finding) => {
    const { code, report, codes, treatments } = await examined({ prefixBehaviour });
    expect(treatments).toEqual(expected);
    expect(codes).toEqual([finding]);
    expect(code).toBe(finding === "continuation-works" ? 0 : 1);
    const again = report.continuation?.tried[0]?.cuts.every(({ thinksAgain }) => thinksAgain);
    expect(again).toBe(prefixBehaviour === "thinks-again");
  });

  test("a host that does not know the sign answers anew", async () => {
    const { code, codes } = await examined({ continuation: "none" });
    expect([code, codes]).toEqual([1, ["continuation-broken"]]);
  });

  test.each<ContinuationMode>(["message-prefix", "message-partial", "continue-final-message", "body-prefix"])(
    "with --try-modes %s is found",
    async (continuation) => {
      const { code, codes, report } = await examined({ continuation }, { preset: "openai-compatible" }, "--try-modes");
      expect([code, codes]).toEqual([0, ["mode-found"]]);
      expect(report.findings[0]).toMatchObject({ mode: continuation });
    },
  );

  test("with --try-modes nothing is found where there is nothing", async () => {
    const { code, codes } = await examined(
      { continuation: "none" },
      { preset: "openai-compatible", continuation: "none" },
      "--try-modes",
    );
    expect([code, codes]).toEqual([0, ["continuation-none"]]);
  });

  test("a host without a known way is not asked for one", async () => {
    const { code, codes, report } = await examined({}, { preset: "openai-compatible" });
    expect([code, codes, report.continuation?.tried]).toEqual([0, ["continuation-none"], []]);
  });

  test("a host that refuses such requests", async () => {
    const { code, codes, treatments } = await examined({
      faultFor: ({ request }) => (request.body.includes('"prefix":true') ? "422" : undefined),
    });
    expect([code, codes]).toEqual([1, ["continuation-broken"]]);
    expect(new Set(treatments)).toEqual(new Set(["refused"]));
  });

  test("a host that is merely busy is not said to be unable", async () => {
    const { code, codes } = await examined({
      faultFor: ({ request }) => (request.body.includes('"prefix":true') ? "503" : undefined),
    });
    expect([code, codes]).toEqual([0, ["continuation-untold"]]);
  });
});

describe("keys and accounts", () => {
  test("a refused key", async () => {
    const { code, codes, report } = await examined({ keys: [OTHER_KEY] });
    expect([code, codes]).toEqual([1, ["key-refused"]]);
    expect(report.keys).toMatchObject([{ account: "main", state: "refused" }]);
    expect(report.stream).toBeUndefined();
  });

  test("an empty account: 402, and the balance says so", async () => {
    const { code, codes, report } = await examined({ balance: 0 });
    expect([code, codes]).toEqual([1, ["key-refused"]]);
    expect(report.keys[0]).toMatchObject({ state: "refused", balance: { available: false, amounts: ["CNY 0.00"] } });
  });

  test("of two keys the refused one is told, and the other is examined", async () => {
    const keys = { apiKey: undefined, apiKeys: [KEY, OTHER_KEY] };
    const { code, report } = await examined({ keys: [OTHER_KEY] }, keys);
    expect(code).toBe(1);
    expect(report.keys.map(({ account, state }) => [account, state])).toEqual([
      ["main#1", "refused"],
      ["main#2", "accepted"],
    ]);
    expect(report.continuation?.tried[0]?.verdict).toBe("works");
  });

  test("of two accounts the empty one is told, and the other is examined", async () => {
    const keys = { apiKey: undefined, apiKeys: [KEY, OTHER_KEY] };
    const faultFor = ({ request }: { request: { headers: Readonly<Record<string, string>>; method: string } }) =>
      request.method === "POST" && request.headers.authorization === `Bearer ${KEY}` ? "402" : undefined;
    const { code, report, codes } = await examined({ faultFor }, keys);
    expect([code, codes]).toEqual([1, ["key-refused", "continuation-works"]]);
    expect(report.keys.map(({ state }) => state)).toEqual(["refused", "accepted"]);
  });

  test("a key that may not list models is not a refused one", async () => {
    const faultFor = ({ request }: { request: { method: string } }) => (request.method === "GET" ? "402" : undefined);
    const { code, report } = await examined({ faultFor });
    expect([code, report.keys[0]?.state, report.offered]).toEqual([0, "accepted", undefined]);
  });

  test("a sound account: its balance", async () => {
    const { report } = await examined({ balance: 110 });
    expect(report.keys).toEqual([
      { account: "main", state: "accepted", balance: { available: true, amounts: ["CNY 110.00"] } },
    ]);
  });
});

describe("models and streams", () => {
  test("a mapped model that is not listed and does not answer", async () => {
    const { code, codes } = await examined({ models: ["real"] }, { models: { chat: "mistyped" } });
    expect([code, codes]).toEqual([1, ["model-not-offered", "no-answer"]]);
  });

  test("the model that callers name is asked by the provider's own name", async () => {
    const { report, code } = await examined({ models: ["real"] }, { models: { chat: "real" } });
    expect(code).toBe(0);
    expect(report.stream).toMatchObject({ model: "chat", upstreamModel: "real", answeredAs: "real" });
    expect(report.mapped).toEqual([{ from: "chat", to: "real", offered: true }]);
  });

  test.each(["finish", "trailing", "both", "none"] as const)("usage: %s", async (usage) => {
    const { report, codes } = await examined({ usage });
    expect(report.stream?.usage).toBe(usage);
    expect(codes.includes("no-usage")).toBe(usage === "none");
  });

  test("a host that refuses the question for usage is asked without it", async () => {
    const { code, report, codes } = await examined(
      { faultFor: ({ request }) => (request.body.includes("stream_options") ? "422" : undefined), usage: "none" },
      { preset: "openai-compatible" },
    );
    expect([code, report.stream?.usage]).toEqual([0, "none"]);
    expect(codes).toContain("no-usage");
  });

  test("some streams fail: told, and the rest counts", async () => {
    const faultFor = ({ ordinal }: { ordinal: number }) => (ordinal === 1 ? "503" : undefined);
    const { code, codes, report } = await examined({ faultFor }, {}, "--samples 3");
    expect([code, report.stream?.firstTokenMs.length]).toEqual([0, 2]);
    expect(codes).toContain("some-streams-failed");
  });

  test("no stream is answered", async () => {
    const { code, codes } = await examined({ faultFor: () => "503" });
    expect([code, codes]).toEqual([1, ["no-answer"]]);
  });
});

describe("what cannot be reached", () => {
  test("nothing listens there", async () => {
    await configure({ dead: { preset: "openai-compatible", apiKey: KEY, baseUrl: "http://127.0.0.1:1/v1" } });
    const { code, out } = await run();
    expect(code).toBe(1);
    expect(out).toMatch(/WRONG {2}Unreachable: .*ECONNREFUSED/);
    expect(out).toContain("Something is wrong at: dead.");
  });

  test("something else listens there", async () => {
    const server = createServer((_request, response) => response.end("<html>hello</html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await configure({ web: { preset: "openai-compatible", apiKey: KEY, baseUrl: `http://127.0.0.1:${port}/v1` } });
    const { code, out } = await run("--model any");
    server.closeAllConnections();
    server.close();
    expect(code).toBe(1);
    expect(out).toContain("WRONG");
  });

  test("a silent provider: the whole takes no longer than --timeout, and leaves no listener", async () => {
    await using server = await upstream({ faultFor: () => "silence" });
    await configure({ slow: { preset: "deepseek", apiKey: KEY, baseUrl: server.url } });
    const startedAt = performance.now();
    const { code, out, listeners } = await run("--timeout 1");
    expect([code, listeners]).toEqual([1, 0]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(out).toContain("ended before its time");
  });

  test("a signal ends it", async () => {
    await using server = await upstream({ faultFor: () => "silence" });
    await configure({ slow: { preset: "deepseek", apiKey: KEY, baseUrl: server.url } });
    const io = scriptedIo(folder);
    setTimeout(() => io.send("SIGINT"), 100);
    expect((await run("", io)).code).toBe(1);
  });
});

describe("the command", () => {
  test("a table for people, with the cost beforehand, in two languages", async () => {
    await using server = await upstream();
    await configure({ main: { preset: "deepseek", apiKey: KEY, baseUrl: server.url } });
    const english = await run();
    expect(english.code).toBe(0);
    expect(english.out).toMatch(/^Examining 1 provider; this costs at most \d+ tokens\.\n/);
    expect(english.out).toMatch(/key main +accepted +balance CNY 1000\.00/);
    expect(english.out).toMatch(/continuation +works +beta-prefix: exact/);
    expect(english.out).toContain("ok  resume: auto is safe here (beta-prefix).");
    const chinese = await run("", scriptedIo(folder, { env: { TIDEOVER_LANG: "zh" } }));
    expect(chinese.out).toContain("此处可安全使用 resume: auto");
  });

  test("the cost is an upper bound of what is used", async () => {
    await using server = await upstream();
    await configure({ main: { preset: "deepseek", apiKey: KEY, baseUrl: server.url } });
    const { out } = await run("--samples 2");
    const most = Number(/at most (\d+) tokens/.exec(out)?.[1]);
    expect(server.model.counters.tokensSent).toBeGreaterThan(0);
    expect(server.model.counters.tokensSent).toBeLessThan(most);
  });

  test("on a terminal --yes asks nothing", async () => {
    await using server = await upstream();
    await configure({ main: { preset: "deepseek", apiKey: KEY, baseUrl: server.url } });
    expect((await run("--yes", scriptedIo(folder, { interactive: true }))).code).toBe(0);
  });

  test("only the named providers are examined", async () => {
    await using server = await upstream();
    const provider = { preset: "deepseek", apiKey: KEY, baseUrl: server.url };
    await configure({ one: provider, two: provider, dead: { ...provider, baseUrl: "http://127.0.0.1:1" } });
    const { code, out } = await run("two,one");
    expect(code).toBe(0);
    expect(out.indexOf("\ntwo  (")).toBeLessThan(out.indexOf("\none  ("));
    expect(out).not.toContain("dead");
  });

  test.each([
    ["nobody", 2, 'There is no provider "nobody". The configuration has: main.'],
    ["--samples 0", 2, '--samples is "0"; it must be a whole number from 1 to 20.'],
    ["--timeout soon", 2, '--timeout is "soon"; it must be a whole number from 1 to 3600.'],
    ["--config missing.yaml", 1, "missing.yaml"],
  ])("%s", async (line, code, message) => {
    await configure({ main: { preset: "deepseek", apiKey: KEY } });
    const result = await run(line);
    expect([result.code, result.out]).toEqual([code, ""]);
    expect(result.err).toContain(message);
  });

  test("no configuration", async () => {
    const { code, err } = await run();
    expect([code, err]).toEqual([1, expect.stringContaining("tideover init")]);
  });
});
