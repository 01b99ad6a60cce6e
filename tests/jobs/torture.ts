import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PostgresLink, readPostgresAddress } from "../../packages/gateway/src/stores/jobs-postgres/index.ts";
import { answerTo, type EchoUpstream, startEchoUpstream } from "./echo-upstream.ts";
import { MortalGateway } from "./mortal-gateway.ts";

/** How hard it is to be. */
export interface TortureOptions {
  readonly jobs: number;
  /** For how long a process is killed now and again, in ms. */
  readonly tortureMs: number;
  /** A random process is killed so often, in ms, half of that early or late; while none is up, the next one that is. */
  readonly everyMs: number;
  /** How long an answer takes, in ms. */
  readonly latencyMs: number;
  /** Jobs that a process works on at once. */
  readonly concurrency: number;
  /** Gives up after this time, in ms. */
  readonly patienceMs: number;
  /** Servers that a gateway and workers without HTTP share; absent: one gateway with SQLite, which works itself. */
  readonly shared?: SharedServers | undefined;
  readonly say?: (line: string) => void;
}

/** Servers that several processes share. */
export interface SharedServers {
  /** `stores.jobs` */
  readonly store: string;
  /** `stores.queue` */
  readonly queue: string;
  /** Workers beside the gateway. */
  readonly workers: number;
  /** The broker is away once, from half of the torture on, for so long and the time that its start takes, in ms. */
  readonly brokerAwayMs: number;
  killBroker(): Promise<void>;
  startBroker(): Promise<void>;
}

/** What was counted. */
export interface TortureCounts {
  readonly kills: number;
  /** Jobs that a 202 was given for. */
  readonly accepted: number;
  /** Requests that ended without a response, and were sent again with the same key. */
  readonly repeated: number;
  /** Rows in the store. */
  readonly rows: number;
  readonly succeeded: number;
  readonly otherwiseEnded: number;
  /** Accepted jobs that are not there. */
  readonly lost: number;
  /** Jobs with another job's answer, or none. */
  readonly wrong: number;
  /** Accepted under one key more than once. */
  readonly doubled: number;
  /** Times that a provider was asked a question again. */
  readonly duplicates: number;
  readonly duplicatesAllowed: number;
  /** How often the broker was away. */
  readonly brokerOutages: number;
  /** Requests of callers who waited for the answer, how many got none while the gateway ran, and their slowest 5%. */
  readonly live: { readonly asked: number; readonly failed: number; readonly p95Ms: number };
  readonly seconds: number;
}

/** While all processes are on their way up, how often they are looked at, in ms. */
const NEXT_LOOK_MS = 100;
/** Callers that enqueue at once. */
const CALLERS = 16;

/** Whether a promise of the store is broken. */
export function brokenPromises(counts: TortureCounts, jobs: number): string[] {
  const promises: readonly (readonly [boolean, string])[] = [
    [counts.accepted === jobs, "every job was accepted in the end"],
    [counts.lost === 0, "no accepted job is lost"],
    [counts.rows === jobs && counts.doubled === 0, "a key gives one job"],
    [counts.succeeded === jobs && counts.otherwiseEnded === 0, "every job ended with an answer"],
    [counts.wrong === 0, "every answer is the job's own"],
    [counts.live.failed === 0, "callers who wait are answered"],
    [counts.duplicates <= counts.duplicatesAllowed, "what is asked twice is bounded by kills x concurrency"],
  ];
  return promises.filter(([holds]) => !holds).map(([, promise]) => promise);
}

/**
 * Enqueues jobs at a real gateway that is killed again and again, also in the middle of accepting, and counts what became
 * of them.
 */
