import { Connection, type ExchangeListener, requestBytes, type Target } from "./connection.ts";
import { type Manner, requestBody } from "./payloads.ts";
import { Failures, pause, Samples, within } from "./samples.ts";
import { StreamWatcher } from "./stream-watcher.ts";

/** What a run of exchanges gave. Times in ms. */
export interface LoadResult {
  readonly done: number;
  readonly seconds: number;
  /** Per exchange: unstreamed the whole answer, streamed the first content event. */
  readonly latency: Samples;
  /** Body bytes of one answer, as the caller got it. */
  readonly bytesPerAnswer: number;
  readonly failures: Failures;
}

/** How long exchanges that are still under way at the end of a run may take, in ms; then they count as failed. */
const LAST_WAIT_MS = 10_000;
/** A timer's grain, in ms: a send that is late by less was held up by the timer, not by anything that is measured. */
const TIMER_GRAIN_MS = 2;

interface Tally {
  done: number;
  bytes: number;
  readonly latency: Samples;
  readonly failures: Failures;
}

/** Each connection sends its next request when it has its answer: how much a system can do. */
export async function closedLoop(
  target: Target,
  options: { readonly connections: number; readonly seconds: number; readonly stream: boolean },
): Promise<LoadResult> {
  const request = requestBytes(target, requestBody("whole", options.stream));
  const tally = newTally();
  const startedAt = performance.now();
  const endAt = startedAt + options.seconds * 1_000;
  const connections = Array.from({ length: options.connections }, () => new Connection(target));
  const run = (connection: Connection) =>
    new Promise<void>((resolve) => {
      const next = () => {
        if (performance.now() >= endAt) return resolve();
        exchange(connection, request, options.stream, performance.now(), tally, next);
      };
      next();
    });
  const ended = await within(options.seconds * 1_000 + LAST_WAIT_MS, Promise.all(connections.map(run)));
  if (!ended) tally.failures.add(`No answer within ${LAST_WAIT_MS} ms.`);
  for (const connection of connections) connection.destroy();
  return resultOf(tally, startedAt);
}

/**
 * Requests at a constant rate, each sent at its time whatever became of those before, so that stalls count. Latency
 * is from the scheduled time.
 */
export async function constantRate(
  target: Target,
  options: {
    readonly perSecond: number;
    readonly seconds: number;
    readonly manner: Manner;
    readonly stream: boolean;
    /** How long the last answers may take after the last request, in ms; 10 s when absent. */
    readonly lastWaitMs?: number;
  },
): Promise<LoadResult> {
  const request = requestBytes(target, requestBody(options.manner, options.stream));
  const tally = newTally();
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  const pending: Promise<void>[] = [];
  const startedAt = performance.now();
  const total = Math.floor(options.perSecond * options.seconds);
  for (let sent = 0; sent < total; sent++) {
    const dueAt = startedAt + (sent * 1_000) / options.perSecond;
    const wait = dueAt - performance.now();
    if (wait > 0) await pause(wait);
    const now = performance.now();
    const from = now - dueAt < TIMER_GRAIN_MS ? now : dueAt;
    const connection = idle.pop() ?? new Connection(target);
    all.add(connection);
    const ended = new Promise<void>((resolve) => {
      exchange(connection, request, options.stream, from, tally, resolve);
    });
    pending.push(ended.then(() => void idle.push(connection)));
  }
  const lastWaitMs = options.lastWaitMs ?? LAST_WAIT_MS;
  if (!(await within(lastWaitMs, Promise.all(pending)))) tally.failures.add(`No answer within ${lastWaitMs} ms.`);
  for (const connection of all) connection.destroy();
  return resultOf(tally, startedAt);
}

function newTally(): Tally {
  return { done: 0, bytes: 0, latency: new Samples(), failures: new Failures() };
}

function resultOf(tally: Tally, startedAt: number): LoadResult {
  const { done, bytes, latency, failures } = tally;
  const seconds = (performance.now() - startedAt) / 1_000;
  return { done, seconds, latency, bytesPerAnswer: Math.round(bytes / done), failures };
}

/** One exchange, checked: a whole answer with status 200 is done, everything else failed. */
function exchange(
  connection: Connection,
  request: Buffer,
  stream: boolean,
  startedAt: number,
  tally: Tally,
  next: () => void,
): void {
  if (stream) {
    const watcher = new StreamWatcher({
      onFirst: () => tally.latency.add(performance.now() - startedAt),
      onEnded: (flaw) => {
        tally.bytes += watcher.bytes;
        if (flaw === undefined) tally.done++;
        else tally.failures.add(flaw);
        next();
      },
    });
    connection.send(request, watcher);
  } else connection.send(request, wholeAnswer(startedAt, tally, next));
}

function wholeAnswer(startedAt: number, tally: Tally, next: () => void): ExchangeListener {
  let status = 0;
  let body = "";
  return {
    onHead(seen) {
      status = seen;
    },
    onBody(text) {
      body += text;
    },
    onEnd() {
      tally.bytes += body.length;
      if (status === 200 && body.endsWith("}")) {
        tally.done++;
        tally.latency.add(performance.now() - startedAt);
      } else tally.failures.add(`Status ${status}: ${body.slice(0, 200)}`);
      next();
    },
    onFailed(reason) {
      tally.failures.add(reason);
      next();
    },
  };
}
