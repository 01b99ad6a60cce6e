import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type DatabaseDefinition, DataDir } from "./data-dir.ts";
import { StoreError } from "./store-error.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

const ROWS: DatabaseDefinition = {
  name: "rows",
  migrations: ["CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"],
  durability: "fast",
};

describe("a data folder", () => {
  it("is made readable by its owner only, and keeps what was written", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "nested", "data");
    const first = DataDir.open(path, "first");
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await first.database(ROWS).write("INSERT INTO rows VALUES (1, 'kept')");
    for (const file of readdirSync(path).filter((name) => /sqlite/.test(name) && !name.startsWith("lock."))) {
      expect([file, statSync(join(path, file)).mode & 0o777]).toEqual([file, 0o600]);
    }
    await first.close();
    const second = DataDir.open(path, "second");
    expect(second.database(ROWS).readOne("SELECT text FROM rows WHERE id = 1")).toEqual({ text: "kept" });
    await second.close();
  });

  it("sees a write as soon as it was awaited, also in a database opened after the writer began", async () => {
    using folder = temporaryFolder();
    const dataDir = DataDir.open(folder.path, "test");
    const rows = dataDir.database(ROWS);
    await rows.write("INSERT INTO rows VALUES (1, 'a')");
    expect(rows.readAll("SELECT id FROM rows LIMIT 10")).toEqual([{ id: 1 }]);
    const others = dataDir.database({ ...ROWS, name: "others", durability: "durable" });
    const { rows: returned } = await others.write("INSERT INTO rows (text) VALUES (?) RETURNING id", ["b"]);
    expect(returned).toEqual([{ id: 1 }]);
    expect(others.readAll("SELECT text FROM rows LIMIT 10")).toEqual([{ text: "b" }]);
    expect(dataDir.database(ROWS)).toBe(rows);
    await dataDir.close();
  });

  it("fails a statement alone, and a unit of several whole", async () => {
    using folder = temporaryFolder();
    const dataDir = DataDir.open(folder.path, "test");
    const rows = dataDir.database(ROWS);
    const outcomes = await Promise.allSettled([
      rows.write("INSERT INTO rows VALUES (1, 'a')"),
      rows.write("INSERT INTO rows VALUES (1, 'twice')"),
      rows.writeTogether([
        { sql: "INSERT INTO rows VALUES (2, 'with the next')" },
        { sql: "INSERT INTO rows VALUES (1, 'which fails')" },
      ]),
      rows.writeTogether([
        { sql: "INSERT INTO rows VALUES (3, 'c')" },
        { sql: "UPDATE rows SET text = 'd' WHERE id = 3" },
      ]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    const [, broken] = outcomes;
    expect(broken?.status === "rejected" && broken.reason).toMatchObject({
      code: "statement-failed",
      sqliteCode: 1555,
    });
    expect(rows.readAll("SELECT id, text FROM rows ORDER BY id LIMIT 10")).toEqual([
      { id: 1, text: "a" },
      { id: 3, text: "d" },
    ]);
    await dataDir.close();
  });

  it("writes what waits when it closes, and takes nothing after", async () => {
    using folder = temporaryFolder();
    const dataDir = DataDir.open(folder.path, "test");
    const rows = dataDir.database(ROWS);
    const writes = Array.from({ length: 3_000 }, (_, id) => rows.write("INSERT INTO rows VALUES (?, 'x')", [id]));
    const closing = dataDir.close();
    await Promise.all(writes);
    await closing;
    await expect(rows.write("INSERT INTO rows VALUES (9999, 'late')")).rejects.toMatchObject({ code: "closed" });
    expect(() => rows.readOne("SELECT 1")).toThrow(StoreError);
    const again = DataDir.open(folder.path, "test");
    expect(again.database(ROWS).readOne("SELECT count(*) AS count FROM rows")).toEqual({ count: 3_000 });
    await again.close();
  });

  it("has no byte of what was deleted once it is scrubbed, and does not say so while somebody still reads it", async () => {
    using folder = temporaryFolder();
    const dataDir = DataDir.open(folder.path, "test");
    const rows = dataDir.database(ROWS);
    await rows.write("INSERT INTO rows VALUES (1, 'a-secret-that-is-deleted'), (2, 'kept')");
    const reader = new DatabaseSync(rows.path, { readOnly: true });
    reader.exec("BEGIN");
    expect(reader.prepare("SELECT count(*) AS count FROM rows").get()).toEqual({ count: 2 });
    await rows.write("DELETE FROM rows WHERE id = 1");
    await expect(dataDir.scrub()).rejects.toMatchObject({
      code: "statement-failed",
      message: expect.stringContaining("is being read"),
    });
    reader.close();
    await dataDir.scrub();
    for (const name of readdirSync(folder.path)) {
      expect([name, readFileSync(join(folder.path, name)).includes("a-secret")]).toEqual([name, false]);
    }
    expect(rows.readAll("SELECT text FROM rows LIMIT 10")).toEqual([{ text: "kept" }]);
    await dataDir.close();
  });

  it("belongs to one process, and the second is told whose it is", async () => {
    using folder = temporaryFolder();
    const first = DataDir.open(folder.path, "tideover serve");
    expect(() => DataDir.open(folder.path, "tideover warm")).toThrow(
      new RegExp(`${folder.path} is in use by "tideover serve" \\(process ${process.pid} .*server\\.dataDir`),
    );
    await first.close();
    await DataDir.open(folder.path, "tideover warm").close();
  });

  it("adds the steps of a newer schema, and refuses a schema that is newer than it knows", async () => {
    using folder = temporaryFolder();
    const first = DataDir.open(folder.path, "test");
    await first.database(ROWS).write("INSERT INTO rows VALUES (1, 'a')");
    await first.close();
    const newer: DatabaseDefinition = {
      ...ROWS,
      migrations: [...ROWS.migrations, "ALTER TABLE rows ADD COLUMN note TEXT NOT NULL DEFAULT 'none'"],
    };
    const second = DataDir.open(folder.path, "test");
    expect(second.database(newer).readOne("SELECT * FROM rows")).toEqual({ id: 1, text: "a", note: "none" });
    await second.close();
    const third = DataDir.open(folder.path, "test");
    expect(() => third.database(ROWS)).toThrow(/has schema 2; this version of Tideover knows schemas up to 1/);
    await third.close();
  });

  it("leaves the schema as it was when a step fails", async () => {
    using folder = temporaryFolder();
    const dataDir = DataDir.open(folder.path, "test");
    const broken = {
      ...ROWS,
      migrations: [...ROWS.migrations, "CREATE TABLE more (id); INSERT INTO nowhere VALUES (1)"],
    };
    expect(() => dataDir.database(broken)).toThrow(/nowhere/);
    await dataDir.close();
    const file = new DatabaseSync(join(folder.path, "rows.sqlite"));
    expect(file.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
    expect(file.prepare("SELECT name FROM sqlite_schema WHERE name = 'more'").get()).toBeUndefined();
    file.close();
  });

  it("says which folder it cannot use", () => {
    using folder = temporaryFolder();
    const taken = join(folder.path, "a-file");
    writeFileSync(taken, "");
    expect(() => DataDir.open(taken, "test")).toThrow(/a-file cannot be used \(server\.dataDir\)/);
    const data = join(folder.path, "data");
    mkdirSync(data);
    writeFileSync(join(data, "rows.sqlite"), "this is not a database, whatever its name says".repeat(100));
    const dataDir = DataDir.open(data, "test");
    expect(() => dataDir.database(ROWS)).toThrow(/rows\.sqlite cannot be used.*not a database/);
    return dataDir.close();
  });

  it("keeps every confirmed write of a process that is killed, and is free at once", async () => {
    using folder = temporaryFolder();
    const script = fileURLToPath(new URL("./testing/write-until-killed.ts", import.meta.url));
    const child = spawn(process.execPath, ["--no-warnings", script, folder.path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const confirmed: number[] = [];
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    for await (const line of createInterface(child.stdout)) {
      confirmed.push(Number(line));
      if (confirmed.length === 101) {
        // Its own process, by its id; what is still in the pipe is read to the end.
        expect(() => DataDir.open(folder.path, "impatient")).toThrow(`process ${child.pid}`);
        child.kill("SIGKILL");
      }
    }
    await ended;
    expect(existsSync(join(folder.path, "rows.sqlite-wal"))).toBe(true);
    const dataDir = DataDir.open(folder.path, "heir");
    const rows = dataDir.database(ROWS);
    const stored = new Set(rows.readAll("SELECT id FROM rows LIMIT 1000000").map(({ id }) => id));
    expect(confirmed.filter((id) => !stored.has(id))).toEqual([]);
    await rows.write("INSERT INTO rows VALUES (1000000, 'and it goes on')");
    await dataDir.close();
  });
});