export async function torture(options: TortureOptions): Promise<TortureCounts> {
  const folder = mkdtempSync(join(tmpdir(), "tideover-torture-"));
  await using upstream = await startEchoUpstream(options.latencyMs);
  const gateway = new MortalGateway(folder);
  const workers: MortalGateway[] = [];
  try {
    writeFileSync(join(folder, "tideover.yaml"), configuration(upstream, options));
    for (let number = 0; number < (options.shared?.workers ?? 0); number++) {
      workers.push(new MortalGateway(folder, "work"));
    }
    return await run(gateway, workers, upstream, folder, options);
  } finally {
    await Promise.all([gateway, ...workers].map((process) => process.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration({ baseUrl }: EchoUpstream, { concurrency, shared }: TortureOptions): string {
  const limit = Math.ceil(concurrency / 0.3);
  const stores = shared && `stores: { jobs: "${shared.store}", queue: "${shared.queue}" }`;
  return `
server: { port: 0, drain: 1s, jobs: { concurrency: ${concurrency}, workers: ${shared === undefined} } }
${stores ?? ""}
providers:
  echo: { preset: openai-compatible, baseUrl: "${baseUrl}", limit: { concurrency: ${limit} } }
routes:
  - { model: "*", cache: off, ladder: [echo, ticket] }
`;
}

async function run(
  gateway: MortalGateway,
  workers: readonly MortalGateway[],
  upstream: EchoUpstream,
  folder: string,
  options: TortureOptions,
): Promise<TortureCounts> {
  const processes = [gateway, ...workers];
  await Promise.all(processes.map((process) => process.start()));
  const began = performance.now();
  const say = options.say ?? (() => {});
  const giveUpAt = began + options.patienceMs;
  const accepted = new Map<number, Set<string>>();
  let repeated = 0;
  let next = 0;
  const caller = async () => {
    for (let number = next++; number < options.jobs; number = next++) {
      for (;;) {
        const id = await enqueue(gateway, number);
        if (id !== undefined) {
          accepted.set(number, new Set([...(accepted.get(number) ?? []), id]));
          break;
        }
        repeated++;
        if (performance.now() > giveUpAt) return;
        await pause(50);
      }
      // The jobs come over the whole torture, not before it.
      const due = began + (number / options.jobs) * options.tortureMs;
      await pause(Math.max(0, due - performance.now()));
    }
  };
  const killer = async () => {
    const until = began + options.tortureMs;
    const starting: Promise<void>[] = [];
    const failed: unknown[] = [];
    // By the clock and not by the last kill, so that a busy machine, on which starts take long, loses none of them.
    let due = began + options.everyMs * (0.5 + Math.random());
    while (due < until && performance.now() < until) {
      await pause(Math.max(NEXT_LOOK_MS, due - performance.now()));
      const alive = processes.filter(({ isUp }) => isUp);
      const victim = alive[Math.floor(Math.random() * alive.length)];
      if (victim === undefined) continue;
      due += options.everyMs * (0.5 + Math.random());
      await victim.kill();
      starting.push(victim.restart().catch((error: unknown) => void failed.push(error)));
    }
    await Promise.all(starting);
    if (failed.length > 0) throw failed[0];
    while (performance.now() < until) await pause(100);
  };
  let brokerOutages = 0;
  const broker = async () => {
    const { shared } = options;
    if (shared === undefined || shared.queue === "embedded") return;
    await pause(options.tortureMs / 2);
    await shared.killBroker();
    brokerOutages++;
    say("the broker is away");
    await pause(shared.brokerAwayMs);
    await shared.startBroker();
    say("the broker is back");
  };
  const watch = new AbortController();
  const live = watchLive(gateway, watch.signal);
  await Promise.all([killer(), broker(), ...Array.from({ length: CALLERS }, caller)]);
  const kills = processes.reduce((sum, process) => sum + process.kills, 0);
  say(`${accepted.size} accepted, ${kills} kills, ${upstream.asked.size} asked; draining the rest`);
  const ended = await untilEnded(gateway, options.jobs, giveUpAt, say);
  watch.abort();
  const liveCounts = await live;
  await Promise.all(processes.map((process) => process.kill()));
  const rows = await (options.shared === undefined ? readRows(folder) : readSharedRows(options.shared.store));
  const ids = new Map([...accepted].flatMap(([number, set]) => [...set].map((id) => [id, number] as const)));
  const right = rows.filter(({ id, content }) => content === answerTo(question(ids.get(id) ?? -1)));
  const known = new Set(rows.map(({ id }) => id));
  const jobsAsked = [...upstream.asked].filter(([text]) => text.startsWith(QUESTION));
  const asked = jobsAsked.reduce((sum, [, count]) => sum + count, 0);
  return {
    kills,
    accepted: accepted.size,
    repeated,
    rows: rows.length,
    succeeded: rows.filter(({ state }) => state === "succeeded").length,
    otherwiseEnded: ended - rows.filter(({ state }) => state === "succeeded").length,
    lost: [...ids.keys()].filter((id) => !known.has(id)).length,
    wrong: rows.length - right.length,
    doubled: [...accepted.values()].filter(({ size }) => size > 1).length,
    duplicates: asked - jobsAsked.length,
    duplicatesAllowed: kills * options.concurrency,
    brokerOutages,
    live: liveCounts,
    seconds: Math.round((performance.now() - began) / 100) / 10,
  };
}

/** @returns the job's id, undefined when the gateway died before it answered, or was not there. */
async function enqueue(gateway: MortalGateway, number: number): Promise<string | undefined> {
  const { url } = gateway;
  if (url === undefined) return undefined;
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", prefer: "respond-async", "idempotency-key": `job-${number}` },
      body: JSON.stringify({ model: "echo", messages: [{ role: "user", content: question(number) }] }),
      signal: AbortSignal.timeout(10_000),
    });
    const body = (await response.json()) as { id?: string };
    return response.status === 202 ? body.id : undefined;
  } catch (error) {
    // The connection broke with the process: nothing is known of the request.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

const QUESTION = "question ";

function question(number: number): string {
  return `${QUESTION}${number}`;
}

/** How often a caller asks and waits, in ms. */
const LIVE_EVERY_MS = 500;

/** Asks now and again as a caller who waits does. A request whose gateway was killed meanwhile does not count. */
async function watchLive(gateway: MortalGateway, signal: AbortSignal): Promise<TortureCounts["live"]> {
  const took: number[] = [];
  let failed = 0;
  for (let number = 0; !signal.aborted; number++) {
    const { url, kills } = gateway;
    if (url !== undefined) {
      const began = performance.now();
      const messages = [{ role: "user", content: `live ${number}` }];
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "echo", messages }),
      }).then(
        async (reply) => ({ status: reply.status, text: await reply.text() }),
        () => undefined,
      );
      if (response?.status === 200 && response.text.includes(answerTo(`live ${number}`))) {
        took.push(performance.now() - began);
      } else if (gateway.kills === kills) failed++;
    }
    await pause(LIVE_EVERY_MS);
  }
  took.sort((a, b) => a - b);
  const p95Ms = Math.round(took[Math.floor(took.length * 0.95)] ?? 0);
  return { asked: took.length + failed, failed, p95Ms };
}

