import { expect, test } from "vitest";
import type { CallRecord } from "./call-record.ts";
import { Settling } from "./settling.ts";

const call = (index: number): CallRecord => ({
  index,
  arrivedAt: 0,
  urgency: 3,
  streamed: true,
  promptTokens: 1,
  outputTokens: 1,
  tries: [],
});

test("records are passed on in the order of their ends, a second after them, each once", () => {
  const settled: number[] = [];
  const settling = new Settling(({ index }) => settled.push(index));
  settling.add(call(2), 0);
  settling.add(call(0), 500);
  expect(settled).toEqual([]);
  settling.add(call(1), 1_000);
  expect(settled).toEqual([2]);
  settling.passOn(500);
  expect(settled).toEqual([2, 0]);
  settling.passOn(10_000);
  settling.passOn(10_000);
  expect(settled).toEqual([2, 0, 1]);
});
