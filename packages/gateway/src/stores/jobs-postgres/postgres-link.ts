import { Pool, types } from "pg";
import type { SqlRow } from "../embedded/index.ts";
import {
  ANSWER_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  IDLE_MS,
  MOST_CONNECTIONS,
  MOST_UNDONE,
  MOST_WAITING_STATEMENTS,
  SCHEMA_RETRY_MS,
  STATEMENT_TIMEOUT_MS,
} from "./defaults.ts";
import { JOB_SCHEMA, migratePostgres, NewerSchema, type PostgresSchema } from "./migrate.ts";
import type { PostgresAddress } from "./postgres-address.ts";

/** PostgreSQL could not do what was asked; the message names it without a secret. */
export class PostgresError extends Error {
  override readonly name = "PostgresError";
}

/** What a parameter of a statement may be. */
export type PostgresValue = string | number | boolean | null | Uint8Array | readonly string[];

/** What a statement did. */
export interface PostgresResult {
  readonly rows: readonly SqlRow[];
  /** Rows that it changed or gave. */
  readonly count: number;
}

/** What a {@link PostgresLink} may be told beside its address. */
export interface PostgresLinkOptions {
  /** Is told when the server comes and goes, with why it went. Not told twice the same. */
  readonly onChange?: ((state: { readonly up: boolean; readonly why: string }) => void) | undefined;
  /** What the database is brought up to before the first statement; default: the jobs' tables. */
  readonly schema?: PostgresSchema | undefined;
  /** Most connections at once; default: {@link MOST_CONNECTIONS}. */
  readonly connections?: number | undefined;
}

/** PostgreSQL's numbers of the types that come back as JavaScript numbers: int8, int2, int4. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23]);
/** PostgreSQL undid the statement because another was in its way: deadlock, serialization. */
const UNDONE: ReadonlySet<string> = new Set(["40P01", "40001"]);

/**
 * A bounded pool of connections that outlives the server: every statement has a bound on its wait, a server that is down
 * costs each caller an error and nothing else, and connections are made anew when they are needed. The schema is brought
 * up to date before the first statement, whenever the server is there for it.
 */
export class PostgresLink {
  readonly #address: PostgresAddress;
  readonly #options: PostgresLinkOptions;
  readonly #pool: Pool;
  #migrated: Promise<void> | undefined;
  #up: boolean | undefined;

  constructor(address: PostgresAddress, options: PostgresLinkOptions = {}) {
    this.#address = address;
    this.#options = options;
    this.#pool = new Pool({
      connectionString: address.url,
      application_name: "tideover",
      max: options.connections ?? MOST_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
      types: { getTypeParser: (type: number) => (NUMBERS.has(type) ? Number : types.getTypeParser(type)) },
    });
    // An idle connection was lost. Without a listener it would end the process.
    this.#pool.on("error", (error) => this.#changed(false, error.message));
  }

  /** Whether the last that was heard of the server was good; undefined before it was asked anything. */
  get up(): boolean | undefined {
    return this.#up;
  }

  /** Runs one statement, in a transaction of its own. @throws PostgresError */
  async run(text: string, values: readonly PostgresValue[] = []): Promise<PostgresResult> {
    if (this.#pool.waitingCount >= MOST_WAITING_STATEMENTS) {
      throw new PostgresError(`${this.#pool.waitingCount} statements already wait for ${this.#address.shown}.`);
    }
    await this.#schema();
    const prepared = values.map(prepare);
    for (let tries = 1; ; tries++) {
      try {
        const { rows, rowCount } = await this.#pool.query<SqlRow>({ text, values: prepared });
        this.#changed(true, "");
        return { rows, count: rowCount ?? 0 };
      } catch (error) {
        if (tries < MOST_UNDONE && UNDONE.has(codeOf(error) ?? "")) continue;
        throw this.#failed(error);
      }
    }
  }

  /** Lets what runs finish and ends the connections. */
  async close(): Promise<void> {
    await this.#pool.end();
  }

  #schema(): Promise<void> {
    this.#migrated ??= this.#migrate().catch((error: unknown) => {
      // A newer schema stays newer; a server that is down may come back, and is not asked by everybody at once.
      if (!(error instanceof NewerSchema)) setTimeout(() => (this.#migrated = undefined), SCHEMA_RETRY_MS).unref();
      throw this.#failed(error);
    });
    return this.#migrated;
  }

  async #migrate(): Promise<void> {
    const client = await this.#pool.connect();
    // The pool listens to idle connections only; one that is lost between two statements here would end the process.
    client.on("error", (error) => this.#changed(false, error.message));
    let failed: unknown;
    try {
      await migratePostgres(client, this.#options.schema ?? JOB_SCHEMA);
    } catch (error) {
      failed = error;
      throw error;
    } finally {
      client.release(failed !== undefined);
    }
  }

  #failed(error: unknown): PostgresError {
    if (error instanceof PostgresError) return error;
    const why = messageOf(error);
    // A SQLSTATE other than those of connections (08), of resources (53) and of an operator (57) is an answer.
    const code = codeOf(error);
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^(08|53|57)/.test(code)) this.#changed(false, why);
    return new PostgresError(`${this.#address.shown}: ${why}`, { cause: error });
  }

  #changed(up: boolean, why: string): void {
    if (this.#up === up) return;
    this.#up = up;
    const state = up ? "is connected." : `is not there: ${why}`;
    this.#options.onChange?.({ up, why: `${this.#address.shown} ${state}` });
  }
}

/** PostgreSQL's text holds no NUL; a caller who sends one must not be able to break a store's statement. */
function prepare(value: PostgresValue): PostgresValue {
  if (typeof value === "string") return value.replaceAll("\0", "\uFFFD");
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