/** Waits until no job is under way. @returns how many have ended */
async function untilEnded(
  gateway: MortalGateway,
  jobs: number,
  giveUpAt: number,
  say: (line: string) => void,
): Promise<number> {
  for (let ended = 0; ; ) {
    ended = 0;
    let isOpen = false;
    for (const status of ["queued", "running"]) {
      const response = await fetch(`${gateway.url}/v1/jobs?limit=1&status=${status}`);
      isOpen ||= ((await response.json()) as { data: unknown[] }).data.length > 0;
    }
    if (!isOpen) return jobs;
    if (performance.now() > giveUpAt) {
      say("given up: some jobs have not ended");
      return ended;
    }
    await pause(500);
  }
}

/** What the store says, read from its file after its process was killed. */
function readRows(folder: string): JobRow[] {
  const database = new DatabaseSync(join(folder, ".tideover", "jobs.sqlite"));
  try {
    const sql = "SELECT id, state, body FROM jobs LEFT JOIN job_results USING (seq)";
    return database.prepare(sql).all().map(jobRow);
  } finally {
    database.close();
  }
}

/** What PostgreSQL says. */
async function readSharedRows(url: string): Promise<JobRow[]> {
  const address = readPostgresAddress(url);
  if ("problem" in address) throw new Error(address.problem);
  const link = new PostgresLink(address);
  try {
    const sql = "SELECT id, state, body FROM tideover_jobs LEFT JOIN tideover_job_results USING (seq)";
    return (await link.run(`${sql} WHERE kind = 'ticket'`)).rows.map(jobRow);
  } finally {
    await link.close();
  }
}

interface JobRow {
  readonly id: string;
  readonly state: string;
  readonly content: string;
}

function jobRow({ id, state, body }: Record<string, unknown>): JobRow {
  const answer = body === null ? {} : (JSON.parse(String(body)) as AnswerBody);
  return { id: String(id), state: String(state), content: answer.choices?.[0]?.message.content ?? "" };
}

interface AnswerBody {
  readonly choices?: readonly { readonly message: { readonly content: string } }[];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
