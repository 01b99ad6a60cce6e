import { expect, test } from "vitest";
import { CostBudget } from "./cost-budget.ts";

const DAY_MS = 86_400_000;
const limits = { soft: 8, hard: 10 };

test("what is under way counts, so that a burst cannot pass unpaid", () => {
  const budget = new CostBudget(DAY_MS);
  for (let call = 0; call < 8; call++) expect(budget.reserve(0, 1, limits)).toBe("reserved");
  expect(budget.reserve(0, 1, limits)).toBe("over-soft");
  expect(budget.reserve(0, 3, limits)).toBe("over-hard");
});

test("what was reserved gives way to what was spent", () => {
  const budget = new CostBudget(DAY_MS);
  budget.reserve(0, 5, limits);
  budget.settle(0, 5, 0.5);
  expect(budget.committed(0)).toBeCloseTo(0.5);
  budget.reserve(0, 1, limits);
  budget.settle(0, 1, 9.4);
  expect(budget.reserve(0, 0.2, limits)).toBe("over-hard");
});

test("a day later it is forgotten", () => {
  const budget = new CostBudget(DAY_MS);
  budget.reserve(0, 1, limits);
  budget.settle(0, 1, 9);
  expect(budget.reserve(DAY_MS / 2, 1, limits)).toBe("over-soft");
  expect(budget.reserve(DAY_MS + budget.forgetsWithinMs, 1, limits)).toBe("reserved");
});

test("rounding leaves nothing behind when all is settled", () => {
  const budget = new CostBudget(DAY_MS);
  for (const cost of [0.1, 0.2, 0.7]) budget.reserve(0, cost, {});
  for (const cost of [0.2, 0.7, 0.1]) budget.settle(0, cost, 0);
  expect(budget.committed(0)).toBe(0);
});

test("a window without length is refused", () => {
  expect(() => new CostBudget(0)).toThrow(/got 0/);
});

test("what is settled gives back its own reservation, and leaves the others'", () => {
  const budget = new CostBudget(DAY_MS);
  budget.reserve(0, 3, limits);
  budget.reserve(0, 2, limits);
  budget.settle(0, 3, 1);
  expect(budget.committed(0)).toBeCloseTo(3);
  budget.settle(0, 2, 0);
  expect(budget.committed(0)).toBe(1);
});

test("limits are the most that fits, and need not be there", () => {
  const budget = new CostBudget(DAY_MS);
  expect(budget.reserve(0, 8, limits)).toBe("reserved");
  expect(budget.reserve(0, 2, limits)).toBe("over-soft");
  expect(budget.reserve(0, 2, { hard: 10 })).toBe("reserved");
  expect(budget.reserve(0, 1_000, {})).toBe("reserved");
  expect(() => new CostBudget(Number.NaN)).toThrow(/got NaN/);
});
