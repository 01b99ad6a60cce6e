import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom, sleep } from "tideover/engine";
import { VirtualClock } from "tideover/testing";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { FailureReport } from "./failure-report.ts";
import { progressLine, shownTime } from "./format-progress.ts";
import { warmEn } from "./messages/en.ts";
import { type Prompt, readPrompts } from "./prompts-file.ts";
import { WarmRecord } from "./warm-record.ts";
import { type WarmOptions, WarmRun } from "./warm-run.ts";
import type { WarmResult } from "./warm-target.ts";

const GENERATED: WarmResult = { type: "generated", kept: true };
const BUSY: WarmResult = { type: "failed", status: 503, code: "load_shed", message: "Busy.", retryAfterMs: 0 };
const WRONG: WarmResult = { type: "failed", status: 400, code: "invalid_request", message: "Wrong." };

const prompt = (line: number): Prompt => ({ line, id: `id-${line}`, body: { model: "m", messages: [] } });

async function* prompts(count: number): AsyncGenerator<Prompt> {
  for (let line = 1; line <= count; line++) yield prompt(line);
}

function stage(count: number, answer: (line: number) => Promise<WarmResult>, more: Partial<WarmOptions> = {}) {
  const clock = new VirtualClock();
  let sent = 0;
  const open = { now: 0, most: 0 };
  const run = new WarmRun({
    prompts: prompts(count),
    total: count,
    concurrency: 4,
    clock,
    random: seededRandom(1),
    stop: new AbortController().signal,
    async target() {
      const line = ++sent;
      open.most = Math.max(open.most, ++open.now);
      const result = await answer(line);
      open.now--;
      return result;
    },
    ...more,
  });
  return { clock, run, open, sent: () => sent };
}

/** An answer that takes a second. */
function slow(clock: () => VirtualClock, result: WarmResult) {
  return async () => {
    await sleep(clock(), 1_000, new AbortController().signal);
    return result;
  };
}

describe("warming", () => {
  it("sends all requests, so many at a time, and knows how long it will take", async () => {
    const staged = stage(
      40,
      slow(() => staged.clock, GENERATED),
    );
    const running = staged.clock.run(staged.run.run());
    const ended = await running;
    expect(staged.open.most).toBe(4);
    expect(ended).toMatchObject({ total: 40, done: 40, generated: 40, failed: 0, elapsedMs: 10_000, leftMs: 0 });
    expect(ended.rate).toBeCloseTo(4, 0);
  });

  it("waits and tries again while the gateway is busy, and gives up in the end", async () => {
    const answers = [BUSY, BUSY, GENERATED];
    const once = stage(1, () => Promise.resolve(answers.shift() ?? WRONG));
    expect(await once.clock.run(once.run.run())).toMatchObject({ generated: 1, failed: 0 });
    expect(once.sent()).toBe(3);
    const never = stage(1, () => Promise.resolve(BUSY));
    expect(await never.clock.run(never.run.run())).toMatchObject({ generated: 0, failed: 1 });
    expect(never.sent()).toBe(5);
  });

  it("waits at least as long as it is told to", async () => {
    const answers = [{ ...BUSY, retryAfterMs: 20_000 }, GENERATED];
    const staged = stage(1, () => Promise.resolve(answers.shift() ?? WRONG));
    expect((await staged.clock.run(staged.run.run())).elapsedMs).toBeGreaterThanOrEqual(20_000);
  });

  it("does not send again what is wrong", async () => {
    const staged = stage(3, (line) => Promise.resolve(line === 2 ? WRONG : GENERATED));
    expect(await staged.clock.run(staged.run.run())).toMatchObject({ generated: 2, failed: 1 });
    expect(staged.sent()).toBe(3);
  });

  it("is stopped at once, and what was under way counts as not done", async () => {
    const stop = new AbortController();
    const done: number[] = [];
    const staged = stage(
      100,
      slow(() => staged.clock, GENERATED),
      {
        stop: stop.signal,
        onDone: ({ line }) => done.push(line),
      },
    );
    const running = staged.run.run();
    await staged.clock.advance(2_500);
    stop.abort();
    await staged.clock.advance(1_000);
    expect(await running).toMatchObject({ done: 8, generated: 8 });
    expect(done).toHaveLength(8);
    expect(staged.sent()).toBe(12);
  });

  it("passes on what is wrong with the prompts", async () => {
    async function* broken(): AsyncGenerator<Prompt> {
      yield prompt(1);
      throw new Error("line 2 is not JSON");
    }
    const staged = stage(2, () => Promise.resolve(GENERATED), { prompts: broken() });
    await expect(staged.clock.run(staged.run.run())).rejects.toThrow("line 2 is not JSON");
  });
});

