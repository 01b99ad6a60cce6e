import { DataDir } from "../data-dir.ts";

/**
 * A process for tests: writes rows into the folder named by its argument for ever and prints the id of each row once
 * its commit has been confirmed.
 */
const [folder = ""] = process.argv.slice(2);
const database = DataDir.open(folder, "writer of a test").database({
  name: "rows",
  migrations: ["CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"],
  durability: "durable",
});

/** Rows written at the same time, so that groups of several are cut by the kill. */
const AT_ONCE = 20;

for (let first = 1; ; first += AT_ONCE) {
  const ids = Array.from({ length: AT_ONCE }, (_, index) => first + index);
  await Promise.all(
    ids.map(async (id) => {
      await database.write("INSERT INTO rows VALUES (?, ?)", [id, `row ${id}`]);
      process.stdout.write(`${id}\n`);
    }),
  );
}
