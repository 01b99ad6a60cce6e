import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backUp } from "./back-up.ts";
import { DataDir } from "./data-dir.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

const ROWS = {
  name: "rows",
  migrations: ["CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"],
  durability: "fast",
} as const;

test("a folder in use is copied whole, and the copy is a data folder of its own", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  const copy = join(folder.path, "copies", "today");
  const dataDir = DataDir.open(data, "test");
  await dataDir.database(ROWS).write("INSERT INTO rows VALUES (1, 'kept')");
  mkdirSync(join(data, "files"));
  writeFileSync(join(data, "files", "a.jsonl"), "{}");
  expect(backUp(data, copy).map(({ file }) => file)).toEqual(["files/a.jsonl", "rows.sqlite"]);
  await dataDir.database(ROWS).write("INSERT INTO rows VALUES (2, 'later')");
  await dataDir.close();
  const restored = DataDir.open(copy, "test");
  expect(restored.database(ROWS).readAll("SELECT id FROM rows LIMIT 9")).toEqual([{ id: 1 }]);
  await restored.close();
  expect(readFileSync(join(copy, "files", "a.jsonl"), "utf8")).toBe("{}");
});

test("it overwrites nothing, and says what is missing", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "data");
  expect(() => backUp(data, join(folder.path, "copy"))).toThrow(/There is no data folder/);
  await DataDir.open(data, "test").close();
  writeFileSync(join(folder.path, "something"), "");
  expect(() => backUp(data, folder.path)).toThrow(/is not empty/);
  expect(() => backUp(data, join(data, "copy"))).toThrow(/lies in the data folder itself/);
});
