import type { ExchangeRecord } from "tideover/front";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { exchangeLog } from "./exchange-log.ts";
import { createLog, type LogLevel } from "./log.ts";
import { MOST_REFUSAL_KINDS } from "./repeated-refusals.ts";

function exchange(changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    ...{ requestId: "r", method: "POST", endpoint: "/v1/chat/completions", stream: false, startedAt: 0, totalMs: 1 },
    ...{ result: "refused", status: 401, code: "unauthorized", trace: { attempts: [], seams: [] } },
    ...changes,
  };
}

function logged(level: LogLevel = "info") {
  const lines: string[] = [];
  const clock = new VirtualClock();
  const log = createLog({ level, destination: { write: (line) => lines.push(line) } });
  const entries = () => lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>);
  return { clock, entries, ...exchangeLog(log, clock) };
}

const told = ({ event, count, code, requestId, lastRequestId }: Record<string, unknown>) =>
  event === "exchange-ended" ? requestId : [count, code, lastRequestId];

test("of a flood of refusals the first has its line at once, the others one a second with their number", async () => {
  const { ended, entries, clock } = logged();
  for (let ordinal = 0; ordinal < 1_000; ordinal++) ended(exchange({ requestId: `r${ordinal}` }));
  expect(entries().map(told)).toEqual(["r0"]);
  await clock.advance(1_000);
  const [sum] = entries();
  expect(sum).toMatchObject({
    ...{ level: "info", event: "exchanges-refused", count: 999, ms: 1_000, status: 401, lastRequestId: "r999" },
    msg: "999 more were refused: 401 unauthorized",
  });
  ended(exchange({ requestId: "again" }));
  ended(exchange({ requestId: "and-again" }));
  expect(entries()).toEqual([]);
  await clock.advance(1_000);
  expect(entries().map(told)).toEqual([[2, "unauthorized", "and-again"]]);
  // A second without any: the next one is a first one, and nothing runs meanwhile.
  await clock.advance(1_000);
  expect(clock.pendingTimers).toBe(0);
  ended(exchange({ requestId: "later" }));
  expect(entries().map(told)).toEqual(["later"]);
});

test("a single one that was held back has its own line", async () => {
  const { ended, entries, clock } = logged();
  ended(exchange({ requestId: "one" }));
  ended(exchange({ requestId: "two", endpoint: "/v1/models" }));
  await clock.advance(1_000);
  expect(entries().map(told)).toEqual(["one", "two"]);
});

test("codes and keys are told apart, and what is no refusal is never held back", () => {
  const { ended, entries, flush } = logged();
  const shed = { code: "load_shed", status: 503 } as const;
  for (let turn = 0; turn < 3; turn++) {
    ended(exchange({ ...shed, keyName: "shop", requestId: "a" }));
    ended(exchange({ ...shed, keyName: "bank", requestId: "b" }));
    ended(exchange({ result: "failed", code: "rate_limited", status: 429, requestId: "c" }));
    ended(exchange({ result: "failed", code: "ladder_exhausted", status: 503, requestId: "d" }));
    ended(exchange({ thrown: new Error("defect"), requestId: "e" }));
  }
  expect(entries().map(told)).toEqual(["a", "b", "c", "d", "e", "d", "e", "d", "e"]);
  flush();
  const rest = entries();
  expect(rest.map(told)).toEqual([
    [2, "load_shed", "a"],
    [2, "load_shed", "b"],
    [2, "rate_limited", "c"],
  ]);
  expect(rest.map(({ level, keyName }) => [level, keyName])).toEqual([
    ["warn", "shop"],
    ["warn", "bank"],
    ["info", undefined],
  ]);
});

test("kinds beyond the most share a line; none is lost", () => {
  const { ended, entries, flush } = logged();
  const kinds = MOST_REFUSAL_KINDS + 10;
  for (let key = 0; key < kinds; key++) ended(exchange({ keyName: `key-${key}` }));
  const atOnce = entries().length;
  expect(atOnce).toBeLessThanOrEqual(MOST_REFUSAL_KINDS + 1);
  flush();
  const held = entries().reduce((sum, { count }) => sum + Number(count), 0);
  expect(atOnce + held).toBe(kinds);
});

test("at the level debug every one has its line", () => {
  const { ended, entries } = logged("debug");
  for (let turn = 0; turn < 3; turn++) ended(exchange());
  expect(entries()).toHaveLength(3);
});
