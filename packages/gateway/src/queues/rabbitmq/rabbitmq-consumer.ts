import type { Channel, Connection } from "rabbitmq-client";
import { pause } from "../pause.ts";
import { within } from "../within.ts";

/** How long the broker may take to open a channel and to begin to deliver, in ms. */
const SETUP_MS = 10_000;
/** Waits before a lost channel is made anew, in ms: this, doubling, up to the second. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

/** What is delivered, and how the broker is told what became of it; never rejects, also when the channel is gone. */
export interface RabbitDelivery {
  readonly queue: string;
  readonly body: string;
  settle(how: "done" | "again" | "never"): void;
}

/** What a {@link RabbitConsumer} is made from. */
export interface RabbitConsumerParts {
  readonly connection: Connection;
  readonly queues: readonly {
    readonly queue: string;
    readonly durable: boolean;
    readonly arguments: { readonly "x-queue-type": "quorum" };
  }[];
  /** Most messages of each queue that are delivered and not settled. */
  readonly prefetch: number;
  delivered(delivery: RabbitDelivery): void;
  /** The channel is gone: what was delivered on it and not settled is delivered again, to anybody. */
  lost(): void;
}

/**
 * Consumes several queues on one channel, and makes the channel anew whenever it dies, which it may without its
 * connection. Every step of that has a bound: a broker that has just come back may leave a request without an answer
 * (seen with the client's own consumer, which then waited for ever).
 */
export class RabbitConsumer {
  readonly #parts: RabbitConsumerParts;
  #stop: AbortController | undefined;

  constructor(parts: RabbitConsumerParts) {
    this.#parts = parts;
  }

  /** Begins to consume, if it does not. */
  start(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    void this.#run(this.#stop.signal);
  }

  /** Ends it: what was delivered and not settled goes to others. */
  stop(): void {
    this.#stop?.abort();
    this.#stop = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let waitMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const channel = await this.#open();
      if (channel !== undefined) {
        waitMs = FIRST_RETRY_MS;
        await untilGone(channel, signal);
        this.#parts.lost();
        if (channel.active) await within(channel.close(), SETUP_MS);
      }
      if (!signal.aborted) await pause(waitMs, signal);
      waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS);
    }
  }

  /** A channel that delivers; undefined when the broker has not given one in time. */
  async #open(): Promise<Channel | undefined> {
    const { connection, queues, prefetch } = this.#parts;
    if (!connection.ready) return undefined;
    const channel = await within(connection.acquire(), SETUP_MS);
    if (channel === undefined) return undefined;
    // Without a listener an error of the channel would end the process; its close says the same.
    channel.on("error", () => {});
    const consume = async () => {
      for (const queue of queues) await channel.queueDeclare(queue);
      await channel.basicQos({ prefetchCount: prefetch });
      for (const { queue } of queues) {
        await channel.basicConsume({ queue }, ({ body, deliveryTag }) => {
          const settle = (how: "done" | "again" | "never") => this.#settle(channel, deliveryTag, how);
          this.#parts.delivered({ queue, body: String(body), settle });
        });
      }
      return true;
    };
    if (await within(consume(), SETUP_MS)) return channel;
    this.#parts.lost();
    void within(channel.close(), SETUP_MS);
    return undefined;
  }

  #settle(channel: Channel, deliveryTag: number, how: "done" | "again" | "never"): void {
    if (!channel.active) return;
    try {
      if (how === "done") channel.basicAck({ deliveryTag });
      else channel.basicNack({ deliveryTag, requeue: how === "again" });
    } catch {
      // The channel went in this moment: the message is delivered again, to a row that is leased once.
    }
  }
}

/** Waits until the channel is dead, the broker has cancelled a consumer (its queue was deleted), or the signal. */
function untilGone(channel: Channel, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    channel.once("close", () => resolve());
    channel.once("basic.cancel", () => resolve());
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (!channel.active || signal.aborted) resolve();
  });
}
