import { Connection, requestBytes, type Target } from "./connection.ts";
import { EVENT_INTERVAL_MS, EVENTS_PER_STREAM, requestBody } from "./payloads.ts";
import { Failures, pause, Samples, within } from "./samples.ts";
import { StreamWatcher } from "./stream-watcher.ts";

/** What a window of many paced streams gave. */
export interface StreamWindow {
  readonly seconds: number;
  /** Content events that arrived. */
  readonly events: number;
  /** Pieces of body that brought them: fewer where a system merges, or lags. */
  readonly reads: number;
  readonly bytes: number;
  /** From the upstream's sending to the arrival, in ms. */
  readonly delay: Samples;
  readonly ended: number;
  readonly failures: Failures;
}

/** How long the first event of a batch of streams may take, in ms. */
const FIRST_EVENT_WAIT_MS = 10_000;

/** Life of one paced stream, in ms. */
const STREAM_MS = EVENT_INTERVAL_MS * EVENTS_PER_STREAM;

/** Keeps so many paced streams open, each followed by another, until it is stopped. */
export class StreamLoad {
  readonly #target: Target;
  readonly #request: Buffer;
  readonly #connections: Connection[] = [];
  #stopped = false;
  #delay = new Samples();
  #failures = new Failures();
  #events = 0;
  #reads = 0;
  #bytes = 0;
  #ended = 0;

  constructor(target: Target) {
    this.#target = target;
    this.#request = requestBytes(target, requestBody("paced", true));
  }

  /** Opens the streams evenly over the life of one, so that as many end as begin at any time, and waits it out. */
  async open(streams: number): Promise<void> {
    const startedAt = performance.now();
    for (let opened = 0; opened < streams; opened++) {
      const wait = startedAt + (opened * STREAM_MS) / streams - performance.now();
      if (wait > 1) await pause(wait);
      const connection = new Connection(this.#target);
      this.#connections.push(connection);
      this.#run(connection);
    }
    await pause(Math.max(0, startedAt + STREAM_MS - performance.now()));
  }

  /** Watches for so long. Failures count from the opening on. */
  async watch(seconds: number): Promise<StreamWindow> {
    this.#delay = new Samples();
    this.#events = 0;
    this.#reads = 0;
    this.#bytes = 0;
    this.#ended = 0;
    const startedAt = performance.now();
    await pause(seconds * 1_000);
    return {
      seconds: (performance.now() - startedAt) / 1_000,
      events: this.#events,
      reads: this.#reads,
      bytes: this.#bytes,
      delay: this.#delay,
      ended: this.#ended,
      failures: this.#failures,
    };
  }

  /** Leaves all streams where they stand. */
  stop(): void {
    this.#stopped = true;
    for (const connection of this.#connections) connection.destroy();
  }

  #run(connection: Connection): void {
    if (this.#stopped) return;
    const watcher = new StreamWatcher({
      onEvent: (delayMs) => {
        this.#events++;
        this.#delay.add(delayMs);
      },
      onEnded: (flaw) => {
        this.#ended++;
        this.#reads += watcher.reads;
        this.#bytes += watcher.bytes;
        if (flaw === undefined) this.#run(connection);
        else {
          this.#failures.add(flaw);
          // A system that refuses at once must not be asked again at once.
          setTimeout(() => this.#run(connection), STREAM_MS);
        }
      },
    });
    connection.send(this.#request, watcher);
  }
}

/** Streams that say one word and then nothing. */
export class SilentStreams {
  readonly #target: Target;
  readonly #connections: Connection[] = [];
  readonly failures = new Failures();

  constructor(target: Target) {
    this.#target = target;
  }

  /** Opens so many, some at a time, and waits for the first event of each. */
  async open(streams: number): Promise<void> {
    const atATime = 50;
    for (let opened = 0; opened < streams; opened += atATime) {
      const count = Math.min(atATime, streams - opened);
      const batch = Promise.all(Array.from({ length: count }, () => this.#openOne()));
      if (!(await within(FIRST_EVENT_WAIT_MS, batch))) {
        return this.failures.add(`Streams without a first event for ${FIRST_EVENT_WAIT_MS} ms.`);
      }
    }
  }

  /** Leaves all of them. */
  leave(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  #openOne(): Promise<void> {
    return new Promise((resolve) => {
      const connection = new Connection(this.#target);
      this.#connections.push(connection);
      const watcher = new StreamWatcher({
        onFirst: resolve,
        onEnded: (flaw) => {
          this.failures.add(flaw ?? "A stream that should stay open ended.");
          resolve();
        },
      });
      connection.send(requestBytes(this.#target, requestBody("hold", true)), watcher);
    });
  }
}
