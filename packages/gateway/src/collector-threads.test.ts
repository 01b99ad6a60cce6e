import { readdirSync, readFileSync } from "node:fs";
import { constants, getPriority } from "node:os";
import { expect, test } from "vitest";
import { lowerCollectorThreads } from "./collector-threads.ts";

test.runIf(process.platform === "linux")("the collector's threads give way, and no other does", () => {
  const named = readdirSync("/proc/self/task").map((thread) => ({
    thread: Number(thread),
    name: readFileSync(`/proc/self/task/${thread}/comm`, "utf8").trim(),
  }));
  const before = new Map(named.map(({ thread }) => [thread, getPriority(thread)]));
  const lowered = lowerCollectorThreads();
  expect(lowered).toBeGreaterThan(0);
  const low = named.filter(({ thread }) => getPriority(thread) === constants.priority.PRIORITY_LOW);
  expect(low.map(({ name }) => name)).toEqual(Array.from({ length: lowered }, () => "V8Worker"));
  const others = named.filter(({ name }) => name !== "V8Worker");
  expect(others.map(({ thread }) => getPriority(thread))).toEqual(others.map(({ thread }) => before.get(thread)));
});
