import { describe, expect, test } from "vitest";
import { resolveConfig, type TideoverConfig } from "../../config/index.ts";
import { failure, newTrace, type Origin } from "../../engine/index.ts";
import type { ExchangeRecord, ExchangeResult } from "../../front/index.ts";
import { VirtualClock } from "../../testing/index.ts";
import { ALL_FEATURES } from "../all-features.ts";
import { createRuntime, type Runtime } from "../runtime.ts";
import { ServiceLevels } from "./service-levels.ts";

function watched(ladder: TideoverConfig["routes"][number]["ladder"] = ["first", "second", "stale"]) {
  const clock = new VirtualClock();
  const runtimeOf = (names: readonly string[]): Runtime => {
    const resolved = resolveConfig({
      providers: {
        first: { preset: "deepseek", apiKey: "a" },
        second: { preset: "deepseek", apiKey: "b" },
        box: { preset: "ollama", degraded: true },
      },
      routes: names.map((name) => ({ name, model: name, ladder })),
    });
    if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
    return createRuntime(resolved.config, {
      environment: { clock, random: { next: () => 0.5 } },
      transport: { send: () => Promise.resolve(failure("fault", "unused", "unused")) },
      features: ALL_FEATURES,
      compileCondition: () => () => false,
    });
  };
  let runtime = runtimeOf(["main", "other"]);
  const levels = new ServiceLevels({ clock, runtime: () => runtime });
  const end = (result: ExchangeResult, origin?: Partial<Origin>, changes: Partial<ExchangeRecord> = {}) => {
    for (let count = 0; count < 6; count++) {
      levels.exchangeEnded({
        requestId: "r",
        method: "POST",
        route: "main",
        stream: false,
        result,
        status: 200,
        origin: origin === undefined ? undefined : { rung: "live", degraded: false, ...origin },
        trace: newTrace(),
        startedAt: 0,
        totalMs: 1,
        ...changes,
      });
    }
  };
  const level = (name = "main") => levels.read().routes.find((route) => route.name === name)?.level;
  const isolate = (name: string, ms = 60_000) => {
    for (const { state } of runtime.providers.get(name)?.accounts ?? []) state.isolatedUntil = clock.now() + ms;
  };
  const reload = (names: readonly string[]) => {
    runtime = runtimeOf(names);
  };
  return { clock, levels, end, level, isolate, reload };
}

describe("requests make a route's level", () => {
  test.each<[string, ExchangeResult, Partial<Origin> | undefined, Partial<ExchangeRecord>, string]>([
    ["the first provider", "answered", { rung: "live" }, {}, "normal"],
    ["a fresh copy", "answered", { rung: "cache" }, {}, "normal"],
    ["a later provider", "answered", { rung: "alternate" }, {}, "busy"],
    ["a stale copy", "answered", { rung: "stale", degraded: true }, {}, "degraded"],
    ["a ticket", "accepted", undefined, {}, "degraded"],
    ["an error", "failed", undefined, { code: "ladder_exhausted" }, "outage"],
    ["a cut answer", "interrupted", { rung: "live" }, { code: "stream_interrupted" }, "outage"],
    ["the caller's own fault", "failed", undefined, { code: "invalid_request" }, "normal"],
    ["a caller that left", "cancelled", { rung: "live" }, {}, "normal"],
    ["a wrong key", "refused", undefined, { code: "unauthorized" }, "normal"],
  ])("%s", (_, result, origin, changes, expected) => {
    const { end, level } = watched();
    end(result, origin, changes);
    expect([level(), level("other")]).toEqual([expected, "normal"]);
  });

  test("a gateway that is full is an outage of every route", () => {
    const { end, level } = watched();
    end("refused", undefined, { code: "load_shed", route: undefined });
    expect([level(), level("other")]).toEqual(["outage", "outage"]);
  });

  test("a degraded provider that went on with an answer makes it one", () => {
    const { end, level } = watched();
    const seams = [{ at: 1, from: "first", to: "box", mode: "prefix", degraded: true }];
    end("answered", { rung: "live" }, { trace: { ...newTrace(), seams } });
    expect(level()).toBe("degraded");
  });
});

describe("without requests, providers make it", () => {
  test.each<[Parameters<typeof watched>[0], readonly string[], string]>([
    [["first", "second", "stale"], [], "normal"],
    [["first", "second", "stale"], ["first"], "busy"],
    [["first", "second", "stale"], ["first", "second"], "degraded"],
    [["first", "second"], ["first", "second"], "outage"],
    [["first", "box"], ["first"], "degraded"],
    [["first", "box"], ["first", "box"], "outage"],
  ])("%j without %j is %s", (ladder, away, expected) => {
    const { level, isolate } = watched(ladder);
    for (const name of away) isolate(name);
    expect(level()).toBe(expected);
  });
});

test("the worst route makes the whole, since when it did", async () => {
  const { clock, levels, end } = watched();
  await clock.advance(5_000);
  end("failed", undefined, { code: "ladder_exhausted" });
  const { level, since, at } = levels.read();
  await clock.advance(2_000);
  expect([level, levels.read().since]).toEqual(["outage", since]);
  expect(since).toBe(at);
});

test("whoever follows is told of changes, once each, and nobody is asked when nobody follows", async () => {
  const { clock, levels, end, isolate } = watched();
  let told = 0;
  const unfollow = levels.follow(() => told++);
  await clock.advance(3_000);
  expect(told).toBe(0);
  end("failed", undefined, { code: "ladder_exhausted" });
  await clock.advance(3_000);
  expect(told).toBe(1);
  unfollow?.();
  isolate("first");
  await clock.advance(3_000);
  expect([told, clock.pendingTimers]).toEqual([1, 0]);
});

test("a route that a reload took away is forgotten", () => {
  const { levels, end, reload } = watched();
  end("failed", undefined, { code: "ladder_exhausted" });
  expect(levels.read().level).toBe("outage");
  reload(["other"]);
  expect(levels.read()).toMatchObject({ level: "normal", routes: [{ name: "other" }] });
  reload(["main", "other"]);
  expect(levels.read().level).toBe("normal");
});
