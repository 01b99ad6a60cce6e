import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tideover-make-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("makes what is missing, for its owner alone, and leaves what is there", () => {
  const path = join(folder, "a", "b", "c");
  makeFolder(path);
  makeFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("what is in the way is said", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => makeFolder(file)).toThrow(/EEXIST/);
  expect(() => makeFolder(join(file, "a", "b"))).toThrow(/ENOTDIR/);
});

test.skipIf(!existsSync("/proc/self"))("where nothing can be made, that is said, and soon", () => {
  expect(() => makeFolder("/proc/nowhere/at/all")).toThrow(/ENOENT.*nowhere/);
});
