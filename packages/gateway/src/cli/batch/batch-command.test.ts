import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../run-cli.ts";
import { scriptedIo } from "../testing/scripted-io.ts";
import { ProgressBar } from "./progress-bar.ts";

const closers: (() => Promise<unknown>)[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-batch-cli-"));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

const BATCH = {
  id: "batch_1",
  object: "batch",
  status: "in_progress",
  endpoint: "/v1/chat/completions",
  created_at: 1_795_347_234,
  expires_at: 1_795_433_634,
  output_file_id: null,
  error_file_id: null,
  request_counts: { total: 4, completed: 1, failed: 0 },
  errors: null,
};
const COMPLETED = {
  ...BATCH,
  status: "completed",
  output_file_id: "file-out",
  error_file_id: "file-err",
  request_counts: { total: 4, completed: 3, failed: 1 },
};

/** A gateway of which only files and batches are there: each path gives its answers in turn, the last one again. */
async function gateway(answers: Readonly<Record<string, readonly (object | string)[]>>) {
  const asked: { request: string; body: string }[] = [];
  const given = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      const name = `${request.method} ${request.url}`;
      asked.push({ request: `${name} ${request.headers.authorization ?? "-"}`, body });
      const turn = given.get(name) ?? 0;
      given.set(name, turn + 1);
      const answer = answers[name]?.[Math.min(turn, (answers[name]?.length ?? 1) - 1)];
      const status = answer === undefined ? 404 : 200;
      const text =
        typeof answer === "string" ? answer : JSON.stringify(answer ?? { error: { message: "There is none." } });
      response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function run(line: string) {
  const io = scriptedIo(folder);
  const code = await runCli(line.split(" "), io);
  return { code, out: io.out(), err: io.err() };
}

test("a file is sent, submitted and followed to its end", async () => {
  await writeFile(join(folder, "in.jsonl"), '{"custom_id":"a"}\n');
  const { url, asked } = await gateway({
    "POST /v1/files": [{ id: "file-in" }],
    "POST /v1/batches": [{ ...BATCH, status: "validating" }],
    "GET /v1/batches/batch_1": [BATCH, COMPLETED],
  });
  const { code, out } = await run(`batch submit in.jsonl --window 3d --wait --url ${url} --key k`);
  expect([code, out.split("\n")[0]]).toEqual([0, "Submitted as batch_1."]);
  expect(out).toContain("Its answers: tideover batch fetch batch_1");
  expect(asked.slice(0, 2).map(({ request }) => request)).toEqual([
    "POST /v1/files Bearer k",
    "POST /v1/batches Bearer k",
  ]);
  expect(asked[0]?.body).toContain('filename="in.jsonl"');
  expect(asked[0]?.body).toContain('{"custom_id":"a"}');
  expect(JSON.parse(asked[1]?.body ?? "")).toEqual({
    input_file_id: "file-in",
    endpoint: "/v1/chat/completions",
    completion_window: "3d",
  });
});

test("an input with flaws is told line by line, and fails", async () => {
  await writeFile(join(folder, "in.jsonl"), "x");
  const data = [{ code: "invalid_json_line", message: "This line is not JSON.", line: 1 }];
  const { url } = await gateway({
    "POST /v1/files": [{ id: "file-in" }],
    "POST /v1/batches": [{ ...BATCH, status: "failed", errors: { object: "list", data } }],
  });
  const { code, out } = await run(`batch submit in.jsonl --wait --url ${url}`);
  expect([code, out]).toEqual([1, expect.stringContaining("line 1: This line is not JSON.")]);
});

test("batches for people and for scripts", async () => {
  const { url } = await gateway({
    "GET /v1/batches?limit=20": [{ data: [BATCH], has_more: false }],
    "GET /v1/batches/batch_1": [BATCH],
  });
  expect((await run(`batch status --url ${url}`)).out).toMatch(
    /batch_1\s+in_progress\s+1\s+0\s+4\s+2026-11-22 11:33:54Z/,
  );
  expect(JSON.parse((await run(`batch status batch_1 --json --url ${url}`)).out)).toEqual(BATCH);
});

test("answers and errors are fetched when the batch has ended", async () => {
  const { url } = await gateway({
    "GET /v1/batches/batch_1": [BATCH, COMPLETED],
    "GET /v1/files/file-out": [{ bytes: 7 }],
    "GET /v1/files/file-err": [{ bytes: 7 }],
    "GET /v1/files/file-out/content": ["answers"],
    "GET /v1/files/file-err/content": ["errors!"],
  });
  const { code, out } = await run(`batch fetch batch_1 --output mine.jsonl --url ${url}`);
  expect([code, out]).toEqual([0, expect.stringContaining("3 answers in mine.jsonl")]);
  expect(await readFile(join(folder, "mine.jsonl"), "utf8")).toBe("answers");
  expect(await readFile(join(folder, "batch_1_errors.jsonl"), "utf8")).toBe("errors!");
});

test.each([
  ["batch", 2, "submit, status, fetch"],
  ["batch submit", 2, "needs a file"],
  ["batch fetch", 2, "needs the id of a batch"],
  ["batch submit nowhere.jsonl", 1, "cannot be read"],
  ["batch status --limit 0", 2, "--limit"],
  ["batch status batch_2 --url http://127.0.0.1:9", 1, "was not reached"],
])("%s is refused with what would be right", async (line, code, message) => {
  expect(await run(line)).toMatchObject({ code, err: expect.stringContaining(message) });
});

test("a bar on a terminal, a line now and then elsewhere", () => {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  const bar = new ProgressBar({ write, isTTY: true }, () => 0);
  bar.tell(0.5, "half");
  bar.end();
  expect(written).toEqual([`\r\u001b[K[${"#".repeat(12)}${"-".repeat(12)}]  50%  half`, "\n"]);
  const lines: string[] = [];
  let now = 0;
  const plain = new ProgressBar({ write: (text) => lines.push(text) }, () => now);
  for (now of [0, 5_000, 10_000]) plain.tell(now / 10_000, `at ${now}`);
  expect(lines).toEqual(["0%  at 0\n", "100%  at 10000\n"]);
});
