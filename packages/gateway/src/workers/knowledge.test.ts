import { resolveConfig } from "tideover/config";
import { seededRandom, type Transport } from "tideover/engine";
import { ALL_FEATURES, createRuntime, type Runtime } from "tideover/runtime";
import { testCall, VirtualClock } from "tideover/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { GATHER_MS, PERMITS_MS } from "./defaults.ts";
import { Knowledge, type News } from "./knowledge.ts";
import { firstPart, PermitBoard } from "./permit-board.ts";

const transport: Transport = { send: () => Promise.reject(new Error("Nothing is sent here.")) };
const ACCOUNT = "p#1";
const QUOTA = { name: "shop", requests: { count: 10, perMs: 60_000 } };

let clock: VirtualClock;
let members: Member[];
let news: News[];

/** One process of several, in one clock. */
interface Member {
  readonly runtime: Runtime;
  readonly knowledge: Knowledge;
}

/** Processes that hear of each other at once, and a board that divides a limit of 4 among them. */
function together(count: number): Member[] {
  const loaded = resolveConfig({
    providers: {
      p: { preset: "openai-compatible", baseUrl: "http://127.0.0.1:1/v1", apiKey: "k", limit: { concurrency: 4 } },
    },
    routes: [{ model: "*", ladder: ["p"] }],
  });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  const board = new PermitBoard(count, (slot, bounds) => members[slot]?.knowledge.bound(bounds));
  return Array.from({ length: count }, (_, slot) => {
    const knowledge: Knowledge = new Knowledge({
      clock,
      runtime: () => runtime,
      tell(told) {
        news.push(...told);
        for (const [index, other] of members.entries()) if (index !== slot) other.knowledge.apply(told);
      },
      report: (reports) => board.report(slot, reports),
    });
    const runtime = createRuntime(loaded.config, {
      environment: { clock, random: seededRandom(1), emit: knowledge.onEvent },
      transport,
      features: ALL_FEATURES,
      compileCondition: () => () => false,
      partOf: (total) => firstPart(total, count, slot),
    });
    knowledge.start();
    return { runtime, knowledge };
  });
}

const breakerOf = (member: Member | undefined) => {
  const breaker = member?.runtime.providers.get("p")?.breakers?.get(ACCOUNT, "m");
  if (breaker === undefined) throw new Error("It has no breaker.");
  return breaker;
};

function fail(member: Member | undefined, times: number): void {
  for (let count = 0; count < times; count++) {
    const permit = breakerOf(member).acquire();
    if ("why" in permit) return;
    permit.failed("http-500");
    permit.release();
  }
}

beforeEach(() => {
  clock = new VirtualClock();
  news = [];
  members = together(3);
});

describe("breakers", () => {
  test("what opens in one is open in all, for as long, and is told once", async () => {
    fail(members[0], 5);
    expect(members.map((member) => breakerOf(member).state)).toEqual(["open", "open", "open"]);
    expect(news).toHaveLength(1);
    const left = members.map((member) => breakerOf(member).refusal()?.retryAfterMs);
    expect(new Set(left).size).toBe(1);
  });

  test("what closes in one closes in all", async () => {
    fail(members[0], 5);
    await clock.advance(breakerOf(members[0]).refusal()?.retryAfterMs ?? 0);
    for (let count = 0; count < 3; count++) {
      const permit = breakerOf(members[1]).acquire();
      if ("why" in permit) throw new Error(`Refused: ${permit.why}.`);
      permit.succeeded();
      permit.release();
    }
    expect(members.map((member) => breakerOf(member).state)).toEqual(["closed", "closed", "closed"]);
  });
});

test("a refused key is left alone by all", () => {
  const states = members.map(({ runtime }) => runtime.providers.get("p")?.accounts[0]?.state);
  const [first] = states;
  if (first === undefined) throw new Error("It has no account.");
  first.isolatedUntil = clock.now() + 60_000;
  const failed = { type: "failure", kind: "credential", reason: "http-401", message: "", committed: false } as const;
  members[0]?.knowledge.onEvent({ type: "account-isolated", provider: "p", account: first.id, failure: failed });
  expect(states.map((state) => state?.isolatedUntil)).toEqual(Array(3).fill(clock.now() + 60_000));
});

test("what is used and spent is gathered, and then counts everywhere", async () => {
  const [first, second] = members;
  for (let count = 0; count < 6; count++) {
    first?.runtime.quotas.account(QUOTA).requests?.reserve(clock.now(), 1);
    first?.runtime.quotas.onUsed?.(QUOTA, { requests: 1, tokens: 0 });
  }
  first?.runtime.spending.onSpent?.({ name: "key shop", windowMs: 60_000 }, 2);
  const left = () => second?.runtime.quotas.account(QUOTA).requests?.available(clock.now()) ?? 0;
  expect(left()).toBe(10);
  await clock.advance(GATHER_MS);
  expect(left()).toBeCloseTo(4, 1);
  expect(second?.runtime.spending.budget({ name: "key shop", windowMs: 60_000 }).committed(clock.now())).toBe(2);
  expect(news.map(({ type }) => type)).toEqual(["used", "spent"]);
});

test("a process that begins now is told what all know", async () => {
  fail(members[0], 5);
  members[0]?.runtime.quotas.charge(QUOTA, { requests: 3, tokens: 0 });
  members[0]?.runtime.spending.charge({ name: "key shop", windowMs: 60_000 }, 2);
  const told = members[0]?.knowledge.all() ?? [];
  expect(told.map(({ type }) => type)).toEqual(["breaker", "used", "spent"]);
  members = together(1);
  members[0]?.knowledge.apply(told);
  expect(breakerOf(members[0]).state).toBe("open");
  expect(members[0]?.runtime.quotas.account(QUOTA).requests?.available(clock.now())).toBeCloseTo(7, 1);
});

test("a limit of four is four over all, and goes to whoever needs it", async () => {
  const limitOf = (member: Member | undefined) => {
    const limit = member?.runtime.providers.get("p")?.limits?.get(ACCOUNT, "m");
    if (limit === undefined) throw new Error("It has no limit.");
    return limit;
  };
  expect(members.map((member) => limitOf(member).snapshot().limit)).toEqual([2, 1, 1]);
  const waiting = Array.from({ length: 6 }, (_, index) =>
    limitOf(members[1]).acquire(testCall({ id: `call-${index}` }), { firstTokenMs: 20_000, measured: false }),
  );
  await clock.advance(3 * PERMITS_MS);
  expect(limitOf(members[1]).snapshot().inFlight).toBe(4);
  expect(members.map((member) => limitOf(member).snapshot().limit)).toEqual([0, 4, 0]);
  const permits = await Promise.all(waiting.slice(0, 4));
  for (const permit of permits) if (permit.type === "permit") permit.release();
});
