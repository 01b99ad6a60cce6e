import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startUpstreamServer } from "@tideover/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReviewEntryDetail, ReviewList } from "../../packages/gateway/src/admin/review-types.ts";
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { MortalGateway } from "../jobs/mortal-gateway.ts";

/** The shop of the product's first scenario: while the provider is out, callers get a template and a ticket. */
describe("a degraded answer under review", () => {
  const folder = temporaryFolder();
  const gateway = new MortalGateway(folder.path);
  const told: { type: string; data: { id: string } }[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      told.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.end();
    });
  });
  const path = join(folder.path, "tideover.yaml");

  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const { port } = receiver.address() as AddressInfo;
    const nobody = `http://127.0.0.1:1/v1`;
    writeFileSync(
      path,
      `server:
  port: 0
  webhooks: [{ url: "http://127.0.0.1:${port}/", private: true, secrets: ["whsec_${Buffer.alloc(32, 7).toString("base64")}"] }]
providers:
  deepseek: { preset: deepseek, apiKey: sk-test, baseUrl: "${nobody}", breaker: { open: 1s } }
routes:
  - name: plain
    model: deepseek-reasoner
    deadline: 5s
    cache: { when: always }
    ladder:
      - deepseek
      - template: { text: "{{metadata.name}}: soon", review: true }
  - name: copy
    model: "*"
    deadline: 5s
    cache: { when: always }
    ladder:
      - deepseek
      - template: { text: "{{metadata.name}}: soon", review: true }
      - ticket: { beside: [template] }
`,
    );
    await gateway.start();
  }, 90_000);

  afterAll(async () => {
    await gateway.kill();
    receiver.close();
    folder[Symbol.dispose]();
  });

  const ask = async (name: string, model = "deepseek-chat") => {
    const body = {
      model,
      messages: [{ role: "user", content: `Describe: ${name}` }],
      metadata: { name },
    };
    const response = await call("/v1/chat/completions", body);
    const answer = (await response.json()) as {
      choices: { message: { content: string } }[];
      tideover: { rung: string; degraded: boolean; ticket?: string };
    };
    return { text: answer.choices[0]?.message.content, ...answer.tideover };
  };
  const call = (at: string, body?: unknown) =>
    fetch(`${gateway.url}${at}`, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: { "content-type": "application/json" },
    });
  const inbox = async () => (await (await call("/admin/api/review?state=waiting")).json()) as ReviewList;
  const entryOf = async (name: string) => {
    const found = (await inbox()).entries.find(({ question }) => question === `Describe: ${name}`);
    if (found === undefined) throw new Error(`${name} is not in the inbox.`);
    return found;
  };
  const decide = async (id: string, action: string, body: unknown = {}) => {
    const response = await call(`/admin/api/review/${id}/${action}`, body);
    return { status: response.status, body: (await response.json()) as ReviewEntryDetail & { text?: string } };
  };

  test("an edited text replaces it, completes its ticket and tells the receiver, and the trail says who did it", async () => {
    const first = await ask("lamp");
    expect(first).toMatchObject({ text: "lamp: soon", rung: "template", degraded: true });
    await ask("lamp");
    const entry = await entryOf("lamp");
    expect(entry).toMatchObject({ given: 2, route: "copy", rung: "template", answer: "lamp: soon" });
    const { status, body } = await decide(entry.id, "edit", { text: "A fine lamp.", by: "Ann" });
    expect(status).toBe(200);
    expect(body.events.map(({ action, by, text }) => [action, by, text])).toEqual([
      ["received", "tideover", undefined],
      ["edit", "Ann (this machine)", "A fine lamp."],
    ]);
    expect(await ask("lamp")).toMatchObject({ text: "A fine lamp.", rung: "cache", degraded: false });
    const jobId = entry.tickets[0] ?? "";
    await expect
      .poll(async () => (await (await call(`/v1/jobs/${jobId}`)).json()) as object, { timeout: 60_000, interval: 250 })
      .toMatchObject({ status: "succeeded", tideover: { reviewed: "edited", degraded: false } });
    const job = (await (await call(`/v1/jobs/${jobId}`)).json()) as { response: { body: unknown } };
    expect(JSON.stringify(job.response.body)).toContain("A fine lamp.");
    await expect
      .poll(() => told.map(({ type, data }) => [type, data.id]), { timeout: 30_000 })
      .toContainEqual(["job.succeeded", jobId]);
  }, 120_000);

  test("an approved text is given as it was, and is degraded no more", async () => {
    await ask("chair");
    const { id } = await entryOf("chair");
    expect((await decide(id, "approve")).body).toMatchObject({ state: "approved", decidedBy: "this machine" });
    expect(await ask("chair")).toMatchObject({ text: "chair: soon", rung: "cache", degraded: false });
  }, 60_000);

  test("what cannot be is refused, with what would be right", async () => {
    await ask("desk");
    const { id } = await entryOf("desk");
    const refusals = [
      await decide(id, "edit", { text: " " }),
      await decide(id, "edit", { txt: "a" }),
      await decide(id, "praise"),
      await decide("review_none", "approve"),
      await decide(id, "regenerate"),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([400, 400, 404, 404, 502]);
    expect((await entryOf("desk")).state).toBe("waiting");
    expect((await decide(id, "dismiss", { by: "Ben" })).body).toMatchObject({ state: "dismissed" });
    expect(await ask("desk")).toMatchObject({ text: "desk: soon", rung: "template", degraded: true });
    expect((await inbox()).entries.map((entry) => entry.id)).not.toContain(id);
  }, 60_000);

  test("decisions outlive the process; once the provider is back, an answer is regenerated live", async () => {
    await ask("rug", "deepseek-reasoner");
    const { id } = await entryOf("rug");
    await gateway.kill();
    const upstream = await startUpstreamServer({ profile: "faults" });
    try {
      writeFileSync(path, readFileSync(path, "utf8").replace("http://127.0.0.1:1/v1", upstream.url));
      await gateway.restart();
      expect((await inbox()).counts).toMatchObject({ edited: 1, approved: 1, dismissed: 1 });
      const preview = await decide(id, "regenerate", { preview: true });
      expect([preview.status, (preview.body.text ?? "").length > 0]).toEqual([200, true]);
      expect(await entryOf("rug")).toMatchObject({ answer: "rug: soon" });
      const { body } = await decide(id, "regenerate", { by: "Ann" });
      expect(body).toMatchObject({ state: "regenerated", original: "rug: soon" });
      expect(await ask("rug", "deepseek-reasoner")).toMatchObject({
        text: body.answer,
        rung: "cache",
        degraded: false,
      });
    } finally {
      await upstream.close();
    }
  }, 120_000);
});
