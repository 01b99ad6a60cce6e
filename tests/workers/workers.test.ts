import { readFile, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CountingProvider, countingProvider, STREAM_WORDS } from "./counting-provider.ts";
import { chat, type Seen, type ServedWorkers, send, serveWorkers, until } from "./serve-workers.ts";

const KEY = { authorization: "Bearer sk-caller-0123456789" };
const RATED = { authorization: "Bearer sk-rated-0123456789" };

/** Two workers before one provider under several names, so that what one test breaks is not another's. */
const configFor = (url: string) => `
server:
  workers: 2
  drain: 20s
  adminKey: sk-admin-0123456789
  keys:
    - { name: all, key: sk-caller-0123456789, tenant: shop }
    - { name: rated, key: sk-rated-0123456789, rate: { requests: 10/h } }
providers:
  steady: { preset: openai-compatible, baseUrl: "${url}", apiKey: k, limit: off, breaker: off }
  failing: { preset: openai-compatible, baseUrl: "${url}", apiKey: k, limit: off, breaker: { consecutive: 3, open: 1m } }
  narrow: { preset: openai-compatible, baseUrl: "${url}", apiKey: k, limit: { concurrency: 2 }, breaker: off }
routes:
  - { name: failing, model: failing, retry: off, cache: { when: never }, ladder: [failing] }
  - { name: narrow, model: narrow, cache: { when: never }, ladder: [narrow] }
  - { name: shared, model: "shared-*", cache: { when: always }, ladder: [steady, ticket] }
  - { name: rest, model: "*", cache: { when: never }, ladder: [steady] }
`;

let provider: CountingProvider;
let served: ServedWorkers;

beforeAll(async () => {
  provider = await countingProvider();
  served = await serveWorkers(configFor(provider.url));
}, 90_000);
afterAll(async () => {
  await served?.[Symbol.asyncDispose]();
  await provider?.[Symbol.asyncDispose]();
}, 60_000);

const isWhole = ({ text, isBroken }: Seen) =>
  !isBroken && text.includes(`w${STREAM_WORDS - 1} `) && text.includes("[DONE]");
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

describe("what one worker knows the others know", () => {
  test("identical requests over all workers reach the provider once", async () => {
    const answers = await Promise.all(times(10, () => chat(served.url, "shared-once", {}, { headers: KEY })));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(answers.every(({ text }) => text.includes("An answer of shared-once."))).toBe(true);
    expect(provider.of("shared-once").requests).toBe(1);
    // What was stored by one worker is found by the other.
    const later = await Promise.all(times(4, () => chat(served.url, "shared-once", {}, { headers: KEY })));
    expect(later.map(({ headers }) => headers["tideover-rung"])).toEqual(Array(4).fill("cache"));
    expect(provider.of("shared-once").requests).toBe(1);
  });

  test("a breaker that opens in one worker is open in the others within a second", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < 3; count++) await chat(served.url, "failing", {}, { headers: KEY, agent });
    agent.destroy();
    const asked = provider.of("failing").requests;
    expect(asked).toBe(3);
    await pause(1_000);
    const refused = await Promise.all(times(6, () => chat(served.url, "failing", {}, { headers: KEY })));
    expect(refused.map(({ status }) => status)).toEqual(Array(6).fill(503));
    expect(provider.of("failing").requests).toBe(asked);
  });

  test("a provider's limit is one for all workers, and whoever needs it gets it", async () => {
    // All over one worker first: it must come to the whole of the limit.
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const first = times(6, () => chat(served.url, "narrow", {}, { headers: KEY, agent }));
    const all = await Promise.all([...first, ...times(6, () => chat(served.url, "narrow", {}, { headers: KEY }))]);
    agent.destroy();
    expect(all.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(provider.of("narrow").mostOpen).toBe(2);
  });

  test("a caller's rate is one for all workers", async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 20; count++) {
      statuses.push((await chat(served.url, "rated", {}, { headers: RATED })).status);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  }, 30_000);

  test("one account of all: metrics add up, and a purge reaches every worker's memory", async () => {
    const admin = { authorization: "Bearer sk-admin-0123456789" };
    await Promise.all(times(4, () => chat(served.url, "shared-purged", {}, { headers: KEY })));
    const metrics = async () => (await send(`${served.url}/metrics`, { headers: admin })).text;
    const started = async () => Number(/tideover_calls_started_total\{[^}]*\} (\d+)/.exec(await metrics())?.[1] ?? 0);
    const before = await started();
    await Promise.all(times(6, () => chat(served.url, "shared-purged", {}, { headers: KEY })));
    expect((await started()) - before).toBe(6);
    expect(provider.of("shared-purged").requests).toBe(1);
    // The flight of the answer can be joined for 2 s after its end, and a purge does not see it.
    await pause(2_500);
    const path = "/admin/api/cache?model=shared-purged";
    expect((await send(served.url + path, { method: "DELETE", headers: admin })).status).toBe(200);
    await Promise.all(times(4, () => chat(served.url, "shared-purged", {}, { headers: KEY })));
    expect(provider.of("shared-purged").requests).toBe(2);
  }, 30_000);
});

