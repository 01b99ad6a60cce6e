import { relative, resolve } from "node:path";
import { formatBytes } from "../../models/format-bytes.ts";
import { systemClock } from "../../system.ts";
import { BatchClient, type ShownBatch } from "../batch/batch-client.ts";
import { followBatch, hasEnded } from "../batch/follow-batch.ts";
import { ProgressBar } from "../batch/progress-bar.ts";
import { type Arguments, type Command, type CommandContext, textOf, UsageError, wholeNumberOf } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { gatewayOf } from "../jobs/gateway-of.ts";
import { tableLines } from "../table.ts";

const ACTIONS = ["submit", "status", "fetch"] as const;
const CHAT = "/v1/chat/completions";
const ENDPOINTS = [CHAT, "/v1/completions", "/v1/embeddings"];
const PER_PAGE = 20;
const MOST_LISTED = 100;

/** `tideover batch` */
export const batch: Command = {
  name: "batch",
  summary: (messages) => messages.batch.summary,
  examples: [
    "tideover batch submit prompts.jsonl --wait",
    "tideover batch status",
    "tideover batch status batch_6b1f --wait",
    "tideover batch fetch batch_6b1f --output answers.jsonl",
  ],
  flags: (messages) => ({
    action: { type: "positional", required: false, valueHint: ACTIONS.join("|"), description: messages.batch.action },
    what: { type: "positional", required: false, valueHint: "file|batch", description: messages.batch.what },
    endpoint: { type: "enum", options: ENDPOINTS, default: CHAT, description: messages.batch.endpointFlag },
    window: { type: "string", valueHint: "time", default: "24h", description: messages.batch.windowFlag },
    wait: { type: "boolean", description: messages.batch.waitFlag },
    output: { type: "string", valueHint: "file", description: messages.batch.outputFlag },
    errors: { type: "string", valueHint: "file", description: messages.batch.errorsFlag },
    limit: { type: "string", valueHint: "number", description: messages.batch.limitFlag },
    url: { type: "string", valueHint: "url", description: messages.urlFlag },
    key: { type: "string", valueHint: "key", description: messages.jobs.keyFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, context) {
    const { io, messages } = context;
    const action = ACTIONS.find((known) => known === textOf(args, "action"));
    if (action === undefined) throw new UsageError(messages.batch.needsAction(ACTIONS.join(", ")));
    const what = textOf(args, "what");
    if (action === "submit" && what === undefined) throw new UsageError(messages.batch.needsFile);
    if (action === "fetch" && what === undefined) throw new UsageError(messages.batch.needsId);
    const limit = wholeNumberOf(args, "limit", { least: 1, most: MOST_LISTED }, messages) ?? PER_PAGE;
    const key = textOf(args, "key") ?? (io.env.TIDEOVER_KEY || undefined);
    const client = new BatchClient(await gatewayOf(args, context), key, messages);
    if (what === undefined) return list(client, limit, args, context);
    if (action === "submit") return submit(client, what, args, context);
    return action === "status" ? status(client, what, args, context) : fetchOutput(client, what, args, context);
  },
};

async function submit(client: BatchClient, file: string, args: Arguments, context: CommandContext): Promise<ExitCode> {
  const { io, messages } = context;
  const input = await client.upload(resolve(io.folder, file));
  const made = await client.create({
    input_file_id: input,
    endpoint: textOf(args, "endpoint") ?? "",
    completion_window: textOf(args, "window") ?? "",
  });
  const isPlain = args.json !== true;
  if (isPlain) io.stdout.write(`${messages.batch.submitted(made.id)}\n`);
  if (args.wait === true) return told(await followBatch(client, made, context, isPlain), args, context);
  io.stdout.write(`${isPlain ? messages.batch.next(made.id) : JSON.stringify(made)}\n`);
  return EXIT.ok;
}

async function status(client: BatchClient, id: string, args: Arguments, context: CommandContext): Promise<ExitCode> {
  const found = await client.find(id);
  if (args.wait === true) return told(await followBatch(client, found, context, args.json !== true), args, context);
  const { io } = context;
  if (args.json === true) io.stdout.write(`${JSON.stringify(found)}\n`);
  else io.stdout.write(`${[...tableOf([found], context), ...flawsOf(found, context)].join("\n")}\n`);
  return EXIT.ok;
}

async function list(client: BatchClient, limit: number, args: Arguments, context: CommandContext): Promise<ExitCode> {
  const page = await client.list(limit);
  const { io, messages } = context;
  if (args.json === true) io.stdout.write(`${JSON.stringify(page)}\n`);
  else io.stdout.write(`${page.data.length === 0 ? messages.batch.none : tableOf(page.data, context).join("\n")}\n`);
  return EXIT.ok;
}

async function fetchOutput(
  client: BatchClient,
  id: string,
  args: Arguments,
  context: CommandContext,
): Promise<ExitCode> {
  const { io, messages } = context;
  const isPlain = args.json !== true;
  const ended = await followBatch(client, await client.find(id), context, isPlain);
  if (!hasEnded(ended)) return told(ended, args, context);
  const wanted = {
    output: [ended.output_file_id, textOf(args, "output") ?? `${id}_output.jsonl`],
    errors: [ended.error_file_id, textOf(args, "errors") ?? `${id}_errors.jsonl`],
  } as const;
  const written: { output?: string; errors?: string } = {};
  for (const name of ["output", "errors"] as const) {
    const [fileId, file] = wanted[name];
    if (fileId === null) continue;
    const path = resolve(io.folder, file);
    await fetchFile(client, fileId, path, context, isPlain);
    written[name] = relative(io.folder, path) || path;
  }
  if (!isPlain) {
    io.stdout.write(`${JSON.stringify({ ...ended, files: written })}\n`);
    return exitOf(ended);
  }
  const lines: string[] = [];
  if (written.output !== undefined) {
    lines.push(messages.batch.answersIn(ended.request_counts.completed, written.output));
  }
  if (written.errors !== undefined) lines.push(messages.batch.errorsIn(written.errors));
  if (lines.length === 0) lines.push(messages.batch.nothing(id, ended.status));
  io.stdout.write(`${[...lines, ...flawsOf(ended, context)].join("\n")}\n`);
  return exitOf(ended);
}

async function fetchFile(
  client: BatchClient,
  fileId: string,
  path: string,
  { io, messages }: CommandContext,
  shows: boolean,
): Promise<void> {
  const size = await client.sizeOf(fileId);
  const bar = new ProgressBar(io.stdout, () => systemClock.now());
  try {
    await client.download(fileId, path, (bytes) => {
      if (shows) bar.tell(size === 0 ? 1 : bytes / size, messages.batch.fetching(formatBytes(size)));
    });
  } finally {
    bar.end();
  }
}

/** The last word on a batch that was followed. */
function told(batch: ShownBatch, args: Arguments, context: CommandContext): ExitCode {
  const { io, messages } = context;
  if (args.json === true) io.stdout.write(`${JSON.stringify(batch)}\n`);
  else {
    const next = hasEnded(batch) ? messages.batch.next(batch.id) : messages.batch.goesOn(batch.id);
    const flaws = flawsOf(batch, context);
    io.stdout.write(`${flaws.length > 0 ? flaws.join("\n") : next}\n`);
  }
  return exitOf(batch);
}

/** A batch that completed, whatever became of single requests, is a success. */
function exitOf(batch: ShownBatch): ExitCode {
  return batch.status === "completed" ? EXIT.ok : EXIT.failed;
}

function tableOf(batches: readonly ShownBatch[], { messages }: CommandContext): string[] {
  const rows = batches.map(({ id, status, request_counts: counts, created_at }) => [
    id,
    status,
    String(counts.completed),
    String(counts.failed),
    String(counts.total),
    new Date(created_at * 1_000).toISOString().replace("T", " ").replace(".000Z", "Z"),
  ]);
  return tableLines([messages.batch.columns, ...rows]);
}

function flawsOf({ errors }: ShownBatch, { messages }: CommandContext): string[] {
  return (errors?.data ?? []).map(({ line, message }) => messages.batch.flaw(line, message));
}
