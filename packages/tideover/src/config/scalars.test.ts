import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, LONGEST_DURATION_MS, parseDuration } from "./duration.ts";
import { formatRate, parseRate } from "./rate.ts";
import { formatShare, parseShare } from "./share.ts";
import { formatSize, parseSize } from "./size.ts";

describe("durations", () => {
  test.each([
    ["200ms", 200],
    ["1.5s", 1_500],
    ["1.1s", 1_100],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["0s", 0],
  ])("%s is %d ms", (text, expected) => {
    expect(parseDuration(text)).toEqual({ value: expected });
  });

  test.each(["", "30", "s", "30 s", "-1s", "1e3s", "30S", "30sec", "1h30m", "½s"])("%j is refused", (text) => {
    expect(parseDuration(text)).toEqual({
      problem: `${JSON.stringify(text)} is not a duration; write a number with a unit, such as 200ms, 30s, 5m, 1h or 7d`,
    });
  });

  test("parts of a millisecond and more than a year are refused", () => {
    expect(parseDuration("0.5ms")).toEqual({
      problem: '"0.5ms" is not a whole number of milliseconds; write 1ms or more',
    });
    expect(parseDuration("400d")).toEqual({ problem: '"400d" is longer than a year; the longest duration is 365d' });
  });

  test("a wrong value is repeated only in part", () => {
    const parsed = parseDuration("x".repeat(1_000));
    expect("problem" in parsed && parsed.problem.length).toBeLessThan(200);
  });

  test("what is written is read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LONGEST_DURATION_MS }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toEqual({ value: milliseconds });
      }),
    );
  });

  test("the largest unit without a fraction is used", () => {
    expect([0, 90_000, 60_000, 1_500, 604_800_000].map(formatDuration)).toEqual(["0s", "90s", "1m", "1500ms", "7d"]);
  });
});

describe("sizes", () => {
  test.each([
    ["256MiB", 268_435_456],
    ["32MB", 32_000_000],
    ["64KiB", 65_536],
    ["1.5KiB", 1_536],
    ["2GiB", 2_147_483_648],
    ["100kB", 100_000],
    ["65536", 65_536],
  ])("%s is %d bytes", (text, expected) => {
    expect(parseSize(text)).toEqual({ value: expected });
  });

  test("what is no size is refused with what would be right", () => {
    expect(parseSize("32 megs")).toEqual({
      problem: '"32 megs" is not a size; write a number with a unit, such as 64KiB, 256MiB or 32MB',
    });
    expect(parseSize("0.3B")).toEqual({
      problem: '"0.3B" is not a whole number of bytes; write a whole number with a unit, such as 64KiB',
    });
  });

  test("what is written is read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (bytes) => {
        expect(parseSize(formatSize(bytes))).toEqual({ value: bytes });
      }),
    );
  });
});

describe("rates", () => {
  test.each([
    ["600/m", 600, 60_000],
    ["2M/m", 2_000_000, 60_000],
    ["10/s", 10, 1_000],
    ["1.5k/h", 1_500, 3_600_000],
    ["0.5/s", 0.5, 1_000],
  ])("%s is %d per %d ms", (text, count, perMs) => {
    expect(parseRate(text)).toEqual({ value: { count, perMs } });
    expect(parseRate(formatRate({ count, perMs }))).toEqual({ value: { count, perMs } });
  });

  test("are written with the largest unit that needs no fraction", () => {
    const rates = ["600/m", "2M/m", "1500/h", "0.5/s"].map(parseRate);
    expect(rates.map((rate) => ("value" in rate ? formatRate(rate.value) : ""))).toEqual([
      "600/m",
      "2M/m",
      "1500/h",
      "0.5/s",
    ]);
  });

  test("what is no rate is refused with what would be right", () => {
    expect(parseRate("600")).toEqual({
      problem: '"600" is not a rate; write a number per s, m, h or d, such as 10/s, 600/m or 2M/m',
    });
    expect(parseRate("0/s")).toEqual({ problem: '"0/s" lets nothing pass; write a rate above 0, such as 10/s' });
  });
});

describe("shares", () => {
  test("a percentage is a part of one", () => {
    expect(parseShare("10%")).toEqual({ value: 0.1 });
    expect(parseShare("0%")).toEqual({ value: 0 });
    expect(parseShare("100%")).toEqual({ value: 1 });
  });

  test.each(["101%", "10", "-1%", "%"])("%s is refused", (text) => {
    expect(parseShare(text)).toEqual({ problem: `"${text}" is not a share; write 0% to 100%, such as 10%` });
  });

  test("what is written is read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 }), (thousandths) => {
        expect(parseShare(formatShare(thousandths / 1_000))).toEqual({ value: thousandths / 10 / 100 });
      }),
    );
  });
});
