/** Where PostgreSQL is. */
export interface PostgresAddress {
  /** As the client takes it, with its secret. */
  readonly url: string;
  /** Without its secret, for people. */
  readonly shown: string;
}

const FORM = "write postgres://user:password@host:5432/database";

/** Whether a store's address asks for PostgreSQL. */
export function isPostgresAddress(text: string): boolean {
  return /^postgres(ql)?:/.test(text);
}

/**
 * Reads an address: `postgres://[user[:password]@]host[:port]/database[?sslmode=…&sslrootcert=file]`.
 * @returns the address, or what is wrong with it; never repeats the text, which may hold a password.
 */
export function readPostgresAddress(text: string): PostgresAddress | { readonly problem: string } {
  if (!URL.canParse(text)) return { problem: `is not an address of PostgreSQL; ${FORM}` };
  const url = new URL(text);
  if (url.hostname === "") return { problem: `names no host; ${FORM}` };
  if (!/^\/[^/]+$/.test(url.pathname)) return { problem: `names no database; ${FORM}` };
  return { url: text, shown: `postgres://${url.hostname}:${url.port || 5432}${url.pathname}` };
}
