import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import type { ResolvedWebhook } from "tideover/config";
import type { Clock, Job } from "tideover/engine";
import { afterEach, describe, expect, test } from "vitest";
import { SILENT_LOG } from "../logging/index.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { systemClock } from "../system.ts";
import { isPublicAddress, pinnedAddress } from "./address-guard.ts";
import { SCHEDULE_MS } from "./defaults.ts";
import { postMessage } from "./post-message.ts";
import { ReceiverProxy } from "./receiver-proxy.ts";
import { secretProblem, signedHeaders } from "./sign-message.ts";
import { WebhookOutbox } from "./webhook-outbox.ts";
import { receiverKey, Webhooks } from "./webhooks.ts";

const SECRET = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
const OTHER = `whsec_${Buffer.from("fedcba9876543210fedcba9876543210").toString("base64")}`;
const EVENTS = ["job.succeeded", "job.failed", "job.expired", "job.cancelled"] as const;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A receiver that answers with these statuses in turn, the last one for ever. */
async function receiver(...statuses: number[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      received.push({ headers: request.headers as Record<string, string>, body });
      const status = statuses[Math.min(received.length, statuses.length) - 1] ?? 200;
      response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end("ignored");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

function job(members: Partial<Job> = {}): Job {
  return {
    id: "job_1",
    kind: "ticket",
    tenant: "shop",
    operation: "chat",
    model: "m",
    priority: 3,
    createdAt: 1_000,
    notBefore: 1_000,
    expiresAt: 9_000,
    endedAt: 5_000,
    state: "succeeded",
    version: 4,
    deliveries: 1,
    result: { status: 200, body: '{"secret":"answer"}' },
    ...members,
  };
}

/** Webhooks on a fresh folder, with a clock whose wall time a test may move. */
function office(...receivers: Partial<ResolvedWebhook>[]) {
  const folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  const outbox = new WebhookOutbox(dataDir);
  let ahead = 0;
  const clock: Clock = {
    now: () => systemClock.now(),
    wallTime: () => systemClock.wallTime() + ahead,
    schedule: (delayMs, callback) => systemClock.schedule(delayMs, callback),
  };
  const all = receivers.map((members) => ({ url: "", secrets: [SECRET], events: EVENTS, private: true, ...members }));
  const webhooks = new Webhooks({ receivers: all, outbox, clock, random: { next: () => 0 }, log: SILENT_LOG });
  closers.push(async () => {
    await webhooks.stop();
    await dataDir.close();
    folder[Symbol.dispose]();
  });
  /** Goes on in time and has what is due sent. */
  const pass = async (ms: number) => {
    ahead += ms;
    await webhooks.announce([]);
  };
  return { webhooks, outbox, receivers: all, pass };
}

const until = async (holds: () => boolean) => {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 10_000) throw new Error("It did not come to pass.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe("signatures", () => {
  test("hold by the reference library, for the old and the new secret", () => {
    const body = '{"type":"job.succeeded","text":"你好"}';
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = signedHeaders({ id: "msg_1", timestamp, body }, [SECRET, OTHER]);
    for (const secret of [SECRET, OTHER]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow();
    expect(() => new Webhook(SECRET).verify(body, { ...headers, "webhook-id": "msg_2" })).toThrow();
  });

  test.each(["", "secret", "whsec_", "whsec_c2hvcnQ=", `whsec_${"A".repeat(200)}`, "whsk_abc"])(
    "%j is no secret",
    (secret) => expect(secretProblem(secret)).toMatch(/whsec_ and the base64 of 24 to 64/),
  );

  test("a good secret is none of them", () => expect(secretProblem(SECRET)).toBeUndefined());
});

describe("delivery", () => {
  test("a receiver is told once, signed, without the answer", async () => {
    const { url, received } = await receiver(204);
    const { webhooks, outbox } = office({ url });
    webhooks.start();
    expect(await webhooks.announce([job()])).toEqual(["job_1"]);
    await webhooks.announce([job()]);
    await until(() => received.length === 1 && outbox.waiting() === 0);
    const [message] = received;
    const payload = new Webhook(SECRET).verify(message?.body ?? "", message?.headers ?? {});
    expect(payload).toEqual({
      type: "job.succeeded",
      timestamp: "1970-01-01T00:00:05.000Z",
      data: { id: "job_1", object: "job", status: "succeeded", model: "m", created_at: 1, completed_at: 5 },
    });
    expect(message?.body).not.toContain("answer");
  });

  test("only who asked for the tenant and the event", async () => {
    const [shop, bank, failures] = [await receiver(), await receiver(), await receiver()];
    const { webhooks, outbox } = office(
      { url: shop.url, tenant: "shop" },
      { url: bank.url, tenant: "bank" },
      { url: failures.url, events: ["job.failed"] },
    );
    webhooks.start();
    await webhooks.announce([job(), job({ id: "job_2", state: "failed", tenant: "other" })]);
    await until(() => shop.received.length === 1 && failures.received.length === 1 && outbox.waiting() === 0);
    expect(bank.received).toEqual([]);
  });

  test("a failure is tried again by the schedule, under the same id", async () => {
    const { url, received } = await receiver(500, 302, 200);
    const { webhooks, outbox, pass } = office({ url });
    webhooks.start();
    await webhooks.announce([job()]);
    for (const [index, waitMs] of SCHEDULE_MS.slice(1, 3).entries()) {
      await until(() => received.length === index + 1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await pass(waitMs - 1_500);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(received.length).toBe(index + 1);
      await pass(1_500);
    }
    await until(() => received.length === 3 && outbox.waiting() === 0);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  test("after the last attempt it is given up", async () => {
    const { url, received } = await receiver(503);
    const { webhooks, outbox, pass } = office({ url });
    webhooks.start();
    await webhooks.announce([job()]);
    for (let attempt = 1; attempt <= SCHEDULE_MS.length; attempt++) {
      await until(() => received.length === attempt);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await pass(SCHEDULE_MS[attempt] ?? 0);
    }
    await until(() => outbox.waiting() === 0);
    expect(received.length).toBe(SCHEDULE_MS.length);
  });

  test("410 ends it for good; other secrets make it another receiver", async () => {
    const { url, received } = await receiver(410);
    const { webhooks, outbox, receivers } = office({ url });
    webhooks.start();
    await webhooks.announce([job()]);
    const key = receiverKey(receivers[0] as ResolvedWebhook);
    await until(() => outbox.isDisabled(key));
    await webhooks.announce([job({ id: "job_2" })]);
    expect([received.length, outbox.waiting()]).toEqual([1, 0]);
    expect(outbox.isDisabled(receiverKey({ ...(receivers[0] as ResolvedWebhook), secrets: [OTHER] }))).toBe(false);
  });

  test("what was not delivered goes on in the next life", async () => {
    const { url, received } = await receiver(200);
    using folder = temporaryFolder();
    const first = DataDir.open(folder.path, "first");
    const hook = { url, secrets: [SECRET], events: EVENTS, private: true };
    const parts = { receivers: [hook], clock: systemClock, random: { next: () => 0 }, log: SILENT_LOG };
    await new Webhooks({ ...parts, outbox: new WebhookOutbox(first) }).announce([job()]);
    await first.close();
    const second = DataDir.open(folder.path, "second");
    const webhooks = new Webhooks({ ...parts, outbox: new WebhookOutbox(second) });
    webhooks.start();
    await until(() => received.length === 1);
    await webhooks.stop();
    await second.close();
  });
});

describe("addresses", () => {
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
  ])("%s is not public", (address) => expect(isPublicAddress({ address, family: 4 })).toBe(false));

  test.each([
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "fd00::1",
    "fe80::1",
    "ff02::1",
    "2002:7f00:1::",
  ])("%s is not public", (address) => expect(isPublicAddress({ address, family: 6 })).toBe(false));

  test.each([
    ["1.1.1.1", 4],
    ["172.32.0.1", 4],
    ["2606:4700::1111", 6],
  ] as const)("%s is public", (address, family) => expect(isPublicAddress({ address, family })).toBe(true));

  test("one private address among public ones is refused", async () => {
    const resolve = () =>
      Promise.resolve([
        { address: "1.1.1.1", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ] as const);
    await expect(pinnedAddress("trap.example", false, resolve)).rejects.toThrow(/trap\.example is not an address/);
    expect((await pinnedAddress("trap.example", true, resolve)).address).toBe("1.1.1.1");
  });

  test.each(["http://127.0.0.1:1/", "http://[::1]:1/", "http://0x7f.1/", "http://2130706433/", "http://localhost:1/"])(
    "%s is not posted to",
    async (url) => {
      const result = await postMessage({ url, headers: {}, body: "{}", allowPrivate: false });
      expect(result).toMatchObject({ type: "failed", why: expect.stringContaining("public internet") });
    },
  );

  test("the address that was checked is the one that is used, whatever the name says later", async () => {
    const { url, received } = await receiver(200);
    const { port } = new URL(url);
    let asked = 0;
    const resolve = () => {
      asked++;
      return Promise.resolve([{ address: "127.0.0.1", family: 4 }] as const);
    };
    const named = `http://name.invalid:${port}/hook`;
    const result = await postMessage({ url: named, headers: {}, body: "{}", allowPrivate: true, resolve });
    expect([result.type, asked, received[0]?.headers.host]).toEqual(["delivered", 1, `name.invalid:${port}`]);
  });

  test("a receiver that says nothing is given up in time", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const result = await postMessage({ url, headers: {}, body: "{}", allowPrivate: true, timeoutMs: 50 });
    expect(result).toEqual({ type: "failed", why: "it took too long" });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("through a proxy", () => {
  const headers = {};
  const resolve = () => Promise.resolve([{ address: "93.184.216.34", family: 4 } as const]);

  test.each([
    ["http://shop.example/hook", true],
    ["https://shop.example/hook", true],
    ["http://127.0.0.1:9/hook", false],
    ["http://localhost/hook", false],
    ["https://hooks.inside.example/hook", false],
    ["https://inside.example/hook", false],
    ["https://notinside.example/hook", true],
    ["https://ported.example/hook", true],
    ["https://ported.example:8443/hook", false],
  ])("a message to %s goes that way: %s", (url, leads) => {
    const noProxy = "other.example, .inside.example,ported.example:8443";
    const proxy = new ReceiverProxy({ http: "http://proxy:3128", https: "http://proxy:3128", noProxy });
    expect(proxy.leadsTo(url)).toBe(leads);
    expect(new ReceiverProxy({ noProxy: "*", http: "http://proxy:3128" }).leadsTo(url)).toBe(false);
  });

  test("it is asked for the receiver by its name, and the receiver's answer is told", async () => {
    const { url, received } = await receiver(204, 410, 503);
    const proxy = new ReceiverProxy({ http: new URL(url).origin });
    closers.push(() => proxy.close());
    const post = {
      url: "http://shop.example/hook",
      headers: { "webhook-id": "msg_1" },
      body: "{}",
      allowPrivate: false,
    };
    expect(await proxy.post({ ...post, resolve })).toEqual({ type: "delivered" });
    expect(await proxy.post({ ...post, resolve })).toEqual({ type: "gone" });
    expect(await proxy.post({ ...post, resolve })).toMatchObject({ type: "failed", why: "it answered 503" });
    expect(received[0]).toMatchObject({ body: "{}", headers: { "webhook-id": "msg_1", host: "shop.example" } });
  });

  test("what is known to be private is refused, what only the proxy knows is left to it", async () => {
    const { url, received } = await receiver(204);
    const proxy = new ReceiverProxy({ http: new URL(url).origin });
    closers.push(() => proxy.close());
    const post = { url: "http://shop.example/hook", headers, body: "{}", allowPrivate: false };
    const inside = () => Promise.resolve([{ address: "10.0.0.8", family: 4 } as const]);
    expect(await proxy.post({ ...post, resolve: inside })).toMatchObject({ type: "failed" });
    expect(await proxy.post({ ...post, url: "http://10.0.0.8/hook" })).toMatchObject({ type: "failed" });
    expect(received).toEqual([]);
    expect(await proxy.post({ ...post, resolve: inside, allowPrivate: true })).toEqual({ type: "delivered" });
    const unknown = () => Promise.reject(new Error("ENOTFOUND"));
    expect(await proxy.post({ ...post, resolve: unknown })).toEqual({ type: "delivered" });
  });
});
