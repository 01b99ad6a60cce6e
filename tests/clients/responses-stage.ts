import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import OpenAI from "openai";
import { SLOW } from "../harness/client-stage.ts";
import { FAST } from "../harness/stage.ts";
import { MortalGateway } from "../jobs/mortal-gateway.ts";

/** A real gateway in a process of its own, with tickets, before simulated providers. */
export interface ResponsesStage extends AsyncDisposable {
  readonly gateway: MortalGateway;
  readonly slow: UpstreamServer;
  /** OpenAI's own client, for one of the tenants. */
  client(key?: "key-of-one" | "key-of-two"): OpenAI;
}

/** Starts one: `sim-*` is sound, `slow-*` takes its time, `fault-*` has a faulty provider before a sound one. */
export async function responsesStage(): Promise<ResponsesStage> {
  const folder = mkdtempSync(join(tmpdir(), "tideover-responses-"));
  const [sound, faulty, slow] = await Promise.all([FAST, FAST, SLOW].map((options) => startUpstreamServer(options)));
  if (sound === undefined || faulty === undefined || slow === undefined) throw new Error("An upstream is missing.");
  const gateway = new MortalGateway(folder);
  writeFileSync(
    join(folder, "tideover.yaml"),
    `
server:
  port: 0
  drain: 1s
  keys:
    - { name: one, key: key-of-one, tenant: one }
    - { name: two, key: key-of-two, tenant: two }
providers:
  sound: { preset: deepseek, baseUrl: "${sound.url}", apiKey: sk-test, breaker: off, models: { "*": sim-chat } }
  faulty: { preset: deepseek, baseUrl: "${faulty.url}", apiKey: sk-test, breaker: off }
  alone: { preset: deepseek, baseUrl: "${faulty.url}", apiKey: sk-test, breaker: off, models: { alone: fault-cut } }
  slow: { preset: deepseek, baseUrl: "${slow.url}", apiKey: sk-test }
routes:
  - { name: sound, model: "sim-*", cache: off, ladder: [sound, ticket] }
  - { name: slow, model: "slow-*", cache: off, ladder: [slow, ticket] }
  - { name: out, model: "fault-500", cache: off, retry: off, ladder: [faulty, { ticket: { always: true } }] }
  - { name: alone, model: "alone", cache: off, retry: off, resume: off, ladder: [alone] }
  - { name: plain, model: "plain", cache: off, ladder: [sound] }
  - { name: pair, model: "fault-*", cache: off, gap: 300ms, firstToken: 400ms, deadline: 10s, retry: { budget: off }, ladder: [faulty, sound] }
`,
  );
  await gateway.start();
  return {
    gateway,
    slow,
    client: (key = "key-of-one") => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 }),
    async [Symbol.asyncDispose]() {
      await gateway.kill();
      await Promise.all([sound, faulty, slow].map((upstream) => upstream.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
