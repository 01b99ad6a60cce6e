import { startKafka } from "../harness/kafka.ts";
import { startPostgres } from "../harness/postgres.ts";
import { startRabbitMq } from "../harness/rabbitmq.ts";
import type { SharedServers } from "./torture.ts";

/** Real servers for a torture. Disposing stops them. */
export interface StartedServers extends AsyncDisposable {
  readonly shared: SharedServers;
}

/** Starts PostgreSQL and, unless the queue is the embedded one, a broker. @throws Error with the log of one that fails */
export async function startServers(
  queue: "embedded" | "rabbitmq" | "kafka",
  { workers, outageMs }: { readonly workers: number; readonly outageMs: number },
): Promise<StartedServers> {
  await using started = new AsyncDisposableStack();
  const postgres = started.use(await startPostgres());
  const broker = queue === "embedded" ? undefined : await (queue === "kafka" ? startKafka() : startRabbitMq());
  if (broker !== undefined) started.use(broker);
  const owned = started.move();
  return {
    shared: {
      store: postgres.newDatabase(),
      queue: broker?.url ?? "embedded",
      workers,
      brokerAwayMs: outageMs,
      killBroker: async () => broker?.kill(),
      startBroker: async () => broker?.start(),
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
