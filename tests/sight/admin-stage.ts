import { resolveConfig } from "tideover/config";
import type { HttpBody, HttpResponse } from "tideover/front";
import { recordingLog } from "../harness/recording-log.ts";
import { textOf, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

/** Secrets, each of which would be found wherever it shows up. */
export const CANARIES = {
  provider: "sk-canary-provider-0123456789",
  caller: "sk-canary-caller-0123456789",
  admin: "sk-canary-admin-0123456789",
  prompt: "canary-prompt-0123456789",
  password: "canary-password-0123456789",
  environment: "canary-environment-0123456789",
};

const INPUT = {
  server: {
    host: "0.0.0.0",
    keys: [{ name: "shop", key: CANARIES.caller }],
    adminKey: CANARIES.admin,
    records: { requests: 50 },
  },
  stores: { cache: `redis://user:${CANARIES.password}@cache.test:6379` },
  providers: {
    first: { preset: "deepseek", baseUrl: virtualUrl("first"), apiKey: CANARIES.provider },
    second: { preset: "deepseek", baseUrl: virtualUrl("second"), apiKey: `${CANARIES.provider}-2` },
  },
  routes: [
    {
      name: "main",
      model: "*",
      cache: { when: "always" as const },
      ladder: ["first", "second", { template: { text: "Later." } }],
    },
  ],
};

/** How the gateway is asked. */
export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

/** What {@link adminStage} makes. */
export type AdminStage = ReturnType<typeof adminStage>;

/** A gateway in virtual time that has secrets to tell, and what its pages and callers do with it. */
export function adminStage() {
  const resolved = resolveConfig(INPUT);
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const { log, entries } = recordingLog();
  const settings = { path: undefined, loaded: () => resolved, environment: { CANARY: CANARIES.environment } };
  const stage = virtualStage(resolved.config, { first: {}, second: {} }, log, { settings });

  async function ask(path: string, { method = "GET", body, headers = {}, from = "127.0.0.1" }: Asked = {}) {
    const sent: Readonly<Record<string, string>> = {
      host: "localhost",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    };
    const response = await stage.clock.run(
      stage.gateway.handler({
        method,
        path,
        header: (name) => sent[name],
        body: new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body)),
        signal: new AbortController().signal,
        remoteAddress: from,
      }),
    );
    return { status: response.status, response };
  }

  async function told(path: string, asked?: Asked) {
    const { status, response } = await ask(path, asked);
    const text = await textOf(response);
    return { status, text, json: JSON.parse(text) };
  }

  /** Sends some requests of which the first provider refuses a few. */
  async function traffic(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const body = {
        model: index % 4 === 1 ? "fault-503" : "deepseek-flash",
        messages: [{ role: "user", content: `${CANARIES.prompt} ${index % 3}` }],
      };
      const response = await stage.clock.run(stage.post(body, { authorization: `Bearer ${CANARIES.caller}` }));
      await textOf(response);
    }
  }

  async function eventsOf({ body }: HttpResponse, count: number): Promise<{ event: string; data: unknown }[]> {
    const events: { event: string; data: unknown }[] = [];
    while (events.length < count) {
      const reading = (body as HttpBody).read();
      await stage.clock.advance(1_000);
      const text = new TextDecoder().decode(await reading);
      for (const block of text.split("\n\n")) {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
        if (event !== undefined && data !== undefined) events.push({ event, data: JSON.parse(data) });
      }
    }
    return events;
  }

  /** What has been logged until now. */
  const logged = (): string[] => entries.map((entry) => JSON.stringify(entry));
  return { stage, logged, ask, told, traffic, eventsOf };
}
