import { statSync } from "node:fs";
import { type Random, readStoredAnswer, seededRandom } from "tideover/engine";
import { ANSWER_STORE_CONFORMANCE, QUESTION_VECTOR_CONFORMANCE, storedAnswer } from "tideover/testing";
import { describe, expect, it } from "vitest";
import { DataDir } from "../embedded/index.ts";
import { temporaryFolder } from "../embedded/testing/temporary-folder.ts";
import { decodeAnswer, encodeAnswer } from "./encode-answer.ts";
import { ANSWERS_DATABASE, SqliteAnswerStore, type SqliteAnswerStoreOptions } from "./sqlite-answer-store.ts";

const NOW = 1_800_000_000_000;
const signal = new AbortController().signal;

/** A store in a folder of its own, both gone when the scope ends. */
function stage(options: Partial<SqliteAnswerStoreOptions> = {}) {
  const folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  const database = dataDir.database(ANSWERS_DATABASE);
  return {
    database,
    store: new SqliteAnswerStore(database, { wallTime: () => NOW, ...options }),
    async [Symbol.asyncDispose]() {
      await dataDir.close();
      folder[Symbol.dispose]();
    },
  };
}

describe("answers in SQLite", () => {
  it.each(ANSWER_STORE_CONFORMANCE)("$name", async ({ run }) => {
    await using staged = stage();
    await run({ store: staged.store, now: () => NOW });
  });

  it.each(QUESTION_VECTOR_CONFORMANCE)("$name", async ({ run }) => {
    await using staged = stage();
    await run({ store: staged.store, now: () => NOW });
  });

  it("gives way to new ones by expiry, then by age, when the file is full", async () => {
    const maxBytes = 2 * 1024 * 1024;
    await using staged = stage({ maxBytes });
    const { store, database } = staged;
    const random = seededRandom(1);
    const events = () => [JSON.stringify({ noise: noise(10_000, random) })];
    for (let index = 0; index < 100; index++) {
      const past = { events: events(), freshUntil: NOW - 2, staleUntil: NOW - 1 };
      await store.set(`expired-${index}`, storedAnswer(NOW, past));
    }
    for (let index = 0; index < 300; index++) await store.set(`key-${index}`, storedAnswer(NOW, { events: events() }));
    expect(database.readOne("SELECT count(*) AS count FROM answers WHERE stale_until <= ?", [NOW])).toEqual({
      count: 0,
    });
    expect(await store.get("key-0", signal)).toBeUndefined();
    expect(await store.get("key-299", signal)).toBeDefined();
    const { count } = database.readOne("SELECT count(*) AS count FROM answers") ?? {};
    expect(Number(count)).toBeGreaterThan(50);
    // The bound, what one look lets through, and the pages of the indexes.
    expect(statSync(database.path).size).toBeLessThan(maxBytes * 1.15);
  });

  it("answers as if there were nothing for an entry that is damaged", async () => {
    await using staged = stage();
    const { store, database } = staged;
    await store.set("key", storedAnswer(NOW, { events: ["x".repeat(5_000)] }));
    await database.write("UPDATE answers SET value = substr(value, 1, 40)");
    expect(await store.get("key", signal)).toBeUndefined();
  });
});

describe("the bytes of a kept answer", () => {
  it("are much fewer than the text of a long stream", async () => {
    const chunk = (index: number) =>
      `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":" word${index}"},"finish_reason":null}]}`;
    const answer = storedAnswer(NOW, { events: Array.from({ length: 300 }, (_, index) => chunk(index)) });
    const bytes = await encodeAnswer(answer);
    expect(bytes.byteLength).toBeLessThan(JSON.stringify(answer).length / 10);
    expect(await decodeAnswer(bytes)).toEqual(answer);
  });

  it("of a form that is not known are no answer", async () => {
    const bytes = await encodeAnswer(storedAnswer(NOW));
    expect(readStoredAnswer(await decodeAnswer(bytes))).toBeDefined();
    expect(await decodeAnswer(Uint8Array.of(7, ...bytes.subarray(1)))).toBeUndefined();
    expect(await decodeAnswer(new Uint8Array())).toBeUndefined();
    expect(await decodeAnswer(bytes.subarray(0, 20))).toBeUndefined();
  });
});

/** Text that does not compress. */
function noise(length: number, random: Random): string {
  return Array.from({ length }, () => Math.floor(random.next() * 36).toString(36)).join("");
}