describe("what there is once is the primary's", () => {
  test("a ticket of any worker is worked on, and read through any", async () => {
    const headers = { ...KEY, prefer: "respond-async" };
    const accepted = await Promise.all(times(4, (index) => chat(served.url, `shared-job-${index}`, {}, { headers })));
    expect(accepted.map(({ status }) => status)).toEqual(Array(4).fill(202));
    const ids = accepted.map(({ text }) => (JSON.parse(text) as { id: string }).id);
    for (const id of ids) {
      let state = "";
      // Jobs come after live calls, and the first ones find out how many a provider bears: some wait for 5 s.
      for (let tries = 0; tries < 500 && state !== "succeeded"; tries++) {
        state = (JSON.parse((await send(`${served.url}/v1/jobs/${id}`, { headers: KEY })).text) as { status: string })
          .status;
        await pause(50);
      }
      expect(state).toBe("succeeded");
    }
  }, 30_000);

  test("a stream that one worker keeps is resumed through any", async () => {
    const headers = { ...KEY, "tideover-resumable": "?1" };
    const stream = await chat(served.url, "streamed", { stream: true }, { headers });
    const path = String(stream.headers["content-location"]);
    expect(isWhole(stream)).toBe(true);
    const again = await Promise.all(times(4, () => send(served.url + path, { headers: KEY })));
    expect(again.map((seen) => [seen.status, isWhole(seen)])).toEqual(Array(4).fill([200, true]));
  });

  test("the list of requests is about all workers", async () => {
    const admin = { authorization: "Bearer sk-admin-0123456789" };
    await Promise.all(times(6, () => chat(served.url, "listed", {}, { headers: KEY })));
    await pause(600);
    const { text } = await send(`${served.url}/admin/api/requests`, { headers: admin });
    expect(text.split('"listed"').length - 1).toBe(6);
  });

  test("files go through any worker, piece by piece, and come back through any", async () => {
    const line = JSON.stringify({ custom_id: "a", method: "POST", url: "/v1/chat/completions", body: {} });
    const content = `${line}\n`.repeat(3_000);
    const boundary = "xxboundaryxx";
    const part = (name: string, more: string, value: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
    const body = `${part("purpose", "", "batch")}${part("file", '; filename="in.jsonl"', content)}--${boundary}--\r\n`;
    const headers = { ...KEY, "content-type": `multipart/form-data; boundary=${boundary}` };
    const sent = await send(`${served.url}/v1/files`, { method: "POST", headers, body });
    expect([sent.status, sent.text]).toEqual([200, expect.stringContaining('"object":"file"')]);
    const { id, bytes } = JSON.parse(sent.text) as { id: string; bytes: number };
    expect(bytes).toBe(content.length);
    const back = await Promise.all(times(2, () => send(`${served.url}/v1/files/${id}/content`, { headers: KEY })));
    expect(back.map(({ text }) => text === content)).toEqual([true, true]);
  });
});

test("a reload is in force in every worker, and cuts nothing", async () => {
  const streams = times(4, () => chat(served.url, "streamed", { stream: true }, { headers: KEY }));
  await pause(300);
  const config = await readFile(served.file, "utf8");
  await writeFile(
    served.file,
    config.replace("routes:", "routes:\n  - { name: new, model: new-model, ladder: [steady] }"),
  );
  served.primary.kill("SIGHUP");
  await until("the reload", () => served.log().includes('"reloaded"'));
  await pause(200);
  const lists = await Promise.all(times(6, () => send(`${served.url}/v1/models`, { headers: KEY })));
  expect(lists.map(({ text }) => text.includes("new-model"))).toEqual(Array(6).fill(true));
  expect((await Promise.all(streams)).every(isWhole)).toBe(true);
}, 30_000);

test("kill -9 of a worker breaks its own streams only, and another takes its place", async () => {
  let begun = 0;
  const sending = { headers: KEY, onBegun: () => begun++ };
  const streams = times(8, () => chat(served.url, "streamed", { stream: true }, sending));
  await until("the streams to begin", () => begun === 8);
  const [victim = 0] = served.pids;
  process.kill(victim, "SIGKILL");
  const seen = await Promise.all(streams);
  const broken = seen.filter(({ isBroken }) => isBroken);
  expect(broken.length).toBeGreaterThan(0);
  expect(broken.length).toBeLessThan(8);
  expect(seen.filter(isWhole)).toHaveLength(8 - broken.length);
  expect(broken.every(({ text }) => !text.includes("[DONE]"))).toBe(true);
  await until("another worker", () => served.log().includes("worker-replaced"));
  // What the others know by now the new one is not told; a rate is the exception that callers would notice first.
  const after = await Promise.all(times(8, () => chat(served.url, "streamed", { stream: true }, { headers: KEY })));
  expect(after.every(isWhole)).toBe(true);
}, 60_000);

test("a drain lets open streams of all workers finish, takes no new ones, and ends with 0", async () => {
  let begun = 0;
  const sending = { headers: KEY, onBegun: () => begun++ };
  const streams = times(6, () => chat(served.url, "streamed", { stream: true }, sending));
  await until("the streams to begin", () => begun === 6);
  served.primary.kill("SIGTERM");
  await pause(400);
  await expect(send(`${served.url}/healthz`)).rejects.toThrow();
  expect((await Promise.all(streams)).every(isWhole)).toBe(true);
  expect(await served.ended).toBe(0);
  expect(served.log()).toContain('"cut":0');
}, 60_000);

test("a port that is taken ends the start with what to do", async () => {
  const { port } = new URL(provider.url);
  const taken = serveWorkers(configFor(provider.url), ["--port", port]);
  await expect(taken).rejects.toThrow(`Port ${port} is taken; use --port or set server.port`);
}, 60_000);
