import { Connection, type Publisher } from "rabbitmq-client";
import type { JobDelivery, JobNotice, JobQueue } from "tideover/engine";
import { BrokerState } from "../broker-state.ts";
import { CONFIRM_MS, MOST_HELD } from "../defaults.ts";
import { DeliveryBuffer } from "../delivery-buffer.ts";
import { classOf, isJobId, JOB_CLASSES, type JobClass } from "../job-class.ts";
import { within } from "../within.ts";
import type { RabbitAddress } from "./rabbitmq-address.ts";
import { RabbitConsumer, type RabbitDelivery } from "./rabbitmq-consumer.ts";

/** Waits before a lost connection is made anew, in ms: this, doubling, up to the second. */
const FIRST_RECONNECT_MS = 500;
const LONGEST_RECONNECT_MS = 10_000;
/** How long a connection may take to be made, in ms. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A connection without a sign of life for twice this is dead, in seconds. */
const HEARTBEAT_S = 10;
/** How long a close waits for the broker, in ms. */
const CLOSE_MS = 2_000;

/** What a {@link RabbitQueue} may be told beside its address. */
export interface RabbitQueueOptions {
  /** Is told when the broker comes and goes. Not told twice the same. */
  readonly onChange?: ((state: { readonly up: boolean; readonly why: string }) => void) | undefined;
}

/**
 * Jobs' ids over RabbitMQ: one quorum queue for each class of urgency, publications confirmed, a bounded prefetch.
 *
 * A message is acknowledged once its row is leased, within milliseconds, so that no job is long enough for the broker's
 * acknowledgement timeout. What nobody in this process takes within a second goes back to the queue, and nothing more is
 * consumed until somebody asks: a busy worker keeps nothing from an idle one. A lost connection or channel is made anew
 * by itself; messages that hung on it are delivered again, to a row that is leased once.
 */
export class RabbitQueue implements JobQueue {
  readonly order = "queue";
  readonly #prefix: string;
  readonly #connection: Connection;
  readonly #publisher: Publisher;
  readonly #state: BrokerState;
  readonly #classOfQueue: ReadonlyMap<string, JobClass>;
  readonly #consumer: RabbitConsumer;
  /** Nobody asks at present: what comes is for others. */
  readonly #buffer = new DeliveryBuffer(
    () => performance.now(),
    () => this.#consumer.stop(),
  );
  #closed: Promise<void> | undefined;

  constructor(address: RabbitAddress, { onChange }: RabbitQueueOptions = {}) {
    this.#prefix = address.prefix;
    this.#state = new BrokerState(address.shown, onChange);
    this.#connection = new Connection({
      url: address.url,
      connectionName: "tideover",
      connectionTimeout: CONNECT_TIMEOUT_MS,
      acquireTimeout: CONFIRM_MS,
      retryLow: FIRST_RECONNECT_MS,
      retryHigh: LONGEST_RECONNECT_MS,
      heartbeat: HEARTBEAT_S,
      noDelay: true,
    });
    // Without a listener an error would end the process.
    this.#connection.on("error", (error: Error) => this.#state.changed(false, error.message));
    this.#connection.on("connection", () => this.#state.changed(true));
    this.#publisher = this.#connection.createPublisher({
      confirm: true,
      maxAttempts: 1,
      queues: JOB_CLASSES.map((name) => this.#declaration(name)),
    });
    this.#classOfQueue = new Map(JOB_CLASSES.map((name) => [this.#queueOf(name), name]));
    this.#consumer = new RabbitConsumer({
      connection: this.#connection,
      queues: JOB_CLASSES.map((name) => this.#declaration(name)),
      prefetch: MOST_HELD / JOB_CLASSES.length,
      delivered: (delivery) => this.#delivered(delivery),
      lost: () => this.#buffer.forget(),
    });
  }

  /** Whether the broker is there; undefined before that is known. */
  get up(): boolean | undefined {
    return this.#state.up;
  }

  async publish(notices: readonly JobNotice[]): Promise<readonly string[]> {
    // Not ready: without a connection, or the broker has no room for messages.
    if (this.#closed !== undefined || !this.#connection.ready) return [];
    const sent = await Promise.all(
      notices.map(async ({ id, priority }) => {
        const routingKey = this.#queueOf(classOf(priority));
        const confirmed = this.#publisher.send({ routingKey, durable: true, contentType: "text/plain" }, id);
        return (await within(
          confirmed.then(() => true),
          CONFIRM_MS,
        ))
          ? id
          : undefined;
      }),
    );
    return sent.filter((id) => id !== undefined);
  }

  receive(limit: number, waitMs: number, signal: AbortSignal): Promise<readonly JobDelivery[]> {
    if (this.#closed !== undefined) return Promise.resolve([]);
    this.#consumer.start();
    return this.#buffer.take(limit, waitMs, signal);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await this.#buffer.close();
    this.#consumer.stop();
    await within(
      this.#publisher.close().then(() => this.#connection.close()),
      CLOSE_MS,
    );
    this.#connection.unsafeDestroy();
  }

  #delivered({ queue, body: jobId, settle }: RabbitDelivery): void {
    if (!isJobId(jobId)) {
      settle("never");
      return;
    }
    this.#buffer.add(this.#classOfQueue.get(queue) ?? "background", {
      jobId,
      acknowledge: async () => settle("done"),
      giveBack: async () => settle("again"),
    });
  }

  #declaration(name: JobClass) {
    return { queue: this.#queueOf(name), durable: true, arguments: { "x-queue-type": "quorum" as const } };
  }

  #queueOf(name: JobClass): string {
    return `${this.#prefix}.jobs.${name}`;
  }
}
