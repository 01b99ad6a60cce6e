import { NAME_PREFIX } from "../defaults.ts";

/** Where RabbitMQ is. */
export interface RabbitAddress {
  /** As the client takes it, with its secret. */
  readonly url: string;
  /** Without its secret, for people. */
  readonly shown: string;
  /** What the names of its queues begin with. */
  readonly prefix: string;
}

const FORM = "write amqp://user:password@host:5672/vhost, or amqps:// for TLS";

/**
 * Reads an address: `amqp[s]://[user:password@]host[:port][/vhost][?prefix=text]`. Without a user it is RabbitMQ's guest.
 * @returns the address, or what is wrong with it; never repeats the text, which may hold a password.
 */
export function readRabbitAddress(text: string): RabbitAddress | { readonly problem: string } {
  if (!URL.canParse(text)) return { problem: `is not an address of RabbitMQ; ${FORM}` };
  const url = new URL(text);
  if (url.hostname === "") return { problem: `names no host; ${FORM}` };
  const unknown = [...url.searchParams.keys()].find((name) => name !== "prefix");
  if (unknown !== undefined) return { problem: `has an option "${unknown}"; there is prefix` };
  const prefix = url.searchParams.get("prefix") ?? NAME_PREFIX;
  const port = url.port || (url.protocol === "amqps:" ? "5671" : "5672");
  const shown = `${url.protocol}//${url.hostname}:${port}${url.pathname === "/" ? "" : url.pathname}`;
  if (url.username === "") [url.username, url.password] = ["guest", "guest"];
  url.search = "";
  return { url: url.href, shown, prefix };
}
