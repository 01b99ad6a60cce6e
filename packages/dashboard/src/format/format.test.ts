import { expect, test } from "vitest";
import { createFormat, formatPercent } from "./format.ts";

const en = createFormat("en");
const zh = createFormat("zh");

test.each<[number, string]>([
  [0, "0%"],
  [0.0004, "<0.1%"],
  [0.0421, "4.2%"],
  [0.5, "50%"],
  [0.994, "99.4%"],
  [0.99995, ">99.9%"],
  [1, "100%"],
  [1.08, "108%"],
])("the share %d is %s: trouble is never rounded away", (share, text) => {
  expect(formatPercent(share)).toBe(text);
});

test.each<[number, string, string]>([
  [0, "0 ms", "0 ms"],
  [0.3, "<1 ms", "<1 ms"],
  [85.4, "85 ms", "85 ms"],
  [1_430, "1.43 s", "1.43 s"],
  [90_000, "90 s", "90 s"],
  [600_000, "10 min", "10 分"],
  [3_600_000, "1 h", "1 小时"],
  [86_400_000, "1 d", "1 天"],
  [30 * 86_400_000, "30 d", "30 天"],
])("%d ms is %s, in Chinese %s", (ms, english, chinese) => {
  expect([en.duration(ms), zh.duration(ms)]).toEqual([english, chinese]);
});

test("long numbers are short, and money keeps what small sums are", () => {
  expect([en.count(1_234), en.count(12_345), en.count(4_560_000)]).toEqual(["1,234", "12.3k", "4.56M"]);
  expect([en.rate(4.94), en.rate(31.4), zh.rate(4.94)]).toEqual(["4.9/s", "31/s", "4.9/s"]);
  expect([en.bytes(512), en.bytes(47_104), en.bytes(268_435_456)]).toEqual(["512 B", "46.0 KiB", "256 MiB"]);
  expect([en.money(0.00213, "USD"), en.money(214.6, "USD")]).toEqual(["$0.0021", "$214.60"]);
});

test("how long ago is said in the largest unit that fits", () => {
  expect([en.since(0, 5_000), en.since(0, 600_000), zh.since(0, 7_200_000)]).toEqual([
    "5 sec ago",
    "10 min ago",
    "2小时前",
  ]);
});
