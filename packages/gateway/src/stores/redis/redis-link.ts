import { type ConnectionOptions, rootCertificates } from "node:tls";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import {
  COMMAND_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  FIRST_RECONNECT_MS,
  LONGEST_RECONNECT_MS,
  MAX_IN_FLIGHT,
  SILENT_SOCKET_MS,
} from "./defaults.ts";
import type { RedisAddress } from "./redis-address.ts";

/** Redis could not be asked, or did not answer in time. Never holds a key, a value or a password. */
export class RedisUnavailable extends Error {
  override readonly name = "RedisUnavailable";
}

/** What a {@link RedisLink} may be told beside its address. */
export interface RedisLinkOptions {
  /** PEM texts of certificate authorities to trust beside the built-in ones. */
  readonly ca?: readonly string[] | undefined;
  /** How long a command may take, in ms. Default {@link COMMAND_TIMEOUT_MS}. */
  readonly commandTimeoutMs?: number | undefined;
  /** Is told when the connection comes and goes, with why it went. Not told twice the same. */
  readonly onChange?: ((state: { readonly up: boolean; readonly why: string }) => void) | undefined;
}

/** A client, of one server or of a cluster. */
export type RedisClient = Redis | Cluster;

/**
 * The connection to Redis, made so that a Redis that is slow, hung or gone costs a bounded wait and nothing else:
 * no command waits for a connection, none waits longer than its bound, and a connection that owes replies and stays
 * silent is given up with all that hangs on it. It is made anew by itself, for ever.
 */
export class RedisLink {
  /** What every key and channel begins with. */
  readonly prefix: string;
  readonly #address: RedisAddress;
  readonly #options: RedisLinkOptions;
  readonly #client: RedisClient;
  readonly #commandTimeoutMs: number;
  #subscriber: RedisClient | undefined;
  #inFlight = 0;
  #up: boolean | undefined;
  #lastError = "it was not reached yet";
  readonly #tried = Promise.withResolvers<void>();

  constructor(address: RedisAddress, options: RedisLinkOptions = {}) {
    this.prefix = address.prefix;
    this.#address = address;
    this.#options = options;
    this.#commandTimeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
    this.#client = this.#connected();
    this.#client.on("ready", () => this.#changed(true));
    this.#client.on("close", () => this.#changed(false));
    this.#client.on("end", () => this.#changed(false));
  }

  /** Whether commands can be sent now. */
  get up(): boolean {
    return this.#client.status === "ready";
  }

  /** Resolves when the first attempt to connect has succeeded or failed. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  /** Commands that are waited for now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Sends a command.
   * @returns its reply; rejects with RedisUnavailable when there is no connection (at once), when too many commands
   *   are under way (at once), or when no reply came within `boundMs`; and with Redis's own error.
   */
  async call<T>(command: (client: RedisClient) => Promise<T>, boundMs = this.#commandTimeoutMs): Promise<T> {
    if (!this.up) throw new RedisUnavailable(`Redis at ${this.#address.shown} is not connected: ${this.#lastError}`);
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      throw new RedisUnavailable(`${this.#inFlight} commands already wait for Redis at ${this.#address.shown}.`);
    }
    this.#inFlight++;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const giveUp = () =>
        reject(new RedisUnavailable(`Redis at ${this.#address.shown} gave no reply within ${boundMs} ms.`));
      // A reply that came while this process was busy is read first.
      timer = setTimeout(() => setImmediate(giveUp), boundMs);
    });
    try {
      return await Promise.race([command(this.#client), late]);
    } catch (error) {
      if (error instanceof RedisUnavailable || (error instanceof Error && error.name === "ReplyError")) throw error;
      // The client's words for it tell of its settings; what happened is that the connection went meanwhile.
      throw new RedisUnavailable(`Redis at ${this.#address.shown} was lost: ${this.#lastError}`, { cause: error });
    } finally {
      clearTimeout(timer);
      this.#inFlight--;
    }
  }

  /** A connection of its own for subscriptions, made when it is first asked for; it subscribes again by itself. */
  subscriber(): RedisClient {
    this.#subscriber ??= this.#connected();
    return this.#subscriber;
  }

  /** The servers that hold keys: the one, or the masters of the cluster. */
  servers(): readonly Redis[] {
    return this.#client instanceof Cluster ? this.#client.nodes("master") : [this.#client];
  }

  /** Ends the connections; what is under way is rejected. */
  close(): void {
    this.#client.disconnect();
    this.#subscriber?.disconnect();
  }

  #connected(): RedisClient {
    const client = createClient(this.#address, this.#options.ca);
    // The reason for the next "it is not connected"; a listener must be there, or an error would end the process.
    client.on("error", (error: Error) => {
      this.#lastError = reasonOf(error);
    });
    client.connect().catch((error: unknown) => {
      this.#lastError = reasonOf(error);
      this.#changed(false);
    });
    return client;
  }

  #changed(up: boolean): void {
    this.#tried.resolve();
    if (this.#up === up) return;
    this.#up = up;
    const state = up ? "is connected" : `is not connected: ${this.#lastError}`;
    this.#options.onChange?.({ up, why: `Redis at ${this.#address.shown} ${state}` });
  }
}

function createClient(address: RedisAddress, ca: readonly string[] | undefined): RedisClient {
  const common = {
    lazyConnect: true,
    // Without a connection a command fails at once: the cache then knows a miss when it sees one.
    enableOfflineQueue: false,
    // What was under way when the connection went is rejected, not sent again: its caller has gone on.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    socketTimeout: SILENT_SOCKET_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: reconnectDelay,
    // A replica that was a master, after a fail-over.
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
    disableClientInfo: true,
    db: address.database,
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: tlsOptions(address, ca) } : {}),
  } satisfies RedisOptions;
  if (!address.cluster) {
    const [node] = address.nodes;
    return new Redis({ ...common, ...node });
  }
  return new Cluster([...address.nodes], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelay,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    // A node that is gone: two more tries after the map of the slots was read again.
    maxRedirections: 3,
    redisOptions: common,
  });
}

function tlsOptions({ servername }: RedisAddress, ca: readonly string[] | undefined): ConnectionOptions {
  return {
    ...(servername === undefined ? {} : { servername }),
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ...ca] }),
  };
}

function reconnectDelay(attempt: number): number {
  return Math.min(FIRST_RECONNECT_MS * 2 ** Math.min(attempt - 1, 10), LONGEST_RECONNECT_MS);
}

/** Why a connection failed; an error of several addresses has its text in its parts. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return reasonOf(error.errors[0]);
  const { message, lastNodeError } = error as { message?: string; lastNodeError?: Error };
  return lastNodeError?.message ?? message ?? String(error);
}
