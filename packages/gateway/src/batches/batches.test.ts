import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Job, JobError, NewJob } from "tideover/engine";
import { isCallerError } from "tideover/front";
import { MemoryJobQueue, MemoryJobStore } from "tideover/jobs";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { FileStore } from "../files/file-store.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { systemIds } from "../system.ts";
import { BATCHES_DATABASE, BatchStore } from "./batch-store.ts";
import { createBatch } from "./create-batch.ts";
import { enqueueLines } from "./enqueue-lines.ts";
import { UsageTally } from "./usage-tally.ts";
import { validateInput } from "./validate-input.ts";
import { withoutBatchLines } from "./without-batch-lines.ts";
import { writeOutput } from "./write-output.ts";

const TERMS = { endpoint: "/v1/chat/completions", whyNot: () => undefined } as const;

function lineOf(number: number): string {
  const body = { model: "m", messages: [{ role: "user", content: `question ${number}` }] };
  return JSON.stringify({ custom_id: `c${number}`, method: "POST", url: TERMS.endpoint, body });
}

/** Files, batches and jobs of one process, and a batch over lines. */
async function office(lines: readonly string[]) {
  const folder = temporaryFolder();
  const dataDir = DataDir.open(join(folder.path, "data"), "test");
  const clock = new VirtualClock();
  const files = new FileStore({
    ...{ database: dataDir.database(BATCHES_DATABASE), clock, ids: systemIds },
    folder: join(folder.path, "files"),
  });
  const batches = new BatchStore(dataDir.database(BATCHES_DATABASE));
  const store = new MemoryJobStore();
  const queue = new MemoryJobQueue(clock);
  const draft = await files.begin();
  await draft.write(Buffer.from(lines.join("\n")));
  const input = await files.keep(draft, { tenant: "t", filename: "in.jsonl", purpose: "batch" });
  const order = { input_file_id: input.id, endpoint: TERMS.endpoint, completion_window: "24h" };
  const request = {
    method: "POST",
    path: "/v1/batches",
    header: () => undefined,
    body: Buffer.from(JSON.stringify(order)),
    signal: new AbortController().signal,
  };
  const endpoint = { kind: "batch", name: "/v1/batches", of: "batches" } as const;
  const parts = { batches, files, clock, ids: systemIds, keepMs: 7 * 24 * 3_600_000 };
  const made = await createBatch({ endpoint, request, tenant: "t" }, parts);
  if (isCallerError(made)) throw new Error(made.message);
  const batch = { ...made, progress: { total: lines.length, enqueued: 0 } };
  const path = files.pathOf(input.id);
  const enqueue = (from = 0, goesOn = () => true, noted: number[] = []) =>
    enqueueLines({ ...batch, progress: { total: lines.length, enqueued: from } }, path, {
      ...{ store, queue, clock, ids: systemIds, terms: TERMS, goesOn },
      pause: () => Promise.resolve(),
      note: async (enqueued) => void noted.push(enqueued),
    });
  const jobs = async () => (await store.list({ group: batch.id, limit: 10_000 })).jobs;
  return {
    ...{ folder, clock, files, batches, store, batch, path, input, enqueue, jobs },
    async [Symbol.asyncDispose]() {
      await queue.close();
      await dataDir.close();
      folder[Symbol.dispose]();
    },
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

test("lines become jobs once, also when the process died before it could note so", async () => {
  await using on = await office(numbers(600).map(lineOf));
  const noted: number[] = [];
  let pieces = 0;
  expect(await on.enqueue(0, () => pieces++ < 2, noted)).toBe(false);
  expect(noted).toEqual([256, 512]);
  expect(await on.enqueue(256, () => true, noted)).toBe(true);
  const jobs = await on.jobs();
  expect(jobs).toHaveLength(600);
  expect(new Set(jobs.map(({ tag }) => tag)).size).toBe(600);
  expect(jobs[0]).toMatchObject({
    tenant: "t",
    model: "m",
    group: on.batch.id,
    priority: 7,
    expiresAt: on.batch.expiresAt,
  });
  expect(noted.at(-1)).toBe(600);
});

test("the output tells of every line once: answered, failed, unfinished and never begun", async () => {
  await using on = await office(numbers(4).map(lineOf));
  await on.enqueue();
  const now = on.clock.wallTime();
  const leased = await on.store.lease({ owner: "w", until: now + 30_000, now, limit: 2 });
  const keeping = { now, keptUntil: now + 1e9 };
  const usage = { prompt_tokens: 3, completion_tokens: 4, prompt_cache_hit_tokens: 2 };
  // A provider's document over several lines must not break the file's.
  const body = JSON.stringify({ choices: [], usage }, undefined, 2);
  const error: JobError = { code: "invalid_request", message: "no", deadLetter: false };
  const [first, second] = leased;
  if (first === undefined || second === undefined) throw new Error("nothing was leased");
  await on.store.complete(first.hold, { status: 200, body, provenance: { rung: "live" } }, keeping);
  await on.store.fail(second.hold, error, keeping, { status: 400, body: "not json" });
  const batch = { ...on.batch, progress: { total: 5, enqueued: 3 } };
  await writeFile(on.path, numbers(5).map(lineOf).join("\n"));
  const output = await writeOutput(batch, "cancelled", { store: on.store, files: on.files, terms: TERMS });
  expect(output).toMatchObject({
    completed: 1,
    failed: 1,
    usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
  });
  const linesOf = async (draft: typeof output.output) =>
    (await import("node:fs/promises")).readFile(on.files.pathOf(draft?.id ?? ""), "utf8").then((text) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    );
  expect(await linesOf(output.output)).toEqual([
    {
      id: expect.stringMatching(/^batch_req_/),
      custom_id: "c0",
      response: { status_code: 200, request_id: first.job.id, body: { choices: [], usage } },
      error: null,
      tideover: { rung: "live" },
    },
  ]);
  const errors = new Map((await linesOf(output.errors)).map((line) => [line.custom_id, line]));
  expect([...errors.keys()].toSorted()).toEqual(["c1", "c2", "c3", "c4"]);
  expect(errors.get("c1")).toMatchObject({
    response: { status_code: 400, body: "not json" },
    error: { code: "invalid_request" },
  });
  expect(errors.get("c4")).toMatchObject({ response: null, error: { code: "batch_cancelled" } });
});

test("too many lines, too many flaws, and none at all", async () => {
  await using on = await office([lineOf(0)]);
  const check = async (text: string) => {
    await writeFile(on.path, text);
    return validateInput(on.path, TERMS, () => true, 1_000);
  };
  expect(await check("\n\n")).toMatchObject({ total: 0, flaws: [{ code: "empty_file", line: null }] });
  expect((await check("x\n".repeat(500))).flaws).toHaveLength(100);
  const many = await check(`${numbers(1_001).map(lineOf).join("\n")}`);
  expect(many.flaws).toEqual([expect.objectContaining({ code: "too_many_requests" })]);
});

test("a change that another one overtook is not made", async () => {
  await using on = await office([lineOf(0)]);
  const { batches, batch } = on;
  await batches.cancel(batch.id, "somebody else", 1);
  expect(batches.find(batch.id)?.status).toBe("validating");
  await batches.cancel(batch.id, "t", 1);
  const progress = { total: 1, enqueued: 0 };
  expect(await batches.move(batch.id, { from: "validating", to: "in_progress", progress })).toBe(false);
  expect(batches.find(batch.id)).toMatchObject({ status: "cancelling", ending: "cancelled", cancellingAt: 1 });
  expect([batches.countActive("t"), batches.countActive("t", on.input.id), batches.countActive("u")]).toEqual([
    1, 1, 0,
  ]);
});

test("files go when their time is over, and what a dead process left goes at the next start", async () => {
  await using on = await office([lineOf(0)]);
  const draft = await on.files.begin();
  await draft.write(Buffer.from("half"));
  on.files.removeOrphans();
  await expect(draft.finish()).rejects.toThrow("ENOENT");
  expect(on.files.find(on.input.id, "t")).toMatchObject({ bytes: lineOf(0).length });
  await on.clock.advance(31 * 24 * 3_600_000);
  expect(on.files.find(on.input.id, "t")).toBeUndefined();
  await on.files.sweep();
  expect(on.files.list({ tenant: "t", limit: 10, order: "asc" })).toEqual([]);
});

test("usage is added up, whatever the provider calls its cached tokens", () => {
  const tally = new UsageTally();
  tally.add('{"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4}}');
  tally.add(
    '{"usage":{"prompt_tokens":1,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}}}',
  );
  tally.add("not json");
  expect(tally.document()).toEqual({
    input_tokens: 11,
    input_tokens_details: { cached_tokens: 5 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 16,
  });
});

test("nobody is told of a batch's single lines", async () => {
  const job = (id: string, group?: string) => ({ id, group }) as unknown as Job & NewJob;
  const told: string[] = [];
  const announce = withoutBatchLines(async (ended) => {
    told.push(...ended.map(({ id }) => id));
    return [];
  });
  expect(await announce([job("a"), job("b", "batch_1")])).toEqual(["b"]);
  expect(told).toEqual(["a"]);
});
