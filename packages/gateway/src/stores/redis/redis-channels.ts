import type { Clock, Timer } from "tideover/engine";
import { CHANNEL_LINGER_MS, MAX_CHANNELS } from "./defaults.ts";
import type { RedisClient, RedisLink } from "./redis-link.ts";

interface Channel {
  readonly listeners: Set<(message: string) => void>;
  /** Asked for once; from then on the client asks again by itself when it connects anew. */
  subscribed: boolean;
  /** Runs while nobody listens. */
  leaving: Timer | undefined;
}

/**
 * Messages of Redis channels, over one connection for all of them. Messages may be lost, with a connection or before
 * the subscription stands: they are hints to look, and whoever needs to know looks by itself too.
 */
export class RedisChannels {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #channels = new Map<string, Channel>();
  #client: RedisClient | undefined;

  constructor(link: RedisLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  /**
   * Calls back with each message of a channel; beyond {@link MAX_CHANNELS} channels it never does.
   * @returns what ends it
   */
  listen(name: string, listener: (message: string) => void): () => void {
    const known = this.#channels.get(name);
    if (known === undefined && this.#channels.size >= MAX_CHANNELS) return () => undefined;
    const channel = known ?? { listeners: new Set(), subscribed: false, leaving: undefined };
    channel.leaving?.cancel();
    channel.leaving = undefined;
    channel.listeners.add(listener);
    if (known === undefined) {
      this.#channels.set(name, channel);
      this.#subscribe(name, channel);
    }
    return () => {
      if (!channel.listeners.delete(listener) || channel.listeners.size > 0) return;
      channel.leaving = this.#clock.schedule(CHANNEL_LINGER_MS, () => this.#leave(name, channel));
    };
  }

  /** Forgets all channels; the connection is the link's. */
  close(): void {
    for (const { leaving } of this.#channels.values()) leaving?.cancel();
    this.#channels.clear();
  }

  #leave(name: string, channel: Channel): void {
    this.#channels.delete(name);
    if (channel.subscribed) this.#client?.unsubscribe(name).catch(ignoreDisconnected);
  }

  #subscribe(name: string, channel: Channel): void {
    const client = this.#connected();
    if (client.status !== "ready") return;
    channel.subscribed = true;
    client.subscribe(name).catch(() => {
      // Tried again when the connection is there again.
      channel.subscribed = false;
    });
  }

  #connected(): RedisClient {
    if (this.#client !== undefined) return this.#client;
    const client = this.#link.subscriber();
    this.#client = client;
    client.on("message", (name: string, message: string) => {
      for (const listener of this.#channels.get(name)?.listeners ?? []) listener(message);
    });
    client.on("ready", () => {
      for (const [name, channel] of this.#channels) if (!channel.subscribed) this.#subscribe(name, channel);
    });
    return client;
  }
}

/** Without a connection there is no subscription to end. */
function ignoreDisconnected(): void {}
