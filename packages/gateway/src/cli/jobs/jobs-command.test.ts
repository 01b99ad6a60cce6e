import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../run-cli.ts";
import { scriptedIo } from "../testing/scripted-io.ts";

const closers: (() => Promise<unknown>)[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-jobs-"));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

/** A gateway of which only the jobs are there; it notes what it is asked. */
async function gateway(status: number, answer: object) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? "-"}`);
    response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const JOB = { id: "job_1", object: "job", status: "queued", model: "deepseek-chat", created_at: 1_795_347_234 };

async function run(line: string, env: Record<string, string> = {}) {
  const io = scriptedIo(folder, { env: { TIDEOVER_LANG: "en", ...env } });
  const code = await runCli(line.split(" "), io);
  return { code, out: io.out(), err: io.err() };
}

test("a list for people, with where to go on", async () => {
  const { url, asked } = await gateway(200, {
    data: [{ ...JOB, completed_at: 1_795_347_300 }],
    has_more: true,
    last_id: "job_1",
  });
  const { code, out } = await run(`jobs list --status failed --limit 1 --after job_0 --url ${url} --key k`);
  expect([code, asked]).toEqual([0, ["GET /v1/jobs?limit=1&status=failed&after=job_0 Bearer k"]]);
  expect(out).toMatch(/job_1\s+queued\s+deepseek-chat\s+2026-11-22 11:33:54Z\s+2026-11-22 11:35:00Z\n/);
  expect(out).toContain("--after job_1");
});

test("nothing to list", async () => {
  const { url } = await gateway(200, { data: [], has_more: false, last_id: null });
  expect((await run(`jobs list --url ${url}`)).out).toBe("There are no such jobs.\n");
  expect(JSON.parse((await run(`jobs list --json --url ${url}`)).out)).toEqual({
    data: [],
    has_more: false,
    last_id: null,
  });
});

test.each([
  ["show", "GET /v1/jobs/job_1", /"status": "queued"/],
  ["retry", "POST /v1/jobs/job_1/retry", /job_1 is queued\./],
  ["cancel", "DELETE /v1/jobs/job_1", /job_1 is queued\./],
])("%s", async (action, request, output) => {
  const { url, asked } = await gateway(200, JOB);
  const { code, out } = await run(`jobs ${action} job_1 --url ${url}`, { TIDEOVER_KEY: "from-env" });
  expect([code, asked]).toEqual([0, [`${request} Bearer from-env`]]);
  expect(out).toMatch(output);
  expect(JSON.parse((await run(`jobs ${action} job_1 --json --url ${url}`)).out)).toEqual(JOB);
});

test("the gateway's refusal is told in its words", async () => {
  const { url } = await gateway(404, { error: { message: 'There is no job "job_2".' } });
  expect(await run(`jobs show job_2 --url ${url}`)).toEqual({ code: 1, out: "", err: 'There is no job "job_2".\n' });
});

test("nothing listens there", async () => {
  const { code, err } = await run("jobs list --url http://127.0.0.1:9");
  expect([code, err]).toEqual([1, expect.stringMatching(/^http:\/\/127\.0\.0\.1:9 was not reached: /)]);
});

test.each([
  ["jobs", "list, show, retry, cancel"],
  ["jobs forget", "list, show, retry, cancel"],
  ["jobs show", "needs the id of a job"],
  ["jobs list --limit 0", "--limit"],
])("%s is refused with what would be right", async (line, message) => {
  const { code, err } = await run(line);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test("a worker of its own needs tickets, and a store to share", async () => {
  const file = (ladder: string) =>
    `providers: { p: { preset: ollama } }\nroutes: [{ model: "*", ladder: [${ladder}] }]\n`;
  await writeFile(join(folder, "tideover.yaml"), file("p"));
  expect(await run("work")).toMatchObject({ code: 1, err: expect.stringContaining("No route has the rung `ticket`") });
  await writeFile(join(folder, "tideover.yaml"), file("p, ticket"));
  expect(await run("work")).toMatchObject({ code: 1, err: expect.stringContaining("several processes share") });
});
