import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectedAnswer } from "@tideover/simulator";
import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BatchStage, batchStage, questionOf, requestLine, until } from "./batch-stage.ts";

let on: BatchStage;
beforeAll(async () => {
  on = await batchStage({ concurrency: 32 });
}, 60_000);
afterAll(() => on[Symbol.asyncDispose]());

interface OutputLine {
  readonly id: string;
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly body: OpenAI.ChatCompletion } | null;
  readonly error: { readonly code: string } | null;
}

async function upload(lines: readonly string[]): Promise<OpenAI.FileObject> {
  return on.client().files.create({ file: await toFile(Buffer.from(lines.join("\n")), "in.jsonl"), purpose: "batch" });
}

async function submit(lines: readonly string[], more: object = {}): Promise<OpenAI.Batch> {
  const { id } = await upload(lines);
  const order = { input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
  return on.client().batches.create({ ...order, ...more });
}

async function linesOf(fileId: string | null | undefined): Promise<OutputLine[]> {
  if (fileId === null || fileId === undefined) return [];
  const text = await (await on.client().files.content(fileId)).text();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
const hasEnded = ({ status }: OpenAI.Batch) => ["completed", "failed", "expired", "cancelled"].includes(status);

test("files: sent from disk, shown, listed page by page, read back, deleted", async () => {
  const client = on.client();
  const path = join(on.folder, "sent.jsonl");
  const text = `${requestLine(1)}\r\n--not a boundary\r\n${"x".repeat(300_000)}`;
  writeFileSync(path, text);
  const expires_after = { anchor: "created_at", seconds: 3_600 } as const;
  const file = await client.files.create({ file: createReadStream(path), purpose: "batch", expires_after });
  expect(file).toMatchObject({
    object: "file",
    filename: "sent.jsonl",
    purpose: "batch",
    bytes: Buffer.byteLength(text),
  });
  expect((file.expires_at ?? 0) - file.created_at).toBe(3_600);
  expect(await client.files.waitForProcessing(file.id)).toEqual(file);
  expect(await (await client.files.content(file.id)).text()).toBe(text);
  const second = await upload([requestLine(2)]);
  const listed: string[] = [];
  for await (const { id } of client.files.list({ limit: 1, purpose: "batch" })) listed.push(id);
  expect(listed.slice(0, 2)).toEqual([second.id, file.id]);
  expect(await client.files.delete(file.id)).toEqual({ id: file.id, object: "file", deleted: true });
  await expect(client.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
});

test("what is no upload is refused with what would be right", async () => {
  const client = on.client();
  const file = await toFile(Buffer.from("{}"), "in.jsonl");
  await expect(client.files.create({ file, purpose: "assistants" })).rejects.toMatchObject({
    status: 400,
    param: "purpose",
  });
  const empty = await toFile(Buffer.from(""), "in.jsonl");
  await expect(client.files.create({ file: empty, purpose: "batch" })).rejects.toMatchObject({ status: 400 });
  const headers = { authorization: "Bearer key-of-one", "content-type": "multipart/form-data; boundary=x" };
  const cut = await fetch(`${on.gateway.url}/v1/files`, { method: "POST", headers, body: "--x\r\nContent-Disp" });
  expect([cut.status, await cut.text()]).toEqual([400, expect.stringContaining("ends in the middle")]);
});

test("a batch from its submission to its answers, with a request that its provider refuses", async () => {
  const client = on.client();
  const refused = requestLine(20, { body: { model: "sim-chat", messages: [{ role: "nobody", content: "x" }] } });
  const metadata = { catalogue: "winter" };
  const created = await submit([...numbers(20).map((number) => requestLine(number)), refused], { metadata });
  expect(created).toMatchObject({
    object: "batch",
    status: "validating",
    errors: null,
    output_file_id: null,
    metadata,
  });
  const batch = await until(() => client, created.id, hasEnded);
  expect(batch).toMatchObject({
    status: "completed",
    model: "sim-chat",
    request_counts: { total: 21, completed: 20, failed: 1 },
  });
  expect(batch.completed_at).toBeGreaterThanOrEqual(batch.in_progress_at ?? Number.NaN);
  expect(batch.usage?.output_tokens).toBeGreaterThan(20);
  const output = await linesOf(batch.output_file_id);
  expect(output.map(({ custom_id }) => custom_id).toSorted()).toEqual(
    numbers(20)
      .map((number) => `product-${number}`)
      .toSorted(),
  );
  for (const { custom_id, response, error } of output) {
    const question = questionOf(Number(custom_id.slice("product-".length)));
    const expected = expectedAnswer({ model: "sim-chat", messages: [{ role: "user", content: question }] });
    expect([response?.status_code, error]).toEqual([200, null]);
    expect(response?.body.choices[0]?.message.content).toBe(expected.content);
  }
  const [wrong] = await linesOf(batch.error_file_id);
  expect(wrong).toMatchObject({ custom_id: "product-20", error: { code: "invalid_request" } });
});

test("each wrong line is told with its number, and nothing is run", async () => {
  const asked = on.upstream.model.counters.requests;
  const created = await submit([
    requestLine(1),
    "not json",
    requestLine(1),
    requestLine(2, { method: "GET" }),
    "",
    requestLine(3, { url: "/v1/embeddings" }),
    requestLine(4, { body: { model: "other", messages: [{ role: "user", content: "x" }] } }),
    requestLine(5, { body: { model: "untold", messages: [{ role: "user", content: "x" }] } }),
    requestLine(6, { body: { model: "sim-chat" } }),
    requestLine(7, { custom_id: undefined }),
  ]);
  const batch = await until(() => on.client(), created.id, hasEnded);
  expect(batch.status).toBe("failed");
  expect(batch.errors?.data?.map(({ code, line, param }) => [code, line, param])).toEqual([
    ["invalid_json_line", 2, null],
    ["duplicate_custom_id", 3, "custom_id"],
    ["invalid_method", 4, "method"],
    ["invalid_url", 6, "url"],
    ["model_not_found", 7, "body.model"],
    ["model_not_found", 8, "body.model"],
    ["invalid_request", 9, "body.messages"],
    ["missing_required_parameter", 10, "custom_id"],
  ]);
  expect(on.upstream.model.counters.requests).toBe(asked);
});

test("an order that cannot be is refused", async () => {
  const { id } = await upload([requestLine(1)]);
  const order = { input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
  const { batches } = on.client();
  const wrong: [object, string][] = [
    [{ endpoint: "/v1/moderations" }, "endpoint"],
    [{ completion_window: "forever" }, "completion_window"],
    [{ completion_window: "7d" }, "completion_window"],
    [{ input_file_id: "file-nobody" }, "input_file_id"],
    [{ metadata: { long: "x".repeat(513) } }, "metadata"],
    [{ output_expires_after: { anchor: "created_at", seconds: 1 } }, "output_expires_after"],
  ];
  for (const [more, param] of wrong) {
    await expect(batches.create({ ...order, ...more })).rejects.toMatchObject({ param });
  }
});

test("another tenant sees neither file nor batch", async () => {
  const batch = await submit([requestLine(1)]);
  const other = on.client("key-of-two");
  for (const ask of [
    () => other.files.retrieve(batch.input_file_id),
    () => other.files.content(batch.input_file_id),
    () => other.files.delete(batch.input_file_id),
    () => other.batches.retrieve(batch.id),
    () => other.batches.cancel(batch.id),
  ]) {
    await expect(ask()).rejects.toMatchObject({ status: 404 });
  }
  expect((await other.batches.list()).data).toEqual([]);
  expect((await other.files.list()).data).toEqual([]);
  const seen: string[] = [];
  for await (const { id } of on.client().batches.list({ limit: 2 })) seen.push(id);
  expect(seen[0]).toBe(batch.id);
  expect(new Set(seen).size).toBe(seen.length);
  await until(() => on.client(), batch.id, hasEnded);
});

test.each(["cancelled", "expired"] as const)(
  "a batch that is %s gives what it has, and accounts for the rest",
  async (end) => {
    // A quick one, and some that take longer than anybody waits.
    const lines = [requestLine(0), ...numbers(40).map((number) => requestLine(number + 1, { tokens: 30_000 }))];
    const created = await submit(lines, { completion_window: end === "expired" ? "4s" : "24h" });
    const client = on.client();
    await until(
      () => client,
      created.id,
      ({ request_counts }) => request_counts?.completed === 1,
    );
    await expect(client.files.delete(created.input_file_id)).rejects.toMatchObject({ status: 409 });
    if (end === "cancelled") expect((await client.batches.cancel(created.id)).status).toBe("cancelling");
    const batch = await until(() => client, created.id, hasEnded);
    expect(batch.status).toBe(end);
    expect(batch[`${end}_at`]).toBeGreaterThanOrEqual(batch.created_at);
    expect((await linesOf(batch.output_file_id)).map(({ custom_id }) => custom_id)).toEqual(["product-0"]);
    const errors = await linesOf(batch.error_file_id);
    expect(errors).toHaveLength(40);
    expect(new Set(errors.map(({ error }) => error?.code))).toEqual(new Set([`batch_${end}`]));
    expect((await client.batches.cancel(created.id)).status).toBe(end);
  },
);

test("a gateway that is killed half-way finishes the batch after its next start", async () => {
  const count = 200;
  const created = await submit(numbers(count).map((number) => requestLine(number)));
  await until(
    () => on.client(),
    created.id,
    ({ request_counts }) => (request_counts?.completed ?? 0) > 5,
  );
  await on.gateway.kill();
  await on.gateway.start();
  const batch = await until(() => on.client(), created.id, hasEnded);
  expect(batch).toMatchObject({ status: "completed", request_counts: { total: count, completed: count, failed: 0 } });
  const ids = (await linesOf(batch.output_file_id)).map(({ custom_id }) => custom_id);
  expect(new Set(ids).size).toBe(count);
  expect(ids).toHaveLength(count);
}, 90_000);
