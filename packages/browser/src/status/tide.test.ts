import { describe, expect, test } from "vitest";
import type { TideStore } from "./follow-tide.ts";
import { levelOf, readTide, type Tide, UNKNOWN_TIDE } from "./tide.ts";
import { createUseTide } from "./use-tide.ts";

/** As `/v1/status` gives it. */
const DOCUMENT = {
  object: "status",
  level: "degraded",
  since: 1_700_000_000,
  at: 1_700_000_100,
  routes: [
    { name: "copy", level: "normal", since: 1_700_000_050 },
    { name: "chat", level: "degraded", since: 1_700_000_000 },
    { name: "__proto__", level: "outage", since: 1 },
    { name: "odd", level: "wavy", since: 1 },
  ],
};

describe("the status document", () => {
  test("becomes levels by route, with times in ms", () => {
    expect(readTide(DOCUMENT)).toMatchObject({
      level: "degraded",
      since: 1_700_000_000_000,
      reachable: true,
      routes: { copy: { level: "normal", since: 1_700_000_050_000 }, chat: { level: "degraded" } },
    });
    expect(readTide(DOCUMENT)?.routes).not.toHaveProperty("odd");
  });

  test("that is none is not read", () => {
    for (const other of [undefined, null, "normal", {}, { level: "wavy" }, []]) expect(readTide(other)).toBeUndefined();
  });
});

describe("the level", () => {
  const tide = readTide(DOCUMENT) as Tide;

  test("is the route's, or that of all together", () => {
    expect(["copy", "chat", "other", undefined, null].map((route) => levelOf(tide, route))).toEqual([
      "normal",
      "degraded",
      "degraded",
      "degraded",
      "degraded",
    ]);
    expect(levelOf(UNKNOWN_TIDE, "copy")).toBe("normal");
  });

  test("is an outage everywhere while the gateway is out of reach", () => {
    expect(levelOf({ ...tide, level: "outage", reachable: false }, "copy")).toBe("outage");
  });
});

test("the hook takes the library's own useSyncExternalStore", () => {
  const tide = readTide(DOCUMENT) as Tide;
  const store: TideStore = { get: () => tide, subscribe: () => () => {} };
  const useTide = createUseTide((_subscribe, get) => get(), store);
  expect(useTide("copy")).toEqual({ level: "normal", tide });
  expect(useTide().level).toBe("degraded");
});
