import type { Log } from "../logging/index.ts";
import type { PostgresLink, PostgresSchema } from "./jobs-postgres/index.ts";
import { loadClient, tellsLog } from "./optional-client.ts";
import { StoreSettingsError } from "./store-address.ts";

/** What a PostgreSQL is opened for. */
export interface SharedPostgresOptions {
  /** The setting that names it, such as `stores.history`. */
  readonly setting: string;
  /** Its address. */
  readonly address: string;
  /** Default: the jobs' tables. */
  readonly schema?: PostgresSchema | undefined;
  /** Most connections at once. Default: what jobs need. */
  readonly connections?: number | undefined;
  /** Names it in the log's events: `history-store`. */
  readonly what: string;
  /** What happens while it is away, in a sentence. */
  readonly meanwhile: string;
  readonly log: Log;
}

/** Whether a setting asks for the data folder. */
export function isEmbedded(address: string | undefined): address is "sqlite" | undefined {
  return address === undefined || address === "sqlite";
}

/**
 * Opens a PostgreSQL; one that is away is connected to when it comes. Its client is loaded only where it is asked for.
 * @throws StoreSettingsError for an address that cannot be, without its text, or a client that is not installed
 */
export async function openSharedPostgres(options: SharedPostgresOptions): Promise<PostgresLink> {
  const { setting, address, schema, connections, what, meanwhile, log } = options;
  const postgres = await loadClient(setting, "pg", () => import("./jobs-postgres/index.ts"));
  if (!postgres.isPostgresAddress(address)) {
    throw new StoreSettingsError(`${setting} must be sqlite, or an address such as postgres://localhost/tideover.`);
  }
  const read = postgres.readPostgresAddress(address);
  if ("problem" in read) throw new StoreSettingsError(`${setting} ${read.problem}.`);
  return new postgres.PostgresLink(read, {
    schema,
    connections,
    onChange: tellsLog(log, what, meanwhile),
  });
}
