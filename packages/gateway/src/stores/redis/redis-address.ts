import { KEY_PREFIX } from "./defaults.ts";

/** A host and port of Redis. */
export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is and how it is spoken to, from an address in the configuration. */
export interface RedisAddress {
  /** One server, or the nodes of a cluster to begin with. Never empty. */
  readonly nodes: readonly RedisNode[];
  readonly cluster: boolean;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Number of the database; a cluster has only 0. */
  readonly database: number;
  /** What every key and channel begins with. */
  readonly prefix: string;
  /** The name that a TLS certificate must be for, where it is not the host's, as behind a tunnel. */
  readonly servername: string | undefined;
  /** The address without its secret, for people. */
  readonly shown: string;
}

const FORM =
  "write redis://host:6379, rediss://host:6379 for TLS, or redis+cluster://host:6379,host:6379 (rediss+cluster:// for TLS)";
const PARTS = /^(redis|rediss)(\+cluster)?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const USUAL_PORT = 6_379;

/** Whether a store's address asks for Redis. */
export function isRedisAddress(text: string): boolean {
  return /^rediss?(\+cluster)?:/.test(text);
}

/**
 * Reads an address: `redis[s][+cluster]://[user:password@]host[:port][,host[:port]…][/database][?prefix=text&servername=name]`.
 * @returns the address, or what is wrong with it; never repeats the text, which may hold a password.
 */
export function readRedisAddress(text: string): RedisAddress | { readonly problem: string } {
  const parts = PARTS.exec(text);
  if (parts === null) return { problem: `is not an address of Redis; ${FORM}` };
  const [, scheme, clusterMark, credentials = "", hosts = "", path = "", query = ""] = parts;
  const nodes = hosts.split(",").map(readNode);
  const good = nodes.filter((node) => node !== undefined);
  if (good.length < nodes.length) return { problem: `has a host or port that cannot be; ${FORM}` };
  const cluster = clusterMark !== undefined;
  if (!cluster && good.length > 1) return { problem: `names several hosts, which only a cluster has; ${FORM}` };
  if (!/^\d{0,3}$/.test(path)) return { problem: "has a database that is no number; write it as redis://host/1" };
  if (cluster && Number(path) !== 0) return { problem: "names a database, but a cluster has only database 0" };
  const secret = readCredentials(credentials);
  if (secret === undefined) return { problem: "has a user or password that is not percent-encoded right" };
  const options = new URLSearchParams(query);
  const unknown = [...options.keys()].find((name) => name !== "prefix" && name !== "servername");
  if (unknown !== undefined) return { problem: `has an option "${unknown}"; there are prefix and servername` };
  const shown = `${scheme}${clusterMark ?? ""}://${good.map(({ host, port }) => `${host}:${port}`).join(",")}`;
  const tls = scheme === "rediss";
  const prefix = options.get("prefix") ?? KEY_PREFIX;
  const servername = options.get("servername") ?? undefined;
  return { nodes: good, cluster, tls, ...secret, database: Number(path), prefix, servername, shown };
}

function readNode(text: string): RedisNode | undefined {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1]?.replace(/^\[|\]$/g, "");
  const port = Number(parts?.[2] ?? USUAL_PORT);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** `user:password`, or `:password`; empty for none. */
function readCredentials(text: string): Pick<RedisAddress, "username" | "password"> | undefined {
  const colon = text.indexOf(":");
  const [user, password] = colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
  try {
    return { username: decodeURIComponent(user) || undefined, password: decodeURIComponent(password) || undefined };
  } catch {
    // A percent sign without two digits: the caller says so, without the text.
    return undefined;
  }
}
