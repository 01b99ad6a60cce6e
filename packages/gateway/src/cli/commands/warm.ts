import { dirname, relative, resolve } from "node:path";
import type { LoadedConfig } from "tideover/config";
import { createGateway } from "../../gateway.ts";
import { SILENT_LOG } from "../../logging/index.ts";
import { openStores } from "../../stores/open-stores.ts";
import { systemClock, systemIds, systemRandom } from "../../system.ts";
import { createNodeTransport } from "../../transport/index.ts";
import { MOST_CONCURRENCY, MOST_SHOWN_FAILURES, USUAL_CONCURRENCY } from "../../warm/defaults.ts";
import { FailureReport } from "../../warm/failure-report.ts";
import { progressLine, shownRate, shownTime } from "../../warm/format-progress.ts";
import type { WarmMessages } from "../../warm/messages/en.ts";
import { PromptsError, readPrompts } from "../../warm/prompts-file.ts";
import { tenantsOf } from "../../warm/warm-in-process.ts";
import { WarmRecord } from "../../warm/warm-record.ts";
import { type WarmProgress, WarmRun } from "../../warm/warm-run.ts";
import { httpTarget, type WarmTarget } from "../../warm/warm-target.ts";
import { type Command, type CommandContext, CommandError, textOf, UsageError, wholeNumberOf } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { addressOf, answers, gatewayAddress } from "../running-gateway.ts";
import { findConfiguration } from "../serve/find-configuration.ts";
import { outboundTransport } from "../serve/outbound.ts";
import { refusal } from "../serve/refusal.ts";
import { tableLines } from "../table.ts";

/** How often the progress is shown, in ms: on a terminal, and in a log. */
const PROGRESS_MS = { terminal: 250, plain: 10_000 };

