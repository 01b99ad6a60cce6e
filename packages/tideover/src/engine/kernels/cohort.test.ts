import { expect, test } from "vitest";
import { cohortOf } from "./cohort.ts";

const HOUR_MS = 3_600_000;

test("a session keeps its place for the hour and gets another in the next", () => {
  const now = 500_000 * HOUR_MS;
  expect(cohortOf("shop\nrun-7", now)).toBe(cohortOf("shop\nrun-7", now + HOUR_MS - 1));
  expect(cohortOf("shop\nrun-7", now)).not.toBe(cohortOf("shop\nrun-7", now + HOUR_MS));
});

test("sessions are spread evenly, also when their names differ only in the last digit", () => {
  const tenths = new Array<number>(10).fill(0);
  for (let run = 0; run < 10_000; run++) {
    const tenth = Math.floor(cohortOf(`shop\nrun-${run}`, 0) * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});
