import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { readLines } from "./read-lines.ts";

async function linesOf(text: string, mostBytes = 1_000_000) {
  using folder = temporaryFolder();
  const path = join(folder.path, "lines");
  await writeFile(path, text);
  const lines: [number, string | undefined][] = [];
  for await (const { number, bytes } of readLines(path, mostBytes)) {
    lines.push([number, bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8")]);
  }
  return lines;
}

test("lines keep their numbers; blank ones are passed over, and the last needs no end", async () => {
  expect(await linesOf("a\r\n\n  \nb")).toEqual([
    [1, "a"],
    [4, "b"],
  ]);
  expect(await linesOf("")).toEqual([]);
});

test("lines longer than a piece of reading are whole", async () => {
  const long = "灯".repeat(70_000);
  expect(await linesOf(`${long}\nb\n${long}`)).toEqual([
    [1, long],
    [2, "b"],
    [3, long],
  ]);
});

test("a line over the limit is told of without its bytes, and the next is read", async () => {
  expect(await linesOf(`${"x".repeat(200_000)}\nb\n${"y".repeat(11)}`, 10)).toEqual([
    [1, undefined],
    [2, "b"],
    [3, undefined],
  ]);
});
