import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTrace, readTraceFile } from "./read-trace.ts";
import { firstPart, type TraceEntry } from "./trace.ts";

const HEAD = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n";
const TEXT = `${HEAD}2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109\r\n2023-11-16 18:15:50.9951690,0,1\r\n`;
const ENTRIES = [
  { atMs: 0, promptTokens: 374, outputTokens: 44 },
  { atMs: 4314.579, promptTokens: 396, outputTokens: 109 },
  { atMs: 4314.579, promptTokens: 0, outputTokens: 1 },
];

async function all(entries: AsyncIterable<TraceEntry>): Promise<TraceEntry[]> {
  const found: TraceEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

async function read(...chunks: string[]): Promise<TraceEntry[]> {
  const entries = await all(readTrace(chunks, "trace.csv"));
  return entries.map((entry) => ({ ...entry, atMs: Math.round(entry.atMs * 1_000) / 1_000 }));
}

test("reads the Azure trace's form, however its text is cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(TEXT.length), { maxLength: 8 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), TEXT.length];
      expect(await read(...at.slice(1).map((end, index) => TEXT.slice(at[index], end)))).toEqual(ENTRIES);
    }),
  );
});

test("LF, a byte order mark, other columns in another order, a zone, no line end at the end", async () => {
  const text =
    "\ufeffGeneratedTokens,Region,TIMESTAMP,ContextTokens\n44,x,2024-05-10T00:00:00.5+08:00,374\n\n1,y,2024-05-09T16:00:01Z,9";
  expect(await read(text)).toEqual([
    { atMs: 0, promptTokens: 374, outputTokens: 44 },
    { atMs: 500, promptTokens: 9, outputTokens: 1 },
  ]);
});

describe("what is wrong is told with its place", () => {
  test.each([
    ["", "trace.csv holds no requests"],
    [HEAD, "trace.csv holds no requests"],
    ["TIMESTAMP,Context,GeneratedTokens\n", "line 1: the column ContextTokens is missing"],
    [`${HEAD}yesterday,1,2\n`, 'line 2, column TIMESTAMP: "yesterday" is not a time'],
    [`${HEAD}2023-13-16 18:15:46,1,2\n`, "line 2, column TIMESTAMP"],
    [`${TEXT}2023-11-16 18:15:51,-1,2\n`, 'line 5, column ContextTokens: "-1" is not a whole number from 0 to 1000000'],
    [`${TEXT}2023-11-16 18:15:51,1\n`, "line 5, column GeneratedTokens: nothing is not a whole number"],
    [`${TEXT}2023-11-16 18:15:51,1,1000001\n`, "line 5, column GeneratedTokens"],
    [`${TEXT}2023-11-16 18:15:46,1,2\n`, "line 5: this request is earlier"],
    [`${HEAD}${"x".repeat(5_000)}`, "line 2 has more than 4096 characters"],
  ])("%j", async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toThrow("trace.csv");
  });

  test("a file that is not there, and a folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tideover-"));
    try {
      const allOf = (name: string) => all(readTraceFile(join(folder, name), name));
      await expect(allOf("none.csv")).rejects.toThrow("There is no file none.csv.");
      await expect(allOf(".")).rejects.toThrow(". is a folder");
      await writeFile(join(folder, "trace.csv"), TEXT);
      expect(await allOf("trace.csv")).toHaveLength(3);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("the first part ends before its time, and reads no further", async () => {
  const part = (untilMs: number) => all(firstPart(readTrace([TEXT, "nonsense\n"], "trace.csv"), untilMs));
  expect(await part(4_314)).toHaveLength(1);
  await expect(part(4_315)).rejects.toThrow("line 5");
});
