import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testCall } from "../../../testing/index.ts";
import { hashText } from "../../kernels/rendezvous.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import { newAccountState } from "./account-state.ts";
import { type Candidate, chooseTarget, loadBound } from "./choose-target.ts";

const TOKENS = 600;

function pool(count: number, weights: readonly number[] = []): Candidate[] {
  return Array.from({ length: count }, (_, index) => {
    const state = newAccountState(`p#${index}`);
    state.firstToken.add(0, 800);
    return { state, weight: weights[index] };
  });
}

function chooser(candidates: readonly Candidate[], seed = 1) {
  const random = seededRandom(seed);
  return (session: string, nowMs = 0) => {
    const affinity = () => hashText(session);
    const chosen = chooseTarget(candidates, { affinity, call: testCall(), tokens: TOKENS, nowMs, random });
    if (chosen === undefined) throw new Error("nothing was chosen");
    return chosen;
  };
}

function take({ state }: Candidate): void {
  state.inFlight++;
  state.inFlightTokens += TOKENS;
}

function release({ state }: Candidate): void {
  state.inFlight--;
  state.inFlightTokens -= TOKENS;
}

/** What happens to a pool: a session's call comes, or the oldest call ends. */
const happenings = fc.array(fc.oneof(fc.nat(12), fc.constant("end" as const)), { maxLength: 120 });
const weights = fc.array(fc.constantFrom(0.5, 1, 2, 3), { minLength: 1, maxLength: 7 });

test("no account ever takes a call beyond its bound", () => {
  fc.assert(
    fc.property(weights, happenings, fc.nat(), (each, events, seed) => {
      const accounts = pool(each.length, each);
      const choose = chooser(accounts, seed);
      const sum = each.reduce((total, weight) => total + weight, 0);
      const running: Candidate[] = [];
      for (const event of events) {
        if (event === "end") {
          const ended = running.shift();
          if (ended !== undefined) release(ended);
          continue;
        }
        const chosen = choose(`session ${event}`);
        take(chosen);
        running.push(chosen);
        if (accounts.length === 1) continue;
        const fairShare = ((chosen.weight ?? 1) / sum) * running.length;
        expect(chosen.state.inFlight).toBeLessThanOrEqual(
          Math.max(Math.ceil(fairShare - 1e-9), 1.25 * fairShare + 1e-9),
        );
      }
    }),
  );
});

test("a session stays with its account for as long as that has room", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 7 }), happenings, fc.nat(), (count, events, seed) => {
      const accounts = pool(count);
      const choose = chooser(accounts, seed);
      const running: Candidate[] = [];
      const own = new Map(Array.from({ length: 13 }, (_, index) => [index, choose(`session ${index}`)]));
      for (const event of events) {
        if (event === "end") {
          const ended = running.shift();
          if (ended !== undefined) release(ended);
          continue;
        }
        const expected = own.get(event);
        const room = (expected?.state.inFlight ?? 0) < loadBound((running.length + 1) / count);
        const chosen = choose(`session ${event}`);
        if (room) expect(chosen).toBe(expected);
        else expect(chosen).not.toBe(expected);
        take(chosen);
        running.push(chosen);
      }
    }),
  );
});

test("a weight is a share of the sessions", () => {
  const accounts = pool(2, [1, 3]);
  const choose = chooser(accounts);
  const chosen = Array.from({ length: 4_000 }, (_, index) => choose(`session ${index}`));
  expect(chosen.filter((target) => target === accounts[1]).length / 4_000).toBeCloseTo(0.75, 1);
});

/** A session that belongs to the account of that index while all are idle. */
function sessionOfAccount(accounts: readonly Candidate[], index: number): string {
  const choose = chooser(accounts.map(({ state: { id } }) => ({ state: newAccountState(id) })));
  for (let number = 0; ; number++) {
    if (choose(`session ${number}`).state.id === accounts[index]?.state.id) return `session ${number}`;
  }
}

describe("overflow", () => {
  test("goes where fewest tokens in flight times the time to a first token wait", () => {
    const accounts = pool(3);
    const [full, slow, quick] = accounts as [Candidate, Candidate, Candidate];
    const session = sessionOfAccount(accounts, 0);
    for (let index = 0; index < 3; index++) take(full);
    slow.state.firstToken.add(0, 4_000);
    expect(chooser(accounts)(session)).toBe(quick);
    // Twice the calls at a fifth of the time are still less.
    take(slow);
    take(quick);
    take(quick);
    expect(chooser(accounts)(session)).toBe(quick);
  });

  test("does not take an account of which nothing is known to be faster than those that are", () => {
    const accounts: Candidate[] = [...pool(2), { state: newAccountState("p#2") }];
    const [own, slow] = accounts as [Candidate, Candidate];
    for (let index = 0; index < 20; index++) take(own);
    slow.state.firstToken.add(0, 5_000);
    expect(chooser(accounts)(sessionOfAccount(accounts, 0))).toBe(slow);
  });

  test("goes rather to an account of more weight", () => {
    for (const weights of [
      [1, 1, 3],
      [1, 3, 1],
    ]) {
      const accounts = pool(3, weights);
      const [own] = accounts;
      if (own !== undefined) for (let index = 0; index < 20; index++) take(own);
      expect(chooser(accounts)(sessionOfAccount(accounts, 0)).weight).toBe(3);
    }
  });

  test("of many accounts goes to the better of two that are drawn", () => {
    const accounts = pool(8);
    const session = sessionOfAccount(accounts, 0);
    const [own] = accounts;
    if (own !== undefined) for (let index = 0; index < 20; index++) take(own);
    accounts[3]?.state.firstToken.add(0, 60_000);
    const choose = chooser(accounts);
    const chosen = Array.from({ length: 700 }, () => accounts.indexOf(choose(session)));
    expect(new Set(chosen)).toEqual(new Set([1, 2, 4, 5, 6, 7]));
  });
});

describe("an account that failed", () => {
  test("loses its own calls to others until it answers or ten seconds have passed", () => {
    const accounts = pool(2);
    const [own, other] = accounts as [Candidate, Candidate];
    const session = sessionOfAccount(accounts, 0);
    const choose = chooser(accounts);
    own.state.failedAt = 5_000;
    expect(choose(session, 5_000)).toBe(other);
    expect(choose(session, 14_999)).toBe(other);
    expect(choose(session, 15_000)).toBe(own);
    own.state.failedAt = Number.NEGATIVE_INFINITY;
    expect(choose(session, 6_000)).toBe(own);
  });

  test("keeps them when all have failed", () => {
    const accounts = pool(2);
    for (const { state } of accounts) state.failedAt = 1_000;
    expect(chooser(accounts)(sessionOfAccount(accounts, 1), 1_500)).toBe(accounts[1]);
  });
});

test("an account of which nothing is known gets at most a tenth of all calls while others are known", () => {
  const known = pool(1)[0] as Candidate;
  const unknown: Candidate = { state: newAccountState("p#new") };
  const session = sessionOfAccount([known, unknown], 1);
  const choose = chooser([known, unknown]);
  const chosen = Array.from({ length: 2_000 }, () => choose(session));
  expect(chosen.filter((target) => target === unknown).length / 2_000).toBeCloseTo(0.2, 1);
  // Half of all calls are its own; a fifth of them is a tenth of all.
  unknown.state.firstToken.add(0, 900);
  expect(choose(session)).toBe(unknown);
});
