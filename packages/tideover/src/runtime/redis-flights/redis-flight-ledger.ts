import {
  type Clock,
  type FlightEnding,
  type FlightLedger,
  type FlightRead,
  type FlightSeat,
  isJsonObject,
  sleep,
} from "../../engine/index.ts";
import { APPEND, END, JOIN, READ, RELEASE } from "./flight-scripts.ts";

/** A Redis, however it is reached. */
export interface FlightRedis {
  /** What every key and channel begins with. */
  readonly prefix: string;
  /** How often a waiting read looks by itself, in ms. */
  readonly lookAgainMs: number;
  /** Runs a Lua script, in one step. @throws Error when Redis cannot be reached or refuses it */
  run(lua: string, keys: readonly string[], args: readonly (string | number)[], signal?: AbortSignal): Promise<unknown>;
  /** Tells of messages on a channel until it is called off; absent where messages cannot be listened to. */
  listen?(channel: string, told: () => void): () => void;
}

/** What one look at the log found. */
interface Look extends FlightRead {
  /** How long the lease still runs, in ms. */
  readonly leaseLeftMs: number;
}

/** Flights in a Redis, shared by all processes and isolates that use it, whichever way each of them reaches it. */
export class RedisFlightLedger implements FlightLedger {
  readonly #redis: FlightRedis;
  readonly #clock: Clock;

  constructor(redis: FlightRedis, clock: Clock) {
    this.#redis = redis;
    this.#clock = clock;
  }

  async join(key: string, leaseMs: number): Promise<FlightSeat> {
    const [leads, token, entries] = listOf(await this.#run(JOIN, key, [Math.ceil(leaseMs)]));
    return leads === 1 ? { role: "leader", token: Number(token), entries: textsOf(entries) } : { role: "follower" };
  }

  async append(key: string, token: number, from: number, entries: readonly string[]): Promise<boolean> {
    return (await this.#run(APPEND, key, [token, from, ...entries, this.#channelOf(key)])) === 1;
  }

  async end(key: string, token: number, ending: FlightEnding, lingerMs: number): Promise<boolean> {
    const lingers = ending.type === "whole" ? Math.ceil(lingerMs) : 0;
    const args = [token, JSON.stringify(ending), lingers, this.#channelOf(key)];
    return (await this.#run(END, key, args)) === 1;
  }

  async release(key: string, token: number): Promise<void> {
    await this.#run(RELEASE, key, [token, this.#channelOf(key)]);
  }

  async read(key: string, from: number, waitMs: number, signal: AbortSignal): Promise<FlightRead | undefined> {
    const until = this.#clock.now() + waitMs;
    let news = neverNews();
    const endListening = waitMs > 0 ? this.#redis.listen?.(this.#channelOf(key), () => news.tell()) : undefined;
    try {
      for (;;) {
        news = neverNews();
        const look = await this.#look(key, from, signal);
        if (look === undefined) return undefined;
        const leftMs = until - this.#clock.now();
        const isNews = look.entries.length > 0 || look.ending !== undefined || !look.led;
        if (isNews || leftMs <= 0 || signal.aborted) {
          const { leaseLeftMs: _, ...read } = look;
          return read;
        }
        await this.#newsWithin(news.told, Math.min(leftMs, look.leaseLeftMs, this.#redis.lookAgainMs), signal);
      }
    } finally {
      endListening?.();
    }
  }

  async #look(key: string, from: number, signal: AbortSignal): Promise<Look | undefined> {
    const found = listOf(await this.#run(READ, key, [from], signal));
    const [flight, leaseLeft, progressAge, ending, entries] = found;
    if (flight === undefined) return undefined;
    const leaseLeftMs = Number(leaseLeft);
    return {
      entries: textsOf(entries),
      ending: readEnding(ending),
      led: leaseLeftMs > 0 || ending !== "",
      flight: Number(flight),
      progressAgeMs: Number(progressAge),
      leaseLeftMs,
    };
  }

  async #newsWithin(told: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const stop = () => enough.abort();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await Promise.race([told, sleep(this.#clock, ms, enough.signal)]);
    } finally {
      signal.removeEventListener("abort", stop);
      enough.abort();
    }
  }

  #run(lua: string, key: string, args: readonly (string | number)[], signal?: AbortSignal): Promise<unknown> {
    // Braces keep a flight's hash and log in one slot of a cluster; the key must not bring its own.
    const name = `${this.#redis.prefix}flight:{${encodeURIComponent(key)}}`;
    return this.#redis.run(lua, [name, `${name}:log`], args, signal);
  }

  #channelOf(key: string): string {
    return `${this.#redis.prefix}flight:${encodeURIComponent(key)}`;
  }
}

/** A promise that a notice resolves. */
function neverNews(): { readonly told: Promise<void>; tell(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { told: promise, tell: resolve };
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

function textsOf(reply: unknown): string[] {
  return listOf(reply).filter((entry) => typeof entry === "string");
}

/** @returns the ending; `unshared` for one that a newer version wrote: its log is then of no use here. */
function readEnding(text: unknown): FlightEnding | undefined {
  if (typeof text !== "string" || text === "") return undefined;
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) return { type: "unshared" };
  if (value.type === "whole") return { type: "whole" };
  return value.type === "failed" && typeof value.failure === "string"
    ? { type: "failed", failure: value.failure }
    : { type: "unshared" };
}
