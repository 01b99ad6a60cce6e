import { expect, test } from "vitest";
import { TokenBudget } from "./token-budget.ts";

const shape = { share: 0.1, windowMs: 60_000, reserveCalls: 6 };

test("in steady traffic at most the share goes to retries", () => {
  const budget = new TokenBudget(shape);
  let retries = 0;
  for (let at = 0; at < 600_000; at += 100) {
    budget.deposit(at, 50);
    if (budget.withdraw(at, 50)) retries++;
  }
  expect(retries / 6_000).toBeGreaterThan(0.095);
  expect(retries / 6_000).toBeLessThan(0.115);
});

test("a quiet app may retry a few calls from the reserve, and again a window later", () => {
  const budget = new TokenBudget(shape);
  budget.deposit(0, 100);
  const granted = Array.from({ length: 10 }, () => budget.withdraw(0, 100)).filter(Boolean).length;
  expect(granted).toBe(6);
  expect(budget.withdraw(30_000, 100)).toBe(false);
  expect(budget.withdraw(120_000, 100)).toBe(true);
});

test("a little traffic does not add the reserve to its share", () => {
  const budget = new TokenBudget(shape);
  let retries = 0;
  for (let at = 0; at < 600_000; at += 1_000) {
    budget.deposit(at, 50);
    if (budget.withdraw(at, 50)) retries++;
  }
  expect(retries / 600).toBeLessThan(0.11);
});

test("a retry ten times as long costs ten times as much", () => {
  const budget = new TokenBudget({ ...shape, reserveCalls: 0 });
  for (let call = 0; call < 100; call++) budget.deposit(0, 10);
  expect(budget.withdraw(0, 101)).toBe(false);
  expect(budget.withdraw(0, 100)).toBe(true);
  expect(budget.withdraw(0, 1)).toBe(false);
});

test("a caller's own retries are debited even when nothing is left", () => {
  const budget = new TokenBudget(shape);
  budget.deposit(0, 100);
  for (let i = 0; i < 20; i++) budget.debit(0, 100);
  expect(budget.available(0, 100)).toBeLessThan(0);
  expect(budget.withdraw(0, 1)).toBe(false);
});

test("a negative share is refused with its value", () => {
  expect(() => new TokenBudget({ ...shape, share: -1 })).toThrow(/-1/);
});

test("what was saved up in a minute is not spent in a moment", () => {
  const budget = new TokenBudget({ share: 0.1, windowMs: 60_000, reserveCalls: 2 });
  // Two calls a second for a minute would allow twelve at once.
  for (let call = 0; call < 120; call++) budget.deposit(call * 500, 10);
  let spent = 0;
  while (budget.withdraw(59_999, 10)) spent++;
  expect(spent).toBe(4);
  for (let call = 0; call < 20; call++) budget.deposit(60_000 + call * 500, 10);
  expect(budget.withdraw(72_000, 10)).toBe(true);
});

test("on credit as much again can be spent", () => {
  const budget = new TokenBudget({ share: 0.1, windowMs: 60_000, reserveCalls: 2 });
  const spend = (onCredit: boolean) => {
    let spent = 0;
    while (budget.withdraw(0, 10, onCredit)) spent++;
    return spent;
  };
  expect(spend(false)).toBe(2);
  expect(spend(true)).toBe(2);
  expect(spend(true)).toBe(0);
  for (let call = 0; call < 100; call++) budget.deposit(0, 10);
  expect([spend(false), spend(true)]).toEqual([6, 10]);
});
