import { NAME_PREFIX } from "../defaults.ts";

/** Where Kafka is. */
export interface KafkaAddress {
  /** Brokers to begin with, as `host:port`. Never empty. */
  readonly brokers: readonly string[];
  readonly tls: boolean;
  readonly credentials:
    | { readonly username: string; readonly password: string; readonly mechanism: SaslMechanism }
    | undefined;
  /** What the names of topics and of the group begin with. */
  readonly prefix: string;
  /** Without its secret, for people. */
  readonly shown: string;
}

type SaslMechanism = "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";

const MECHANISMS: Readonly<Record<string, SaslMechanism>> = {
  plain: "PLAIN",
  "scram-sha-256": "SCRAM-SHA-256",
  "scram-sha-512": "SCRAM-SHA-512",
};
const FORM = "write kafka://host:9092, or kafka://host:9092,host:9092; with ?tls=true for TLS";
const PARTS = /^kafka:\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/?(?:\?([^#]*))?$/;
const OPTIONS = ["prefix", "tls", "sasl"];
const USUAL_PORT = 9_092;

/**
 * Reads an address: `kafka://[user:password@]host[:port][,host[:port]…][?tls=true&sasl=plain|scram-sha-256|scram-sha-512&prefix=text]`.
 * @returns the address, or what is wrong with it; never repeats the text, which may hold a password.
 */
export function readKafkaAddress(text: string): KafkaAddress | { readonly problem: string } {
  const parts = PARTS.exec(text);
  if (parts === null) return { problem: `is not an address of Kafka; ${FORM}` };
  const [, user = "", hosts = "", query = ""] = parts;
  const brokers = hosts.split(",").map(brokerOf);
  const good = brokers.filter((broker) => broker !== undefined);
  if (good.length < brokers.length) return { problem: `has a host or port that cannot be; ${FORM}` };
  const options = new URLSearchParams(query);
  const unknown = [...options.keys()].find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) return { problem: `has an option "${unknown}"; there are ${OPTIONS.join(", ")}` };
  const mechanism = MECHANISMS[options.get("sasl") ?? "plain"];
  if (mechanism === undefined)
    return { problem: `has an unknown sasl; there are ${Object.keys(MECHANISMS).join(", ")}` };
  const secret = user.split(":", 2).map(decoded);
  if (secret.includes(undefined)) return { problem: "has a user or password that is not percent-encoded right" };
  const [username = "", password = ""] = secret;
  return {
    brokers: good,
    tls: options.get("tls") === "true",
    credentials: user === "" ? undefined : { username, password, mechanism },
    prefix: options.get("prefix") ?? NAME_PREFIX,
    shown: `kafka://${good.join(",")}`,
  };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    // A percent sign without two digits: the caller says so, without the text.
    return undefined;
  }
}

function brokerOf(text: string): string | undefined {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(parts?.[2] ?? USUAL_PORT);
  return parts === null || port < 1 || port > 65_535 ? undefined : `${parts[1]}:${port}`;
}