describe("what a stopped run has done", () => {
  it("is not done again, unless it is begun anew", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "prompts.jsonl.warmed");
    const first = new WarmRecord(path, false);
    for (const line of [1, 2, 3]) first.add(prompt(line).id);
    // A kill in the middle of a line.
    appendFileSync(path, "id-");
    const second = new WarmRecord(path, false);
    const staged = stage(5, () => Promise.resolve(GENERATED), { isDone: (id) => second.has(id) });
    expect(await staged.clock.run(staged.run.run())).toMatchObject({ resumed: 3, generated: 2, done: 5 });
    second.finish();
    expect(new WarmRecord(path, false).size).toBe(0);
    first.add("id-1");
    expect(new WarmRecord(path, true).size).toBe(0);
  });
});

describe("a prompts file", () => {
  const read = async (folder: string, lines: string, model?: string) => {
    const path = join(folder, "prompts.jsonl");
    writeFileSync(path, lines);
    const found: Prompt[] = [];
    for await (const one of readPrompts(path, "prompts.jsonl", { model })) found.push(one);
    return found;
  };

  it("has request bodies or prompts, and never asks for a stream", async () => {
    using folder = temporaryFolder();
    const found = await read(
      folder.path,
      '\ufeff{"prompt":"Hello","temperature":0}\r\n\n{"model":"own","messages":[{"role":"user","content":"你好"}],"stream":true}\n',
      "usual",
    );
    expect(found.map(({ line, body }) => ({ line, body }))).toEqual([
      { line: 1, body: { temperature: 0, model: "usual", messages: [{ role: "user", content: "Hello" }] } },
      { line: 3, body: { model: "own", messages: [{ role: "user", content: "你好" }] } },
    ]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
  });

  it.each([
    ['{"prompt":"a"}', "prompts.jsonl, line 1 names no model"],
    ['{"prompt":"a","model":"m"}\n{"prompt":', "prompts.jsonl, line 2 is not JSON"],
    ["[]", "line 1 is no JSON object"],
    ['{"model":"m"}', "line 1 asks nothing"],
    ['{"model":"m","prompt":"a","messages":[]}', 'line 1 has both "prompt" and "messages"'],
  ])("%j is refused with its place", async (lines, problem) => {
    using folder = temporaryFolder();
    await expect(read(folder.path, lines)).rejects.toThrow(problem);
  });

  it("that is not there is named", async () => {
    using folder = temporaryFolder();
    const missing = readPrompts(join(folder.path, "no.jsonl"), "no.jsonl", {});
    await expect(missing.next()).rejects.toThrow("There is no file no.jsonl.");
  });

  it("can be the report of the requests that failed", async () => {
    using folder = temporaryFolder();
    const report = new FailureReport(join(folder.path, "failed.jsonl"), false);
    expect(report.isWritten).toBe(false);
    const [failed] = await read(folder.path, '{"prompt":"a","model":"m"}');
    if (failed === undefined) throw new Error("nothing was read");
    report.add(failed, { type: "failed", status: 400, code: "invalid_request", message: "Wrong." });
    expect(report.isWritten).toBe(true);
    expect(JSON.parse(readFileSync(report.path, "utf8"))._failure).toEqual({
      line: 1,
      status: 400,
      code: "invalid_request",
      message: "Wrong.",
    });
    const [again] = await read(folder.path, readFileSync(report.path, "utf8"));
    expect(again?.id).toBe(failed.id);
  });
});

it("shows how far it is", () => {
  const progress = { total: 200, done: 50, generated: 48, present: 0, notKept: 0, failed: 2, resumed: 0, elapsedMs: 1 };
  expect(progressLine({ ...progress, rate: 2.5, leftMs: 60_000 }, warmEn)).toBe(
    "[######------------------]  25%  50 of 200, 2.5/s, 2 failed, 1 min 00 s left",
  );
  expect([900, 61_000, 7_800_000].map(shownTime)).toEqual(["1 s", "1 min 01 s", "2 h 10 min"]);
});
