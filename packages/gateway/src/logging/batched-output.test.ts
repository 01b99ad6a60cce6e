import * as fs from "node:fs";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BatchedOutput } from "./batched-output.ts";

vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  return { ...real, write: vi.fn(real.write) };
});

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

test("a stream of lines goes out in batches, also while one batch is being written after the other", async () => {
  const output = new BatchedOutput(descriptor);
  // A file that has taken a batch by the time that the next line is there.
  const write = vi.spyOn(fs, "write").mockImplementation(((file: number, bytes: Buffer, ...rest: unknown[]) => {
    const done = rest.at(-1) as (error: null, written: number) => void;
    const taken = writeSync(file, bytes);
    setImmediate(() => setImmediate(() => done(null, taken)));
  }) as typeof fs.write);
  const lines = 2_000;
  for (let line = 0; line < lines; line++) {
    output.write(`${"x".repeat(999)}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => written().length === lines * 1_000);
  expect(write.mock.calls.length).toBeLessThan(lines / 10);
  write.mockRestore();
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
