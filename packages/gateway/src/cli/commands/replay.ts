import { resolve } from "node:path";
import { listProfiles } from "@tideover/simulator";
import { parseDuration } from "tideover/config";
import { isFailure, seededRandom } from "tideover/engine";
import { generateTrace } from "../../replay/generate-trace.ts";
import { judgeUnknown } from "../../replay/judge.ts";
import type { ReplayMessages } from "../../replay/messages/en.ts";
import { readTraceFile } from "../../replay/read-trace.ts";
import { formatReport } from "../../replay/report.ts";
import { Replay, type ReplayResult } from "../../replay/run-replay.ts";
import { type ReplayTarget, sendRequest } from "../../replay/send-request.ts";
import { type SimulatedTarget, startSimulatedTarget } from "../../replay/simulated-target.ts";
import { firstPart, type TraceEntry, TraceError } from "../../replay/trace.ts";
import { systemClock } from "../../system.ts";
import { createNodeTransport, type NodeTransport } from "../../transport/index.ts";
import {
  type Arguments,
  type Command,
  type CommandContext,
  CommandError,
  textOf,
  UsageError,
  wholeNumberOf,
} from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** The default deadline of a route (ROUTE_DEFAULTS), said aloud so that the replay knows what to wait for. */
const USUAL_DEADLINE = "120s";
/** How much longer than the deadline an answer is waited for, in ms: for the way there and back. */
const SLACK_MS = 10_000;
/** Longest wait for the next content of a stream, in ms: a route's own 45 s, and the same slack. */
const SILENCE_MS = 45_000 + SLACK_MS;
/** Longest life of a stream, in ms: a route's own 30 minutes, and the same slack. */
const TOTAL_MS = 1_800_000 + SLACK_MS;
/** How long a first sign of the gateway is waited for, in ms. */
const PROBE_MS = 5_000;
/** How often the progress line changes, in ms. */
const PROGRESS_MS = 500;
const LARGEST_SEED = 2 ** 32 - 1;
/** A day. */
const MOST_SECONDS = 86_400;

