import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BatchedOutput } from "./batched-output.ts";

let folder: string;
let descriptor: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tideover-log-"));
  descriptor = openSync(join(folder, "log"), "a");
});
afterEach(() => {
  closeSync(descriptor);
  rmSync(folder, { recursive: true });
});
const written = () => readFileSync(join(folder, "log"), "utf8");

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn > 1_000) throw new Error("The condition did not come true in time.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("lines wait for others, but not for long", async () => {
  const output = new BatchedOutput(descriptor);
  output.write("one\n");
  output.write("二\n");
  expect(written()).toBe("");
  await until(() => written() === "one\n二\n");
});

test("many lines go out, each once, whatever is written meanwhile, and a flush writes the rest", async () => {
  const output = new BatchedOutput(descriptor);
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${"x".repeat(20)}\n`);
  for (const [index, line] of lines.entries()) {
    output.write(line);
    if (index % 5_000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await until(() => written().length > 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  output.flush();
  await until(() => written().length >= lines.join("").length);
  expect(written().split("\n").toSorted()).toEqual(lines.join("").split("\n").toSorted());
});

test("what does not fit any more is counted, not kept", async () => {
  const output = new BatchedOutput(descriptor);
  const line = `${"x".repeat(1024 * 1024 - 1)}\n`;
  for (let count = 0; count < 20; count++) output.write(line);
  output.flush();
  // One is being written, sixteen wait.
  await until(() => written().length > 17 * line.length);
  expect(written().split("\n")).toContain('{"level":"warn","event":"log-lines-lost","lines":3}');
});

test("nobody there to read is no reason to fail", () => {
  const closed = openSync(join(folder, "other"), "a");
  closeSync(closed);
  const output = new BatchedOutput(closed);
  output.write("lost\n");
  expect(() => output.flush()).not.toThrow();
});
