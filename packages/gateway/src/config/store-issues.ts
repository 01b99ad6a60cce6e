import { type ConfigIssue, formatPath, lineAt, nestedValues, type SourceMap } from "tideover/config";
import { readKafkaAddress } from "../queues/kafka/kafka-address.ts";
import { readRabbitAddress } from "../queues/rabbitmq/rabbitmq-address.ts";
import { isPostgresAddress, readPostgresAddress } from "../stores/jobs-postgres/postgres-address.ts";
import { isRedisAddress, readRedisAddress } from "../stores/redis/redis-address.ts";

/** What is wrong with a store's address, in words that follow the setting's name; undefined when nothing is. */
type Judge = (address: string) => string | undefined;

const databases: Judge = (address) => {
  if (address === "sqlite") return undefined;
  if (isPostgresAddress(address)) return problemOf(readPostgresAddress(address));
  return "must be sqlite, or an address such as postgres://localhost/tideover";
};

/** How each store's address is read when it is opened; told here so that a bad one is refused with the file. */
const JUDGES: readonly (readonly [setting: string, Judge])[] = [
  [
    "cache",
    (address) => {
      if (address === "sqlite" || address === "memory") return undefined;
      if (isRedisAddress(address)) return problemOf(readRedisAddress(address));
      return "must be sqlite, memory, or an address such as redis://127.0.0.1:6379";
    },
  ],
  [
    "queue",
    (address) => {
      if (address === "embedded") return undefined;
      if (/^amqps?:/.test(address)) return problemOf(readRabbitAddress(address));
      if (address.startsWith("kafka:")) return problemOf(readKafkaAddress(address));
      return "must be embedded, or an address such as amqp://localhost or kafka://localhost:9092";
    },
  ],
  ["jobs", databases],
  ["history", databases],
  ["review", databases],
];

/** The addresses under `stores` that no store can be opened with. An address may hold a password: none is shown. */
export function storeIssues(input: unknown, source: SourceMap): ConfigIssue[] {
  return JUDGES.flatMap(([setting, judge]) =>
    nestedValues(input, `stores.${setting}`).flatMap(({ path, value }): ConfigIssue[] => {
      const message = typeof value === "string" ? judge(value) : undefined;
      if (message === undefined) return [];
      const line = lineAt(source, path);
      return [{ path: formatPath(path), message, ...(line === undefined ? {} : { line }) }];
    }),
  );
}

function problemOf(read: object): string | undefined {
  return "problem" in read && typeof read.problem === "string" ? read.problem : undefined;
}
