import { resolve } from "node:path";
import type { ResolvedConfig } from "tideover/config";
import { type AnswerStore, type Clock, type FlightLedger, sleep } from "tideover/engine";
import type { Log } from "../logging/index.ts";
import { ANSWERS_DATABASE, SqliteAnswerStore } from "./answers/sqlite-answer-store.ts";
import { DataDir } from "./embedded/index.ts";
import { type CacheAddress, readCacheAddress } from "./store-address.ts";

/** What stores are opened with. */
export interface StoresOptions {
  readonly config: Pick<ResolvedConfig, "server" | "stores" | "routes">;
  /** Where a relative `server.dataDir` begins: the configuration file's folder. */
  readonly folder: string;
  /** What this process runs, for whoever finds the data folder taken: `tideover serve`. */
  readonly what: string;
  readonly clock: Clock;
  readonly log: Log;
  /** PEM texts of certificate authorities that a Redis over TLS may have, beside the built-in ones. */
  readonly ca?: readonly string[] | undefined;
}

/** Everything that a gateway keeps outside its memory. */
export interface Stores {
  /** The cache's second level; undefined where memory is all there is. */
  readonly answers: AnswerStore | undefined;
  /** What several gateways share identical requests through; undefined where they share nothing. */
  readonly flights: FlightLedger | undefined;
  /**
   * The folder of the embedded stores, taken when it is first asked for.
   * @throws StoreError when another process has it, or it cannot be used
   */
  dataDir(): DataDir;
  /** Resolves when it is known whether a store that has to be connected to is there, or after a moment. Never rejects. */
  ready(): Promise<void>;
  /** Writes what waits and lets go of everything. */
  close(): Promise<void>;
}

/** How long {@link Stores.ready} waits, in ms. */
const READY_MS = 1_000;

/**
 * Opens the stores that a configuration asks for. A Redis that is down is no error: it is connected to when it comes.
 * @throws StoreSettingsError for a setting that cannot be; StoreError for a data folder that cannot be used
 */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { config, folder, what } = options;
  const address = readCacheAddress(config.stores.cache);
  let opened: DataDir | undefined;
  const dataDir = () => {
    opened ??= DataDir.open(resolve(folder, config.server.dataDir), what);
    return opened;
  };
  const cache = await openCache(cachesNothing(config) ? { type: "memory" } : address, dataDir, options);
  return {
    answers: cache.answers,
    flights: cache.flights,
    dataDir,
    ready: cache.ready,
    async close() {
      cache.close();
      await opened?.close();
    },
  };
}

interface Cache {
  readonly answers: AnswerStore | undefined;
  readonly flights: FlightLedger | undefined;
  ready(): Promise<void>;
  close(): void;
}

const atOnce = () => Promise.resolve();

async function openCache(address: CacheAddress, dataDir: () => DataDir, options: StoresOptions): Promise<Cache> {
  const { clock } = options;
  const wallTime = () => clock.wallTime();
  if (address.type === "memory") return { answers: undefined, flights: undefined, ready: atOnce, close: nothing };
  if (address.type === "sqlite") {
    const answers = new SqliteAnswerStore(dataDir().database(ANSWERS_DATABASE), { wallTime });
    return { answers, flights: undefined, ready: atOnce, close: nothing };
  }
  // Loaded only where it is asked for: the client costs every start some 20 ms and 5 MB.
  const { RedisAnswerStore, RedisChannels, RedisLink, redisFlightLedger } = await import("./redis/index.ts");
  let closing = false;
  const link = new RedisLink(address.address, {
    ca: options.ca,
    onChange({ up, why }) {
      // A gateway that stops loses nothing by it.
      if (closing) return;
      if (up) options.log.info({ event: "redis-connected" }, why);
      else
        options.log.warn({ event: "redis-lost" }, `${why.replace(/\.?$/, ".")} The cache does without it meanwhile.`);
    },
  });
  const channels = new RedisChannels(link, clock);
  return {
    answers: new RedisAnswerStore(link, channels, wallTime),
    flights: redisFlightLedger(link, channels, clock),
    async ready() {
      const enough = new AbortController();
      await Promise.race([link.tried, sleep(clock, READY_MS, enough.signal)]);
      enough.abort();
    },
    close() {
      closing = true;
      channels.close();
      link.close();
    },
  };
}

function nothing(): void {}

/** Whether no route ever asks for an answer of before. */
function cachesNothing({ routes }: StoresOptions["config"]): boolean {
  return routes.every(({ cache, ladder }) => cache.when === "never" && !ladder.some(({ kind }) => KEEPERS.has(kind)));
}

/** Rungs that answer with what was kept. */
const KEEPERS: ReadonlySet<string> = new Set(["stale", "similar"]);
