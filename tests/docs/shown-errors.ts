import { stage as stageOf } from "../harness/stage.ts";
import type { DocsStage } from "./docs-stage.ts";
import { chat, get, post, type ShownCode } from "./shown-answers.ts";

/** One byte more than a body may have. */
const TOO_LARGE = 32 * 1024 * 1024 + 1;

/** Does what the page on errors says leads to an error, and gives the body that came. */
export function errorSeen(code: ShownCode, { url }: DocsStage): Promise<unknown> {
  const provoked: Readonly<Record<ShownCode, () => Promise<unknown>>> = {
    invalid_request: () => post(url, { model: "deepseek-chat", messages: "Hello" }),
    unauthorized: () => withKeys((keyed) => post(keyed, chat("deepseek-chat"))),
    unknown_model: () => post(url, chat("gpt-9")),
    unknown_job: () => get(url, "/v1/jobs/job_7eb13be2bb5e4131ac65726b275428ee"),
    unknown_stream: () => get(url, "/v1/streams/3f0c8d1e-5a2b-4f6e-9a7d-0c1b2a3d4e5f"),
    payload_too_large: () => post(url, { model: "deepseek-chat", messages: [], padding: "x".repeat(TOO_LARGE) }),
    idempotency_mismatch: async () => {
      const key = { "idempotency-key": "order-4712" };
      await post(url, chat("deepseek-chat"), key);
      return post(url, chat("deepseek-flash"), key);
    },
    rate_limited: () =>
      withKeys(async (keyed) => {
        const key = { authorization: "Bearer shop-key" };
        await post(keyed, chat("deepseek-chat"), key);
        await post(keyed, chat("deepseek-chat"), key);
        return post(keyed, chat("deepseek-chat"), key);
      }),
    provider_unusable: () => post(url, chat("unpaid-chat")),
    stream_interrupted: async () => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ ...chat("cut-chat"), stream: true });
      const text = await (await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body })).text();
      return JSON.parse(
        text
          .trim()
          .split("\n")
          .at(-1)
          ?.replace(/^data: /, "") ?? "",
      );
    },
    load_shed: async () => {
      // Whichever of the two comes first holds the one place; the other is refused at once.
      const urgency = { priority: "u=7", "tideover-deadline": "3s" };
      const both = await Promise.all([1, 2].map(() => post(url, chat("narrow-chat"), urgency)));
      return both.find((body) => codeOf(body) === "load_shed");
    },
    ladder_exhausted: () => post(url, chat("exhausted-chat")),
    deadline_exceeded: () => post(url, chat("late-chat"), { "tideover-deadline": "300ms" }),
    not_cached: () => post(url, chat("deepseek-chat"), { "cache-control": "only-if-cached" }),
  };
  return provoked[code]();
}

const codeOf = (body: unknown): unknown => (body as { error?: { code?: unknown } }).error?.code;

/** Asks a gateway with one key, which may ask twice a minute. */
async function withKeys(ask: (url: string) => Promise<unknown>): Promise<unknown> {
  await using keyed = await stageOf({
    upstreams: { deepseek: { profile: "faults" } },
    routes: [{ model: "*", ladder: ["deepseek"] }],
    server: { keys: [{ name: "shop", key: "shop-key", rate: { requests: "2/m" } }] },
  });
  return await ask(keyed.url);
}
