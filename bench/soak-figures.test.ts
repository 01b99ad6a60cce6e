import { expect, test } from "vitest";
import { endingOf, growthPerMinute } from "./soak-figures.ts";

test("growth is by the minute, whatever the noise around it", () => {
  const points = Array.from({ length: 121 }, (_, index) => ({
    at: index * 1_000,
    value: 100 + index * 0.5 + (index % 2 === 0 ? 3 : -3),
  }));
  expect(growthPerMinute(points)).toBeCloseTo(30, 0);
  expect(growthPerMinute([{ at: 0, value: 1 }])).toBeNaN();
});

test("a stream that stops without its end or an error is wrong", () => {
  expect(endingOf(200, "data: [DONE]\n\n", true)).toBe("whole");
  expect(endingOf(200, 'data: {"choices":[]}\n\n', true)).toBe("wrong");
  expect(endingOf(200, "data: [DONE]\n\n", false)).toBe("wrong");
  expect(endingOf(200, 'data: {"error":{"code":"stream_interrupted"}}\n\n', true)).toBe("flagged");
  expect(endingOf(503, "", true)).toBe("refused");
  expect(endingOf(404, "", true)).toBe("wrong");
});
