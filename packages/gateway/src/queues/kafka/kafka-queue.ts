import { type BaseOptions, Consumer, type Message, type MessagesStream, Producer } from "@platformatic/kafka";
import type { JobDelivery, JobNotice, JobQueue } from "tideover/engine";
import { BrokerState } from "../broker-state.ts";
import { CONFIRM_MS, MOST_HELD } from "../defaults.ts";
import { DeliveryBuffer } from "../delivery-buffer.ts";
import { classOf, isJobId, type JobClass } from "../job-class.ts";
import { pause } from "../pause.ts";
import { within } from "../within.ts";
import type { KafkaAddress } from "./kafka-address.ts";
import { clientOptions, type JobTopics, jobTopics, makeTopics } from "./kafka-client.ts";
import { OffsetTracker } from "./offset-tracker.ts";

/** A member without a heartbeat for so long is given up and its partitions go to others, in ms. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 3_000;
/** How long a broker waits for messages before it answers an empty fetch, in ms. */
const FETCH_WAIT_MS = 500;
/** Waits before a lost consumer is made anew, in ms: this, doubling, up to the second. */
const FIRST_RECONNECT_MS = 500;
const LONGEST_RECONNECT_MS = 10_000;
/** How long a message that was given back waits before it is delivered again, in ms, for each time it was. */
const RETRY_MS = 1_000;
/** How often a message is delivered again; then it is a dead letter. Its job waits in the store and is told of anew. */
const MOST_RETRIES = 5;
/** How long a close waits for the broker, in ms. */
const CLOSE_MS = 3_000;

type Text = Message<string, string, string, string>;
type TextStream = MessagesStream<string, string, string, string>;

/** What a {@link KafkaQueue} may be told beside its address. */
export interface KafkaQueueOptions {
  /** Is told when the broker comes and goes. Not told twice the same. */
  readonly onChange?: ((state: { readonly up: boolean; readonly why: string }) => void) | undefined;
}

/**
 * Jobs' ids over Kafka: one topic for each class of urgency, one consumer group of all workers, manual commits.
 *
 * A message is done once its row is leased, within milliseconds, and heartbeats go out beside the work, so that a long
 * job never causes a rebalance. A message that could not be looked at goes to a retry topic and, after some tries, to a
 * dead-letter topic; its job waits in the store all the while and is told of anew. Publishing works from the start;
 * consuming begins when somebody first asks.
 */
export class KafkaQueue implements JobQueue {
  readonly order = "queue";
  readonly #address: KafkaAddress;
  readonly #topics: JobTopics;
  readonly #classOfTopic: ReadonlyMap<string, JobClass>;
  readonly #producer: Producer<string, string, string, string>;
  readonly #state: BrokerState;
  readonly #buffer = new DeliveryBuffer(() => performance.now());
  readonly #stop = new AbortController();
  /** Messages that wait for their next delivery. At most {@link MOST_HELD}, with those in the buffer. */
  readonly #delayed = new Set<NodeJS.Timeout>();
  #stream: TextStream | undefined;
  #made: Promise<boolean> | undefined;
  #consuming: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(address: KafkaAddress, { onChange }: KafkaQueueOptions = {}) {
    this.#address = address;
    this.#topics = jobTopics(address.prefix);
    this.#classOfTopic = new Map([...this.#topics.classes].map(([name, topic]) => [topic, name]));
    this.#state = new BrokerState(address.shown, onChange);
    this.#producer = new Producer({ ...clientOptions(address), serializers: SERIALIZERS, acks: -1 });
    ignoreErrors(this.#producer);
    void this.#topicsMade();
  }

  /** Whether the broker is there; undefined before that is known. */
  get up(): boolean | undefined {
    return this.#state.up;
  }

  async publish(notices: readonly JobNotice[]): Promise<readonly string[]> {
    if (this.#closed !== undefined || notices.length === 0) return [];
    const messages = notices.map(({ id, priority }) => {
      const topic = this.#topics.classes.get(classOf(priority)) ?? "";
      return { topic, key: id, value: id };
    });
    return (await this.#send(messages)) ? notices.map(({ id }) => id) : [];
  }

  async receive(limit: number, waitMs: number, signal: AbortSignal): Promise<readonly JobDelivery[]> {
    if (this.#closed !== undefined) return [];
    this.#consuming ??= this.#consume();
    const taken = await this.#buffer.take(limit, waitMs, signal);
    this.#regulate();
    return taken;
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#delayed) clearTimeout(timer);
    // What is not committed is delivered to others.
    this.#buffer.forget();
    await this.#buffer.close();
    await within(this.#consuming ?? Promise.resolve(), CLOSE_MS);
    await within(this.#producer.close(true), CLOSE_MS);
  }

  async #send(messages: readonly { topic: string; key: string; value: string; headers?: Record<string, string> }[]) {
    const sent = this.#topicsMade().then(async (made) => {
      if (!made) return false;
      await this.#producer.send({ messages: [...messages], acks: -1 });
      return true;
    });
    sent.then(
      (done) => done && this.#state.changed(true),
      (error: unknown) => this.#state.changed(false, messageOf(error)),
    );
    return (await within(sent, CONFIRM_MS)) === true;
  }

  /** Whether the topics are there. A broker that is away is asked again with the next publication. */
  #topicsMade(): Promise<boolean> {
    this.#made ??= makeTopics(this.#address, this.#topics).then(
      () => true,
      (error: unknown) => {
        this.#made = undefined;
        this.#state.changed(false, messageOf(error));
        return false;
      },
    );
    return this.#made;
  }

