import type { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { collectGarbage } from "../../collect-garbage.ts";
import { openForWriting, PreparedStatements } from "./connection.ts";
import { WRITER_SETTLED_MS } from "./defaults.ts";
import type { UnitOutcome, WriteUnit } from "./sql.ts";
import { messageOf } from "./store-error.ts";
import { writeGroup } from "./write-group.ts";
import type { WriterFile } from "./writer.ts";

/** This module: it is imported for its types and its address, and runs as the writer thread. */
export const WRITER_THREAD = new URL(import.meta.url);
/** What the thread is started with, which tells it from an ordinary import. */
export const WRITER_ROLE = "tideover-writer";

/** What the writer thread is asked. */
export type WriterRequest =
  | ({ readonly type: "open"; readonly database: string } & WriterFile)
  | { readonly type: "write"; readonly database: string; readonly units: readonly WriteUnit[] }
  | { readonly type: "close" };

/** What it answers: each group of writes once, in the order of their coming, and its own end. */
export type WriterReply =
  | { readonly type: "written"; readonly database: string; readonly outcomes: readonly UnitOutcome[] }
  | { readonly type: "closed" };

interface Open {
  readonly database: DatabaseSync;
  readonly prepared: PreparedStatements;
}

if (parentPort !== null && workerData === WRITER_ROLE) {
  const port = parentPort;
  const open = new Map<string, Open>();
  // What only its start needed is a fifth of what the thread takes. It keeps no thread alive that was told to end.
  setTimeout(collectGarbage, WRITER_SETTLED_MS).unref();
  const reply = (message: WriterReply) => port.postMessage(message);
  port.on("message", (request: WriterRequest) => {
    switch (request.type) {
      case "open": {
        const database = openForWriting(request.path, request.durability, request.tuning);
        open.set(request.database, { database, prepared: new PreparedStatements(database) });
        return;
      }
      case "write":
        reply({
          type: "written",
          database: request.database,
          outcomes: write(open.get(request.database), request.units),
        });
        return;
      case "close":
        for (const { database } of open.values()) closeQuietly(database);
        reply({ type: "closed" });
        port.close();
    }
  });
}

function write(to: Open | undefined, units: readonly WriteUnit[]): UnitOutcome[] {
  if (to !== undefined) return writeGroup(to.database, to.prepared, units);
  return units.map(() => ({ ok: false, message: "The database is not open.", sqliteCode: undefined }));
}

/** Everything was committed before; what a close can still fail at is the checkpoint, which the next start does. */
function closeQuietly(database: DatabaseSync): void {
  try {
    database.close();
  } catch (error) {
    process.emitWarning(`A database could not be closed: ${messageOf(error)}`);
  }
}
