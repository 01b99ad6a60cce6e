import type { DocsStage } from "./docs-stage.ts";
import { errorSeen } from "./shown-errors.ts";
import { until } from "./until.ts";

/** What a page shows of a document that the gateway writes, and how a real one is had. */
export interface ShownAnswer {
  readonly page: string;
  /** A text that only this block of the page has. */
  readonly holds: string;
  /** Real documents, one for each that the block shows. */
  ask(stage: DocsStage): Promise<readonly unknown[]>;
}

/** A window that ends while the batch still waits for its provider. */
const SHORT_WINDOW = "3s";

const CODES = [
  "invalid_request",
  "unauthorized",
  "unknown_model",
  "unknown_job",
  "unknown_stream",
  "payload_too_large",
  "idempotency_mismatch",
  "rate_limited",
  "provider_unusable",
  "stream_interrupted",
  "load_shed",
  "ladder_exhausted",
  "deadline_exceeded",
  "not_cached",
] as const;

/** The code of an error of the page on errors. */
export type ShownCode = (typeof CODES)[number];

export const SHOWN_ANSWERS: readonly ShownAnswer[] = [
  ...CODES.map((code) => ({
    page: "docs/errors.md",
    holds: `"code": "${code}"`,
    ask: async (stage: DocsStage) => [await errorSeen(code, stage)],
  })),
  { page: "docs/batch.md", holds: '"batch_req_…"', ask: batchLines },
  {
    page: "docs/deadlines-and-retries.md",
    holds: '"rung": "alternate"',
    ask: async ({ url }) => {
      const answer = (await post(url, chat("second-chat"))) as { tideover: unknown };
      return [answer.tideover];
    },
  },
  { page: "docs/history.md", holds: '"stepMs"', ask: async ({ url }) => [await historySeen(url)] },
  { page: "docs/observability.md", holds: '"object":"status"', ask: async ({ url }) => [await get(url, "/v1/status")] },
  {
    page: "docs/tickets.md",
    holds: '"object": "job",\n',
    ask: async ({ url }) => [await endedJob(url)],
  },
  {
    page: "docs/tickets.md",
    holds: '"type": "job.succeeded"',
    ask: async ({ url, received }) => {
      await endedJob(url);
      return [await until("webhook of a job that succeeded", async () => received.find(isSuccess))];
    },
  },
];

const isSuccess = (message: unknown): boolean => (message as { type?: unknown }).type === "job.succeeded";

/** A chat request in the form of the pages'. */
export const chat = (model: string): object => ({ model, messages: [{ role: "user", content: "Describe the lamp" }] });

/** Posts JSON; the JSON that comes back, whatever the status. */
export async function post(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
  path = "/v1/chat/completions",
): Promise<unknown> {
  const sent = { "content-type": "application/json", ...headers };
  return (await fetch(`${url}${path}`, { method: "POST", headers: sent, body: JSON.stringify(body) })).json();
}

/** The JSON at a path. */
export const get = async (url: string, path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();

/** A job that has succeeded. */
async function endedJob(url: string): Promise<unknown> {
  const { id } = (await post(url, chat("deepseek-chat"), { prefer: "respond-async" })) as { id: string };
  return until("job that succeeded", async () => {
    const job = (await get(url, `/v1/jobs/${id}`)) as { status: string };
    return job.status === "succeeded" ? job : undefined;
  });
}

/** The history once it has something of the last minutes. */
function historySeen(url: string): Promise<unknown> {
  return until("history with a request", async () => {
    // At temperature 0 the second one is answered from the cache.
    await post(url, { ...chat("deepseek-chat"), temperature: 0 });
    const seen = (await get(url, "/admin/api/history?points=60")) as {
      overall: { rungs: Record<string, unknown>; firstTokenMs: Record<string, unknown> };
    };
    const { rungs, firstTokenMs } = seen.overall;
    return "cache" in rungs && "live" in rungs && "p50" in firstTokenMs ? seen : undefined;
  });
}

/** A line of the answers and one of the errors: of a batch that was completed, and of one whose time was over. */
async function batchLines({ url }: DocsStage): Promise<readonly unknown[]> {
  const completed = lineOf(url, "deepseek-chat", "24h", "output_file_id");
  const expired = lineOf(url, "patient-chat", SHORT_WINDOW, "error_file_id");
  return Promise.all([completed, expired]);
}

interface Batch {
  readonly id: string;
  readonly output_file_id: string | null;
  readonly error_file_id: string | null;
}

async function lineOf(
  url: string,
  model: string,
  window: string,
  file: "output_file_id" | "error_file_id",
): Promise<unknown> {
  const line = { custom_id: "lamp-1", method: "POST", url: "/v1/chat/completions", body: chat(model) };
  const form = new FormData();
  form.set("purpose", "batch");
  form.set("file", new File([`${JSON.stringify(line)}\n`], "prompts.jsonl"));
  const { id: input } = (await (await fetch(`${url}/v1/files`, { method: "POST", body: form })).json()) as Batch;
  const asked = { input_file_id: input, endpoint: "/v1/chat/completions", completion_window: window };
  const { id } = (await post(url, asked, {}, "/v1/batches")) as Batch;
  const written = await until(`${file} of the batch`, async () => {
    const batch = (await get(url, `/v1/batches/${id}`)) as Batch;
    return batch[file] ?? undefined;
  });
  const text = await (await fetch(`${url}/v1/files/${written}/content`)).text();
  return JSON.parse(text.trim().split("\n")[0] ?? "");
}
