import { expect, test } from "vitest";
import { decideByModel } from "./backup-model.ts";
import { runLoad } from "./load-run.ts";
import { type Payment, payments } from "./payment.ts";
import { verdictIn } from "./question.ts";
import { decideByRules } from "./rules.ts";
import { planOf } from "./run-plan.ts";

const PLAIN: Payment = {
  id: "p",
  amountCents: 5_000,
  accountAgeDays: 900,
  lastHour: 0,
  sameCountry: true,
  note: "Thank you!",
};
/** What a machine with other work may take for what takes 140 ms alone, in ms. */
const LOADED_MS = 2_000;
const SHORT = { perSecond: 40, seconds: 2, reconcileMs: 30_000 };

test("rules decide what is plain and leave the rest", () => {
  expect(decideByRules(PLAIN)).toBe("approve");
  expect(decideByRules({ ...PLAIN, lastHour: 7 })).toBe("decline");
  expect(decideByRules({ ...PLAIN, sameCountry: false, amountCents: 90_000 })).toBe("decline");
  expect(decideByRules({ ...PLAIN, accountAgeDays: 3 })).toBeUndefined();
});

test("the backup always decides, and reads the signs", () => {
  expect(decideByModel(PLAIN).verdict).toBe("approve");
  const doubtful = { ...PLAIN, accountAgeDays: 1, sameCountry: false, note: "codes by chat please" };
  expect(decideByModel(doubtful)).toMatchObject({ verdict: "decline" });
});

test("a verdict is a word of the answer, or none", () => {
  expect(["Approve.", "I would decline", "It approves", "", undefined].map(verdictIn)).toEqual([
    "approve",
    "decline",
    undefined,
    undefined,
    undefined,
  ]);
});

test("payments are the same for the same seed", () => {
  expect(payments(3).next().value).toEqual(payments(3).next().value);
});

test("while the model answers, it decides what rules cannot", async () => {
  const { payments: all, undecided, bySource, reconciled } = await runLoad({ ...SHORT, seconds: 1, mood: "answers" });
  expect(undecided).toBe(0);
  expect(bySource.rules + bySource.model + bySource.backup).toBe(all);
  expect(bySource.model).toBeGreaterThan(0);
  expect(reconciled.waiting).toBe(0);
}, 60_000);

for (const mood of ["hangs", "stalls"] as const) {
  test(`while the model ${mood}, the backup decides in time, and the model judges later`, async () => {
    const { payments: all, undecided, bySource, ms, reconciled } = await runLoad({ ...SHORT, mood });
    expect(undecided).toBe(0);
    expect(bySource).toEqual({ rules: expect.any(Number), model: 0, backup: all - bySource.rules });
    expect(bySource.backup).toBeGreaterThan(0);
    expect(ms.p50).toBeLessThan(LOADED_MS);
    expect(reconciled).toMatchObject({ waiting: 0, lost: 0 });
    expect(reconciled.confirmed + reconciled.overturned).toBe(bySource.backup);
    expect(reconciled.overturned).toBeGreaterThan(0);
  }, 60_000);
}

test("a command that cannot be understood is told what would be right", () => {
  expect(planOf([])).toEqual({ perSecond: 100, seconds: 60, mood: "hangs", reconcileMs: 300_000 });
  expect(planOf(["--help"])).toBe("help");
  expect(planOf(["--rate", "5", "--seconds", "0.5", "--mood", "stalls"])).toMatchObject({ perSecond: 5, seconds: 0.5 });
  expect(() => planOf(["--mood", "foo"])).toThrow('--mood is one of answers, hangs, stalls, not "foo".');
  expect(() => planOf(["--rate", "many"])).toThrow('--rate is a number above 0, at most 10000, not "many".');
  expect(() => planOf(["--seconds", "0"])).toThrow("--seconds is a number above 0");
  expect(() => planOf(["--colour", "red"])).toThrow("--colour");
});
