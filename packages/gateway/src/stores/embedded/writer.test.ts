import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { temporaryFolder } from "./testing/temporary-folder.ts";
import { Writer, type WriterFile } from "./writer.ts";

it("fails the writes of a thread that died, and starts another for the next", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "rows.sqlite");
  const files = new Map<string, WriterFile>([["rows", { path: join(path, "nowhere"), durability: "fast" }]]);
  const writer = new Writer(files);
  const create = [[{ sql: "CREATE TABLE rows (id)" }]];
  await expect(writer.write("rows", create)).rejects.toMatchObject({ code: "writer-lost" });
  files.set("rows", { path, durability: "fast" });
  expect(await writer.write("rows", create)).toEqual([{ ok: true, results: [{ changes: 0, rows: [] }] }]);
  expect(await writer.write("unknown", [[]])).toMatchObject([{ ok: false, message: "The database is not open." }]);
  await writer.close();
  const file = new DatabaseSync(path);
  expect(file.prepare("SELECT name FROM sqlite_schema").get()).toEqual({ name: "rows" });
  file.close();
});
