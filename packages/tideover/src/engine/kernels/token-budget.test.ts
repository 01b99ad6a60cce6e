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
