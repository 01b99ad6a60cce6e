import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { expectedAnswer } from "@tideover/simulator";
import type OpenAI from "openai";
import { type BatchStage, batchStage, questionOf, requestLine, residentMiB, until } from "./batch-stage.ts";

/** How large a batch is measured. */
export interface BatchMeasureOptions {
  readonly lines: number;
  readonly concurrency: number;
  /** Gives up on one batch after this time, in ms. */
  readonly patienceMs: number;
  readonly say: (line: string) => void;
}

/** What became of one batch. */
export interface BatchAccount {
  readonly status: string;
  readonly seconds: number;
  readonly counts: OpenAI.Batch["request_counts"];
  /** Lines of the output file, of the error file, and requests that are in neither, or in both. */
  readonly output: number;
  readonly errors: number;
  readonly lost: number;
  readonly doubled: number;
  /** Answers that are not their question's. */
  readonly wrong: number;
}

/** What was found; memory in MiB, the gateway's. */
export interface BatchMeasurement {
  readonly restarted: BatchAccount;
  readonly cancelled: BatchAccount;
  readonly expired: BatchAccount;
  /** The most of both lives, the bound of issue and page being 300. */
  readonly mostResident: number;
}

/** Every answer is looked for, every hundredth compared with what the provider must have said: that takes long. */
const COMPARE_EVERY = 100;

/** Runs three batches through OpenAI's client: one killed half-way, one cancelled half-way, one whose window ends. */
export async function measureBatch(options: BatchMeasureOptions): Promise<BatchMeasurement> {
  const { lines, concurrency, say } = options;
  await using stage = await batchStage({ concurrency, atOnce: true });
  const path = join(stage.folder, "input.jsonl");
  await writeInput(path, lines);
  let mostResident = 0;
  const look = () => {
    if (!stage.gateway.isUp) return;
    mostResident = Math.max(mostResident, residentMiB(stage.gateway.pid).most);
  };
  const restarted = await run(stage, path, options, "24h", async (id) => {
    await until(
      () => stage.client(),
      id,
      ({ request_counts: counts }) => (counts?.completed ?? 0) >= lines / 2,
      options.patienceMs,
    );
    look();
    await stage.gateway.kill();
    say("killed half-way");
    await stage.gateway.start();
  });
  look();
  say(`restarted: ${JSON.stringify(restarted)}, ${mostResident} MiB`);
  const cancelled = await run(stage, path, options, "24h", async (id) => {
    await until(
      () => stage.client(),
      id,
      ({ request_counts: counts }) => (counts?.completed ?? 0) >= lines / 20,
      options.patienceMs,
    );
    await stage.client().batches.cancel(id);
  });
  look();
  say(`cancelled: ${JSON.stringify(cancelled)}, ${mostResident} MiB`);
  const window = Math.max(2, Math.round(restarted.seconds / 10));
  const expired = await run(stage, path, options, `${window}s`, async () => {});
  look();
  say(`expired: ${JSON.stringify(expired)}, ${mostResident} MiB`);
  return { restarted, cancelled, expired, mostResident };
}

/** Which promises do not hold. */
export function brokenBatchPromises(
  { restarted, cancelled, expired, mostResident }: BatchMeasurement,
  lines: number,
): string[] {
  const whole = (account: BatchAccount) => account.lost === 0 && account.doubled === 0 && account.wrong === 0;
  const promises: readonly (readonly [boolean, string])[] = [
    [restarted.status === "completed" && restarted.output === lines, "a restart half-way loses no answer"],
    [cancelled.status === "cancelled" && cancelled.output < lines, "a cancelled batch ends early"],
    [cancelled.output > 0 && cancelled.output + cancelled.errors === lines, "a cancelled batch gives what it has"],
    [expired.status === "expired" && expired.output + expired.errors === lines, "an expired batch gives what it has"],
    [[restarted, cancelled, expired].every(whole), "every request is told of once, with its own answer"],
    [mostResident < 300, "less than 300 MiB are resident"],
  ];
  return promises.filter(([holds]) => !holds).map(([, promise]) => promise);
}

async function writeInput(path: string, lines: number): Promise<void> {
  const file = createWriteStream(path);
  for (let number = 0; number < lines; number++) {
    if (!file.write(`${requestLine(number)}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

async function run(
  stage: BatchStage,
  path: string,
  { lines, patienceMs }: BatchMeasureOptions,
  window: string,
  meanwhile: (id: string) => Promise<void>,
): Promise<BatchAccount> {
  const startedAt = performance.now();
  const { id: input } = await stage.client().files.create({ file: createReadStream(path), purpose: "batch" });
  const { id } = await stage.client().batches.create({
    input_file_id: input,
    endpoint: "/v1/chat/completions",
    // OpenAI's type knows its own window only.
    completion_window: window as "24h",
  });
  await meanwhile(id);
  const ended = ({ status }: OpenAI.Batch) => ["completed", "failed", "expired", "cancelled"].includes(status);
  const batch = await until(() => stage.client(), id, ended, patienceMs);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const times = new Map<string, number>();
  let wrong = 0;
  const read = async (fileId: string | null | undefined) => {
    let count = 0;
    for await (const line of linesOf(stage, fileId)) {
      const { custom_id: customId, response } = JSON.parse(line);
      count++;
      times.set(customId, (times.get(customId) ?? 0) + 1);
      if (count % COMPARE_EVERY !== 0 || response === null) continue;
      const content = questionOf(Number(String(customId).slice("product-".length)));
      const expected = expectedAnswer({ model: "sim-chat", messages: [{ role: "user", content }] });
      if (response.body.choices[0].message.content !== expected.content) wrong++;
    }
    return count;
  };
  const output = await read(batch.output_file_id);
  const errors = await read(batch.error_file_id);
  const doubled = [...times.values()].filter((count) => count > 1).length;
  return {
    status: batch.status,
    seconds,
    counts: batch.request_counts,
    output,
    errors,
    lost: lines - times.size,
    doubled,
    wrong,
  };
}

async function* linesOf(stage: BatchStage, fileId: string | null | undefined): AsyncGenerator<string> {
  if (fileId === null || fileId === undefined) return;
  const { body } = await stage.client().files.content(fileId);
  if (body === null) return;
  const text = Readable.fromWeb(body as ReadableStream<Uint8Array>);
  for await (const line of createInterface({ input: text })) if (line !== "") yield line;
}