/** `tideover warm` */
export const warm: Command = {
  name: "warm",
  summary: ({ warm: messages }) => messages.summary,
  examples: ["tideover warm prompts.jsonl", "tideover warm prompts.jsonl --concurrency 16 --json"],
  flags: (messages) => ({
    prompts: { type: "positional", required: false, valueHint: "file", description: messages.warm.promptsFlag },
    url: { type: "string", valueHint: "url", description: messages.warm.urlFlag },
    key: { type: "string", valueHint: "key", description: messages.warm.keyFlag },
    tenant: { type: "string", valueHint: "name", description: messages.warm.tenantFlag },
    model: { type: "string", valueHint: "name", description: messages.warm.modelFlag },
    concurrency: {
      type: "string",
      valueHint: "number",
      default: String(USUAL_CONCURRENCY),
      description: messages.warm.concurrencyFlag,
    },
    anew: { type: "boolean", description: messages.warm.anewFlag },
    config: { type: "string", valueHint: "file", description: messages.configFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, context) {
    const { io, messages } = context;
    const file = textOf(args, "prompts");
    if (file === undefined) throw new UsageError(messages.warm.needsPrompts);
    const bounds = { least: 1, most: MOST_CONCURRENCY };
    const concurrency = wholeNumberOf(args, "concurrency", bounds, messages) ?? USUAL_CONCURRENCY;
    const path = resolve(io.folder, file);
    const read = () => readPrompts(path, file, { model: textOf(args, "model") });
    const total = await asCommandErrors(() => countOf(read(), file, messages.warm));
    await using place = await findPlace(args, context);
    const record = new WarmRecord(`${path}.warmed`, args.anew === true);
    const failures = new FailureReport(`${path}.failed.jsonl`, record.size > 0);
    const plain = args.json !== true;
    if (plain) {
      const where = place.url === undefined ? messages.warm.inProcess(total) : messages.warm.through(total, place.url);
      io.stdout.write(`${where}\n`);
      if (record.size > 0) io.stdout.write(`${messages.warm.resuming(record.size)}\n`);
    }
    const reasons: string[] = [];
    const begin = (stop: AbortSignal) =>
      new WarmRun({
        prompts: read(),
        total,
        concurrency,
        target: place.target,
        clock: systemClock,
        random: systemRandom,
        stop,
        isDone: (id) => record.has(id),
        onDone(prompt, result) {
          record.add(prompt.id);
          if (result.type !== "failed") return;
          failures.add(prompt, result);
          if (reasons.length < MOST_SHOWN_FAILURES) reasons.push(`${file}, line ${prompt.line}: ${result.message}`);
        },
      });
    const { progress, stopped } = await asCommandErrors(() => runUntilStopped(context, plain, begin));
    if (!stopped) record.finish();
    const shown = (path: string) => relative(io.folder, path) || path;
    if (plain) {
      const lines = summaryLines(progress, messages.warm);
      if (progress.notKept > 0) lines.push(messages.warm.notKeptHint);
      for (const reason of reasons) lines.push(`  ${reason}`);
      const more = progress.failed - reasons.length;
      if (more > 0) lines.push(`  ${messages.warm.andMore(more)}`);
      if (failures.isWritten) lines.push(messages.warm.failuresIn(shown(failures.path)));
      if (stopped) lines.push(messages.warm.stopped(shown(record.path)));
      io.stdout.write(`${lines.join("\n")}\n`);
    } else {
      const where = { url: place.url ?? null, failures: failures.isWritten ? failures.path : null };
      io.stdout.write(`${JSON.stringify({ stopped, ...progress, ...where })}\n`);
    }
    return stopped || progress.failed > 0 ? EXIT.failed : EXIT.ok;
  },
};

/** Where the work is done: through a running gateway (`url`), or in this process. */
interface Place extends AsyncDisposable {
  readonly url: string | undefined;
  readonly target: WarmTarget;
}

async function findPlace(args: Parameters<Command["run"]>[0], context: CommandContext): Promise<Place> {
  const { io, messages } = context;
  const key = textOf(args, "key") ?? io.env.TIDEOVER_KEY;
  const given = textOf(args, "url");
  if (given !== undefined) {
    const url = gatewayAddress(given, messages);
    if (!(await answers(url))) throw new CommandError(`${url}: ${messages.nothingListens}`);
    return through(url, key);
  }
  const found = await findConfiguration(textOf(args, "config"), io.folder, io.env);
  if (found.from === "nothing") throw new CommandError(messages.nothingToCheck);
  const { configuration } = found;
  if ("issues" in configuration) throw new CommandError(refusal(configuration.issues, found, messages));
  const url = addressOf(configuration);
  if (await answers(url)) return through(url, key);
  return inProcess(configuration, found.from === "file" ? dirname(found.path) : io.folder, args, context);
}

function through(url: string, key: string | undefined): Place {
  const transport = createNodeTransport();
  const dispose = () => transport.close();
  return { url, target: httpTarget(transport, systemClock, { url, key }), [Symbol.asyncDispose]: dispose };
}

async function inProcess(
  { config }: LoadedConfig,
  folder: string,
  args: Parameters<Command["run"]>[0],
  { io, messages }: CommandContext,
): Promise<Place> {
  const tenant = chooseTenant(tenantsOf(config), textOf(args, "tenant"), messages.warm);
  const transport = await outboundTransport(config.server, folder, io.env, messages);
  const stage = await asCommandErrors(async () => {
    const log = SILENT_LOG;
    const stores = await openStores({ config, folder, what: "tideover warm", clock: systemClock, log });
    const parts = { config, transport, stores, log, clock: systemClock, random: systemRandom, ids: systemIds };
    await stores.ready();
    return { stores, gateway: createGateway(parts) };
  }).catch(async (error: unknown) => {
    await transport.close();
    throw error;
  });
  return {
    url: undefined,
    target: stage.gateway.warmTarget(tenant),
    async [Symbol.asyncDispose]() {
      await stage.gateway.close();
      await stage.stores.close();
      await transport.close();
    },
  };
}

function chooseTenant(
  tenants: readonly string[],
  asked: string | undefined,
  messages: WarmMessages,
): string | undefined {
  const names = tenants.join(", ");
  if (asked !== undefined) {
    if (tenants.includes(asked)) return asked;
    throw new UsageError(messages.noSuchTenant(asked, names || "-"));
  }
  if (tenants.length > 1) throw new UsageError(messages.needsTenant(names));
  return tenants[0];
}

/** Reads the whole file once before anything is sent, so that a bad line is told at once. */
async function countOf(prompts: AsyncIterable<unknown>, file: string, messages: WarmMessages): Promise<number> {
  let count = 0;
  for await (const _prompt of prompts) count++;
  if (count === 0) throw new CommandError(messages.noPrompts(file));
  return count;
}

/** Runs; the first SIGINT or SIGTERM ends it early, with what is known until then. */
async function runUntilStopped(
  { io, messages }: CommandContext,
  plain: boolean,
  begin: (stop: AbortSignal) => WarmRun,
): Promise<{ progress: WarmProgress; stopped: boolean }> {
  const stop = new AbortController();
  const running = begin(stop.signal);
  const removers = (["SIGINT", "SIGTERM"] as const).map((signal) => io.onSignal(signal, () => stop.abort()));
  const terminal = io.stderr.isTTY === true;
  const show = () => {
    const line = progressLine(running.progress, messages.warm);
    io.stderr.write(terminal ? `\r${line}\u001b[K` : `${line}\n`);
  };
  const timer = plain ? setInterval(show, terminal ? PROGRESS_MS.terminal : PROGRESS_MS.plain) : undefined;
  try {
    const progress = await running.run();
    return { progress, stopped: stop.signal.aborted && progress.done < progress.total };
  } finally {
    clearInterval(timer);
    if (terminal && plain) io.stderr.write("\r\u001b[K");
    for (const remove of removers) remove();
  }
}

function summaryLines(progress: WarmProgress, messages: WarmMessages): string[] {
  const { generated, present, notKept, resumed, failed, elapsedMs, done } = progress;
  const rate = elapsedMs === 0 ? 0 : ((done - resumed) * 1_000) / elapsedMs;
  const rows: [number, string][] = [
    [generated, `${messages.generated} ${messages.took(shownTime(elapsedMs), shownRate(rate))}`],
    [present, messages.present],
    [notKept, messages.notKept],
    [resumed, messages.resumed],
    [failed, messages.failed],
  ];
  return tableLines(
    rows.filter(([count], index) => index === 0 || count > 0).map(([count, what]) => [`${count}`, what]),
  );
}

const KNOWN_ERRORS = /^(Condition|ProviderSettings|StoreSettings|Store)Error$/;

async function asCommandErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PromptsError) throw new CommandError(error.message);
    if (error instanceof Error && KNOWN_ERRORS.test(error.name)) throw new CommandError(error.message);
    throw error;
  }
}
