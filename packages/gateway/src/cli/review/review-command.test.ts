import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { ForecastAnswer, ForecastChange } from "../../admin/forecast-types.ts";
import { temporaryFolder } from "../../stores/embedded/testing/temporary-folder.ts";
import { runCli } from "../run-cli.ts";
import { scriptedIo } from "../testing/scripted-io.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A gateway of which only the admin API is there; it notes what it is asked. */
async function gateway(status: number, answer: object | string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      asked.push([request.method, request.url, request.headers.authorization ?? "-", body].join(" ").trim());
      response.writeHead(status, { connection: "close" });
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function run(line: readonly string[], env: Record<string, string> = {}, folder = "/") {
  const io = scriptedIo(folder, { env: { TIDEOVER_LANG: "en", ...env } });
  const code = await runCli(line, io);
  return { code, out: io.out(), err: io.err() };
}

const ENTRY = {
  ...{ id: "review_1", state: "waiting", tenant: "shop", route: "copy", model: "m", rung: "template", given: 3 },
  ...{ question: "Describe: a lamp for long evenings in the garden", answer: "lamp: soon", tickets: [] },
  ...{ firstGivenAt: 1_795_347_000_000, lastGivenAt: 1_795_347_234_000 },
};

describe("tideover review", () => {
  test("lists what waits, with where to go on and what was dropped", async () => {
    const { url, asked } = await gateway(200, { entries: [ENTRY], next: "review_1", counts: {}, dropped: 2 });
    const { code, out } = await run(["review", "list", "--limit", "1", "--url", url, "--admin-key", "k"]);
    expect([code, asked]).toEqual([0, ["GET /admin/api/review?state=waiting&limit=1 Bearer k"]]);
    expect(out).toMatch(
      /review_1 +waiting +copy +3 +2026-11-22 11:33:54 +Describe: a lamp for long evenings in t… +lamp: soon\n/,
    );
    expect(out).toContain("--after review_1");
    expect(out).toContain("2 entries made room");
  });

  test("what callers and models wrote cannot steer the terminal", async () => {
    const entry = { ...ENTRY, question: "a\u001b]0;owned\u0007b", answer: "\u009b2Jc", route: "r\u001b[31m" };
    const listed = await gateway(200, { entries: [entry], counts: {}, dropped: 0 });
    const { out } = await run(["review", "list", "--url", listed.url]);
    const preview = await gateway(200, { text: "one\n\u001b[2Jtwo", provider: "deepseek" });
    const line = ["review", "regenerate", "review_1", "--preview", "--url", preview.url];
    const shown = (await run(line)).out;
    expect(shown).toBe("one\ntwo\n");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test("decides under a name, and says what it led to", async () => {
    using folder = temporaryFolder();
    await writeFile(join(folder.path, "text.txt"), "A fine lamp.\n");
    const decided = { ...ENTRY, state: "edited", events: [{ at: 0, by: "ann", action: "edit", effect: "stored" }] };
    const { url, asked } = await gateway(200, decided);
    const env = { USER: "ann", TIDEOVER_ADMIN_KEY: "secret" };
    const { out } = await run(["review", "edit", "review_1", "--file", "text.txt", "--url", url], env, folder.path);
    expect(out).toBe("review_1 is edited.\nstored\n");
    await run(["review", "approve", "review_1", "--by", "ben", "--url", url], env);
    expect(asked).toEqual([
      'POST /admin/api/review/review_1/edit Bearer secret {"by":"ann","text":"A fine lamp."}',
      'POST /admin/api/review/review_1/approve Bearer secret {"by":"ben"}',
    ]);
  });

  test("shows a live answer without putting it in force", async () => {
    const { url, asked } = await gateway(200, { text: "A live lamp.", provider: "deepseek" });
    const { out } = await run(["review", "regenerate", "review_1", "--preview", "--url", url]);
    expect([out, asked]).toEqual(["A live lamp.\n", ['POST /admin/api/review/review_1/regenerate - {"preview":true}']]);
  });

  test.each<[string[], number, RegExp]>([
    [["review"], 2, /list, show, approve, edit, regenerate, dismiss/],
    [["review", "approve"], 2, /needs the id of an entry/],
    [["review", "edit", "review_1"], 2, /--text or --file/],
    [["review", "edit", "review_1", "--text", "a", "--file", "b"], 2, /one of them/],
    [["review", "edit", "review_1", "--file", "nowhere.txt"], 1, /nowhere\.txt/],
  ])("%j is refused with what would be right", async (line, code, message) => {
    const refused = await run(line);
    expect([refused.code, message.test(refused.err)]).toEqual([code, true]);
  });

  test("tells the gateway's own words, and where there is none", async () => {
    const { url } = await gateway(409, { error: { message: "A live answer came meanwhile." } });
    expect(await run(["review", "approve", "review_1", "--url", url])).toMatchObject({
      code: 1,
      err: "A live answer came meanwhile.\n",
    });
    expect((await run(["review", "list", "--url", "http://127.0.0.1:1"])).err).toContain("was not reached");
  });
});

const POINT = { at: 1_795_348_800_000, value: 5_196.2, low: 4_000, high: 5_532 };
const MEASURE = {
  observed: [],
  ahead: [POINT],
  peak: POINT,
  backtest: { method: "seasonal-ratio", seasonHours: 168, compared: 10, error: 73.6, naiveError: 90, coverage: 0.9 },
} as const;
const FORECAST: ForecastAnswer = {
  madeAt: 0,
  hoursOfHistory: 500,
  measures: { requests: MEASURE },
  limits: [{ provider: "deepseek", concurrency: 120, from: "learned", peakUse: 1.66, mayBeReachedAt: POINT.at }],
  replicas: { needed: 2, callsEach: 1_000, at: POINT.at },
  cost: { total: { amount: 77.351, currency: "USD" }, peakHour: { amount: 1.04, currency: "USD" } },
  recommendations: [
    {
      id: "raise-limit:deepseek",
      kind: "raise-limit",
      subject: "deepseek",
      reason: { en: "Raise it.", zh: "提高。" },
      change: { path: "providers.deepseek.limit.max", from: 120, to: 240 },
      saves: { amount: 3, currency: "USD" },
    },
  ],
};

describe("tideover forecast", () => {
  test("shows what is coming against limits and prices, and what to do", async () => {
    const { url, asked } = await gateway(200, FORECAST);
    const { code, out } = await run(["forecast", "--hours", "24", "--url", url]);
    expect([code, asked]).toEqual([0, ["GET /admin/api/forecast?hours=24 -"]]);
    expect(out).toMatch(/requests\/h +2026-11-22 12:00Z +5196 +5532 +seasonal-ratio +73\.6 +90\.0 +90%/);
    expect(out).toMatch(/deepseek +120 +learned +166% +maybe 2026-11-22 12:00Z/);
    expect(out).toContain("Cost of the hours ahead: 77.35 USD; the dearest hour: 1.04 USD.");
    expect(out).toContain(
      "- Raise it. (saves 3.00 USD; providers.deepseek.limit.max: 120 > 240, --apply raise-limit:deepseek)",
    );
    expect((await run(["forecast", "--url", url], { TIDEOVER_LANG: "zh" })).out).toContain("- 提高。");
  });

  test("says that there is too little history, and prints exports and JSON as they are", async () => {
    const missing = { en: "Too little.", zh: "太少。" };
    const none = await gateway(200, { ...FORECAST, missing });
    expect((await run(["forecast", "--url", none.url])).out).toBe("Too little.\n");
    const exported = await gateway(200, "kind: ScaledObject\n");
    const line = ["forecast", "--export", "keda", "--deployment", "tide", "--url", exported.url];
    expect((await run(line)).out).toBe("kind: ScaledObject\n");
    expect(exported.asked).toEqual(["GET /admin/api/forecast/export?format=keda&deployment=tide -"]);
    expect(JSON.parse((await run(["forecast", "--json", "--url", none.url])).out)).toMatchObject({ missing });
  });
});

describe("tideover forecast --apply", () => {
  const CHANGE: ForecastChange = {
    ...{ id: "raise-limit:deepseek", file: "/srv/tideover.yaml", digest: "abc", snippet: "providers: {}\n" },
    changes: [{ section: "provider", name: "deepseek", setting: "limit.max", before: "120", after: "240" }],
  };
  const line = ["forecast", "--apply", "raise-limit:deepseek"];

  test("shows the change and writes it, as the one that was shown", async () => {
    const { url, asked } = await gateway(200, CHANGE);
    const { code, out } = await run([...line, "--by", "ann", "--url", url, "--admin-key", "k"]);
    expect(code).toBe(0);
    expect(out).toBe(
      "Changes in /srv/tideover.yaml:\n  provider deepseek limit.max: 120 > 240\n" +
        "In force, and written into /srv/tideover.yaml; the old one is /srv/tideover.yaml.bak.\n",
    );
    expect(asked).toEqual([
      "GET /admin/api/forecast/change?id=raise-limit%3Adeepseek Bearer k",
      'POST /admin/api/forecast/apply Bearer k {"id":"raise-limit:deepseek","digest":"abc","by":"ann"}',
    ]);
  });

  test("only shows it where that is asked, and gives the lines where the gateway cannot write it", async () => {
    const { url, asked } = await gateway(200, CHANGE);
    expect((await run([...line, "--dry-run", "--url", url])).out).toContain("limit.max: 120 > 240");
    expect(asked).toHaveLength(1);
    const blocked = { en: "There is no file.", zh: "没有文件。" };
    const without = await gateway(200, { ...CHANGE, file: null, changes: [], blocked });
    const refused = await run([...line, "--url", without.url]);
    expect([refused.code, refused.err]).toEqual([1, "There is no file.\nWrite it yourself:\nproviders: {}\n"]);
    expect(without.asked).toHaveLength(1);
  });
});

describe("tideover erase", () => {
  const ERASED = { batches: 1, files: 2, jobs: 40, reviews: 3, answers: 512, requests: 17 };

  test("forgets a tenant and says how much", async () => {
    const { url, asked } = await gateway(200, ERASED);
    const { code, out } = await run(["erase", "the shop", "--yes", "--url", url, "--admin-key", "k"]);
    expect([code, asked]).toEqual([0, ["DELETE /admin/api/tenants/the%20shop Bearer k"]]);
    expect(out).toMatch(/nothing is kept any more[\s\S]*512 +stored answers/);
    expect(JSON.parse((await run(["erase", "shop", "--yes", "--json", "--url", url])).out)).toEqual(ERASED);
  });

  test("says where else it is to be run, where a store is shared", async () => {
    const { url } = await gateway(200, { ...ERASED, notReachedElsewhere: ["files", "requests"] });
    const { out } = await run(["erase", "shop", "--yes", "--url", url]);
    expect(out).toMatch(/this gateway keeps nothing any more[\s\S]*its own files, recent requests: run this for every/);
  });

  test("does nothing without a tenant and a yes", async () => {
    const { url, asked } = await gateway(200, ERASED);
    expect(await run(["erase", "--url", url])).toMatchObject({ code: 2, err: expect.stringContaining("Say whose") });
    expect(await run(["erase", "shop", "--url", url])).toMatchObject({
      code: 2,
      err: expect.stringContaining("--yes"),
    });
    expect(asked).toEqual([]);
  });
});

test("tideover backup copies the data folder of a configuration", async () => {
  using folder = temporaryFolder();
  await writeFile(
    join(folder.path, "tideover.yaml"),
    "providers: { a: { preset: ollama } }\nroutes: [{ model: '*', ladder: [a] }]\n",
  );
  expect((await run(["backup"], {}, folder.path)).err).toContain("tideover backup FOLDER");
  expect((await run(["backup", "copy"], {}, folder.path)).err).toContain("There is no data folder");
});
