import { expect, test } from "vitest";
import { callerRetries, deadlineMs, effectivePriority, keepAliveIntervalMs } from "./parse-headers.ts";
import { request } from "./testing/front-harness.ts";

test.each([
  [undefined, 2, 3],
  ["u=0", 2, 2],
  ["u=0", 0, 0],
  ["u=5, i", 2, 5],
  ["i, u=1;x=2", 0, 1],
  ["u=1, u=6", 0, 6],
  ["u=9", 0, 3],
  ["u=-1", 0, 3],
  ["urgent", 0, 3],
])("priority %j under a bound of %i is %i", (header, bound, expected) => {
  expect(effectivePriority(header, bound)).toBe(expected);
});

test.each([
  [{}, 60_000],
  [{ "tideover-deadline": "200ms" }, 200],
  [{ "tideover-deadline": " 1.5s " }, 1_500],
  [{ "tideover-deadline": "2h" }, 60_000],
  [{ "x-stainless-timeout": "30" }, 30_000],
  [{ "x-stainless-timeout": "30", "tideover-deadline": "40s" }, 30_000],
  // OpenAI's client cuts 500 ms off to 0 s.
  [{ "x-stainless-timeout": "0" }, 60_000],
  [{ "x-stainless-timeout": "soon" }, 60_000],
])("the deadline of %j is %i ms", (headers, expected) => {
  expect(deadlineMs(request({ headers }), 60_000)).toBe(expected);
});

test.each(["200", "0ms", "-1s", "1e9s", "", `${"9".repeat(400)}s`])("the deadline %j is refused by name", (value) => {
  expect(deadlineMs(request({ headers: { "tideover-deadline": value } }), 60_000)).toMatchObject({
    code: "invalid_request",
    param: "Tideover-Deadline",
    message: expect.stringContaining("such as 200ms, 1.5s or 2m"),
  });
});

test.each([
  [undefined, 15_000],
  ["600", 15_000],
  ["12", 4_000],
  ["0.3", 100],
  ["0.001", 100],
  ["None", 15_000],
])("a read timeout of %j s allows %i ms of silence", (value, expected) => {
  const headers = value === undefined ? {} : { "x-stainless-read-timeout": value };
  expect(keepAliveIntervalMs(request({ headers }), 15_000)).toBe(expected);
});

test.each([
  [undefined, 0],
  ["2", 2],
  ["5000", 100],
  ["-1", 0],
  ["two", 0],
])("retry count %j is %i", (header, expected) => {
  expect(callerRetries(header)).toBe(expected);
});