/** `tideover replay` */
export const replay: Command = {
  name: "replay",
  summary: ({ replay: messages }) => messages.summary,
  examples: [
    "tideover replay conversations.csv --profile peak",
    "tideover replay --generated --seconds 60 --url http://127.0.0.1:8787 --json",
  ],
  flags: (messages) => ({
    trace: { type: "positional", required: false, valueHint: "trace", description: messages.replay.traceFlag },
    generated: { type: "boolean", description: messages.replay.generatedFlag },
    url: { type: "string", valueHint: "url", description: messages.replay.urlFlag },
    profile: {
      type: "enum",
      options: listProfiles().map(({ name }) => name),
      description: messages.replay.profileFlag,
    },
    seconds: { type: "string", valueHint: "number", default: "120", description: messages.replay.secondsFlag },
    speed: { type: "string", valueHint: "number", default: "1", description: messages.replay.speedFlag },
    model: { type: "string", valueHint: "name", default: "deepseek-chat", description: messages.replay.modelFlag },
    key: { type: "string", valueHint: "key", description: messages.replay.keyFlag },
    deadline: {
      type: "string",
      valueHint: "duration",
      default: USUAL_DEADLINE,
      description: messages.replay.deadlineFlag,
    },
    stream: { type: "string", valueHint: "share", default: "80%", description: messages.replay.streamFlag },
    seed: { type: "string", valueHint: "number", default: "1", description: messages.replay.seedFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, context) {
    const { io, messages } = context;
    const settings = readSettings(args, context);
    const { openTrace } = settings;
    const requests = await countOf(openTrace());
    const transport = createNodeTransport();
    let simulated: SimulatedTarget | undefined;
    try {
      if (settings.url === undefined) simulated = await startSimulatedTarget(settings.profile, settings.seed);
      const url = simulated?.url ?? (await reachable(settings.url ?? "", transport, messages.replay));
      if (!settings.json) announce(context, { requests, seconds: settings.seconds / settings.speed, url, simulated });
      const { result, stopped } = await runUntilStopped(settings, { url, transport, simulated, requests }, context);
      const upstreams = simulated?.upstreams() ?? [];
      if (settings.json) {
        io.stdout.write(`${JSON.stringify({ url, stopped, ...result, upstreams })}\n`);
      } else {
        if (stopped) io.stdout.write(`${messages.replay.stopped}\n`);
        io.stdout.write(`\n${formatReport(result, upstreams, messages.replay)}`);
      }
      return stopped || isBad(result) ? EXIT.failed : EXIT.ok;
    } finally {
      await transport.close();
      await simulated?.close();
    }
  },
};

/** Answers that pass for what they are not, and requests that nobody answered for, are never in order. */
function isBad({ verdicts, unstated }: ReplayResult): boolean {
  return verdicts.truncated + verdicts.different + unstated > 0;
}

interface Settings {
  openTrace(): AsyncGenerator<TraceEntry>;
  /** Undefined: the simulated target. */
  readonly url: string | undefined;
  readonly profile: string;
  readonly seconds: number;
  readonly speed: number;
  readonly model: string;
  readonly key: string | undefined;
  readonly deadlineMs: number;
  readonly streamShare: number;
  readonly seed: number;
  readonly json: boolean;
}

function readSettings(args: Arguments, { io, messages }: CommandContext): Settings {
  const { replay: replayMessages } = messages;
  const file = textOf(args, "trace");
  const generated = args.generated === true;
  if (file === undefined && !generated) throw new UsageError(replayMessages.needsTrace);
  if (file !== undefined && generated) throw new UsageError(replayMessages.traceAndGenerated);
  const url = textOf(args, "url");
  if (url !== undefined && !/^https?:\/\/./.test(url)) throw new UsageError(messages.notAUrl("--url", url));
  if (url !== undefined && args.profile !== undefined) throw new UsageError(replayMessages.profileNeedsSimulated);
  const seconds = wholeNumberOf(args, "seconds", { least: 1, most: MOST_SECONDS }, messages) ?? 1;
  const seed = wholeNumberOf(args, "seed", { least: 0, most: LARGEST_SEED }, messages) ?? 1;
  const whole = () =>
    file === undefined ? generateTrace(seededRandom(seed)) : readTraceFile(resolve(io.folder, file), file);
  return {
    openTrace: () => firstPart(whole(), seconds * 1_000),
    // What an OpenAI client would be given ends in /v1; the path is added here.
    url: url?.replace(/\/+$/, "").replace(/\/v1$/, ""),
    profile: textOf(args, "profile") ?? "peak",
    seconds,
    speed: speedOf(textOf(args, "speed") ?? "1", replayMessages),
    model: textOf(args, "model") ?? "",
    key: textOf(args, "key") ?? (io.env.TIDEOVER_KEY || undefined),
    deadlineMs: deadlineOf(textOf(args, "deadline") ?? USUAL_DEADLINE, replayMessages),
    streamShare: shareOf(textOf(args, "stream") ?? "", replayMessages),
    seed,
    json: args.json === true,
  };
}

function speedOf(text: string, messages: ReplayMessages): number {
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (speed >= 0.01 && speed <= 1_000) return speed;
  throw new UsageError(messages.notANumber("--speed", text, 0.01, 1_000));
}

function shareOf(text: string, messages: ReplayMessages): number {
  const parts = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const share = Number(parts?.[1] ?? Number.NaN) / (parts?.[2] === "%" ? 100 : 1);
  if (share >= 0 && share <= 1) return share;
  throw new UsageError(messages.notAShare("--stream", text));
}

function deadlineOf(text: string, messages: ReplayMessages): number {
  const parsed = parseDuration(text);
  if ("problem" in parsed) throw new UsageError(messages.notADuration("--deadline", text, parsed.problem));
  if (parsed.value > 0) return parsed.value;
  throw new UsageError(messages.notADuration("--deadline", text, "it must be longer than zero"));
}

/** Reads the part of the trace that will be sent once before anything is sent, so that a bad line is told at once. */
async function countOf(trace: AsyncIterable<TraceEntry>): Promise<number> {
  let count = 0;
  try {
    for await (const _entry of trace) count++;
  } catch (error) {
    if (error instanceof TraceError) throw new CommandError(error.message);
    throw error;
  }
  return count;
}

/** Whether something speaks HTTP there, so that a wrong address is one message and not a table of failures. */
async function reachable(url: string, transport: NodeTransport, messages: ReplayMessages): Promise<string> {
  const signal = AbortSignal.timeout(PROBE_MS);
  const response = await transport.send({ method: "GET", url: `${url}/healthz`, headers: {} }, signal);
  if (isFailure(response)) {
    throw new CommandError(messages.nothingAnswers(url, signal.aborted ? `${PROBE_MS / 1_000} s` : response.message));
  }
  response.body.cancel();
  return url;
}

interface Running {
  readonly url: string;
  readonly transport: NodeTransport;
  readonly simulated: SimulatedTarget | undefined;
  readonly requests: number;
}

function announce(
  { io, messages }: CommandContext,
  { requests, seconds, url, simulated }: Omit<Running, "transport"> & { readonly seconds: number },
): void {
  const lines = [messages.replay.starting(requests, Math.round(seconds), url)];
  if (simulated !== undefined) lines.push(messages.replay.simulatedTarget(simulated.ladder.join(" > ")));
  io.stdout.write(`${lines.join("\n")}\n`);
}

/** Runs the replay; the first SIGINT or SIGTERM ends it early, with what is known until then. */
async function runUntilStopped(
  settings: Settings,
  { url, transport, simulated, requests }: Running,
  { io, messages }: CommandContext,
): Promise<{ result: ReplayResult; stopped: boolean }> {
  const stop = new AbortController();
  const bounds = { answerMs: settings.deadlineMs + SLACK_MS, silenceMs: SILENCE_MS, totalMs: TOTAL_MS };
  const { key, deadlineMs } = settings;
  const target: ReplayTarget = { url, key, deadlineMs, bounds, transport, clock: systemClock };
  const running = new Replay({
    trace: settings.openTrace(),
    speed: settings.speed,
    streamShare: settings.streamShare,
    model: settings.model,
    clock: systemClock,
    random: seededRandom(settings.seed),
    send: (body, dueAt) => sendRequest(target, body, dueAt, stop.signal),
    judge: (body, observation) => (simulated === undefined ? judgeUnknown : simulated.judge)(body, observation),
    stop: stop.signal,
  });
  const removers = (["SIGINT", "SIGTERM"] as const).map((signal) => io.onSignal(signal, () => stop.abort()));
  const line = io.stderr.isTTY === true && !settings.json ? io.stderr : undefined;
  const showProgress = () => {
    const { elapsedMs, sent, open } = running.progress;
    line?.write(`\r${messages.replay.progress(Math.round(elapsedMs / 1_000), sent, requests, open)}\u001b[K`);
  };
  const progress = line === undefined ? undefined : setInterval(showProgress, PROGRESS_MS);
  try {
    const result = await running.run();
    return { result, stopped: stop.signal.aborted };
  } finally {
    clearInterval(progress);
    line?.write("\r\u001b[K");
    for (const remove of removers) remove();
  }
}