  /** Consumes until the close; a consumer that breaks is made anew. */
  async #consume(): Promise<void> {
    const { signal } = this.#stop;
    for (let waitMs = FIRST_RECONNECT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_RECONNECT_MS)) {
      if (await this.#topicsMade()) {
        const began = performance.now();
        await this.#consumeOnce().catch((error: unknown) => this.#state.changed(false, messageOf(error)));
        if (performance.now() - began > LONGEST_RECONNECT_MS) waitMs = FIRST_RECONNECT_MS;
      }
      await pause(waitMs, signal);
    }
  }

  /** One consumer's life. @throws what ended it */
  async #consumeOnce(): Promise<void> {
    const options: BaseOptions & { groupId: string } = {
      ...clientOptions(this.#address),
      groupId: `${this.#address.prefix}.workers`,
    };
    const consumer = new Consumer<string, string, string, string>({ ...options, deserializers: DESERIALIZERS });
    ignoreErrors(consumer);
    try {
      const stream = await consumer.consume({
        topics: [...this.#topics.classes.values(), this.#topics.retry],
        mode: "committed",
        fallbackMode: "earliest",
        autocommit: false,
        sessionTimeout: SESSION_MS,
        heartbeatInterval: HEARTBEAT_MS,
        maxWaitTime: FETCH_WAIT_MS,
        highWaterMark: MOST_HELD,
      });
      this.#stream = stream;
      this.#state.changed(true);
      const tracker = new OffsetTracker<Text>();
      const ended = new Promise<void>((resolve, reject) => {
        stream.on("error", reject);
        stream.on("close", resolve);
        this.#stop.signal.addEventListener("abort", () => resolve(), { once: true });
        if (this.#stop.signal.aborted) resolve();
      });
      stream.on("data", (message) => this.#delivered(message, tracker));
      await ended;
    } finally {
      this.#stream = undefined;
      await within(consumer.close(true), CLOSE_MS);
    }
  }

  #delivered(message: Text, tracker: OffsetTracker<Text>): void {
    const partition = `${message.topic}/${message.partition}`;
    tracker.add(partition, message);
    const acknowledge = async () => {
      const last = tracker.done(partition, message);
      // A commit that fails costs a repeated delivery, and a row is leased once.
      if (last !== undefined) void within(Promise.resolve(last.commit()), CLOSE_MS);
    };
    if (!isJobId(message.value)) {
      void acknowledge();
      return;
    }
    const retries = Number(message.headers.get("retries") ?? 0);
    const name = this.#classOfTopic.get(message.topic) ?? this.#classNamed(message.headers.get("class"));
    const giveBack = async () => {
      if (this.#stop.signal.aborted) return;
      const topic = retries < MOST_RETRIES ? this.#topics.retry : this.#topics.dead;
      const headers = { retries: `${retries + 1}`, class: name };
      await this.#send([{ topic, key: message.value, value: message.value, headers }]);
      await acknowledge();
    };
    const delivery = { jobId: message.value, acknowledge, giveBack };
    const waitMs = retries === 0 ? 0 : Number(message.timestamp) + retries * RETRY_MS - Date.now();
    if (waitMs <= 0) this.#buffer.add(name, delivery);
    else this.#addLater(name, delivery, Math.min(waitMs, MOST_RETRIES * RETRY_MS));
    this.#regulate();
  }

  #addLater(name: JobClass, delivery: JobDelivery, waitMs: number): void {
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#buffer.add(name, delivery);
    }, waitMs);
    this.#delayed.add(timer);
  }

  #classNamed(text: string | undefined): JobClass {
    return [...this.#topics.classes.keys()].find((name) => name === text) ?? "background";
  }

  /** Fetches no more than can be held. */
  #regulate(): void {
    const stream = this.#stream;
    if (stream === undefined || stream.destroyed) return;
    const isFull = this.#buffer.size + this.#delayed.size >= MOST_HELD;
    if (isFull && !stream.isPaused()) stream.pause();
    else if (!isFull && stream.isPaused()) stream.resume();
  }
}

const encode = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text));
const decode = (bytes: Buffer | undefined) => bytes?.toString() ?? "";
const SERIALIZERS = { key: encode, value: encode, headerKey: encode, headerValue: encode };
const DESERIALIZERS = { key: decode, value: decode, headerKey: decode, headerValue: decode };

/** A client tells of a lost connection to whoever listens and, if nobody does, ends the process. Calls tell it, too. */
function ignoreErrors(client: { on(event: "error", listener: () => void): unknown }): void {
  client.on("error", () => {});
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors.at(-1));
  return error instanceof Error ? error.message : String(error);
}
