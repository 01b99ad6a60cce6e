import { type Arguments, type Command, type CommandContext, textOf, wholeNumberOf } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { askGateway, type JobRequest, type ShownJob } from "../jobs/ask-gateway.ts";
import { gatewayOf } from "../jobs/gateway-of.ts";
import { actionOf, idOf, momentOf, writeListing, writeOne } from "../listing.ts";

const ACTIONS = ["list", "show", "retry", "cancel"] as const;
const STATES = ["queued", "running", "succeeded", "failed", "expired", "cancelled"] as const;
const MOST_LISTED = 100;

/** `tideover jobs` */
export const jobs: Command = {
  name: "jobs",
  summary: (messages) => messages.jobs.summary,
  examples: [
    "tideover jobs list --status failed",
    "tideover jobs show job_7eb13be2bb5e4131ac65726b275428ee --json",
    "tideover jobs retry job_7eb13be2bb5e4131ac65726b275428ee",
    "tideover jobs cancel job_7eb13be2bb5e4131ac65726b275428ee",
  ],
  flags: (messages) => ({
    action: { type: "positional", required: false, valueHint: ACTIONS.join("|"), description: messages.jobs.action },
    id: { type: "positional", required: false, valueHint: "job", description: messages.jobs.id },
    status: { type: "enum", options: [...STATES], description: messages.jobs.statusFlag },
    limit: { type: "string", valueHint: "number", description: messages.jobs.limitFlag },
    after: { type: "string", valueHint: "job", description: messages.jobs.afterFlag },
    url: { type: "string", valueHint: "url", description: messages.urlFlag },
    key: { type: "string", valueHint: "key", description: messages.jobs.keyFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, context) {
    const { messages } = context;
    const action = actionOf(args, ACTIONS, messages.jobs.needsAction);
    if (action === "list") await list(args, context);
    else await one(action, args, context);
    return EXIT.ok;
  },
};

async function list(args: Arguments, context: CommandContext): Promise<void> {
  const { messages } = context;
  const limit = wholeNumberOf(args, "limit", { least: 1, most: MOST_LISTED }, messages);
  const query = new URLSearchParams();
  if (limit !== undefined) query.set("limit", String(limit));
  for (const name of ["status", "after"]) {
    const value = textOf(args, name);
    if (value !== undefined) query.set(name, value);
  }
  const page = await ask<{ data: readonly ShownJob[]; has_more: boolean; last_id: string | null }>(
    { method: "GET", path: `?${query}` },
    args,
    context,
  );
  writeListing(args, context, JSON.stringify(page), () => ({
    columns: messages.jobs.columns,
    rows: page.data.map(({ id, status, model, created_at, completed_at }) => [
      id,
      status,
      model,
      zulu(created_at),
      zulu(completed_at),
    ]),
    none: messages.jobs.none,
    below: page.has_more && page.last_id !== null ? [messages.jobs.more(page.last_id)] : [],
  }));
}

async function one(action: Exclude<(typeof ACTIONS)[number], "list">, args: Arguments, context: CommandContext) {
  const { messages } = context;
  const id = idOf(args, messages.jobs.needsId(action));
  const path = `/${encodeURIComponent(id)}`;
  const requests = {
    show: { method: "GET", path },
    retry: { method: "POST", path: `${path}/retry` },
    cancel: { method: "DELETE", path },
  } as const;
  const job = await ask<ShownJob>(requests[action], args, context);
  const line = () => messages.jobs.now(job.id, job.status);
  writeOne(args, context, JSON.stringify(job), { isShown: action === "show", line });
}

async function ask<T>(request: Omit<JobRequest, "key">, args: Arguments, context: CommandContext): Promise<T> {
  const { io, messages } = context;
  const url = await gatewayOf(args, context);
  const key = textOf(args, "key") ?? (io.env.TIDEOVER_KEY || undefined);
  return askGateway<T>(url, { ...request, key }, messages);
}

/** A moment of the API (seconds since the Unix epoch) for people, in UTC. */
function zulu(seconds: number | undefined): string {
  return seconds === undefined ? "" : `${momentOf(seconds * 1_000)}Z`;
}
