import { describe, expect, test } from "vitest";
import { asyncPreference } from "./prefer.ts";

describe("Prefer", () => {
  test.each([
    ["respond-async", 0, "respond-async"],
    ["respond-async, wait=10", 10_000, "respond-async, wait=10"],
    ["Wait=10 , Respond-Async", 10_000, "respond-async, wait=10"],
    ['respond-async, wait="7"', 7_000, "respond-async, wait=7"],
    ["respond-async; foo=bar, wait=0", 0, "respond-async, wait=0"],
    ["respond-async, wait=5, wait=9", 5_000, "respond-async, wait=5"],
    ["respond-async, wait=soon", 0, "respond-async"],
    ["respond-async, wait=-1", 0, "respond-async"],
    ["respond-async, wait=999999999", 86_400_000, "respond-async, wait=86400"],
  ])("%s", (header, waitMs, applied) => {
    expect(asyncPreference(header)).toEqual({ waitMs, applied });
  });

  test.each([undefined, "", "wait=10", "return=minimal", "xrespond-async"])("%s asks for no ticket", (header) => {
    expect(asyncPreference(header)).toBeUndefined();
  });
});
