import { expect, test } from "vitest";
import { AdmissionLevel } from "./admission-level.ts";

const make = () => new AdmissionLevel({ classes: 4, stepMs: 1_000, fall: 0.05, rise: 0.01 });

test("at first everybody is admitted", () => {
  const admission = make();
  expect(admission.isOpen).toBe(true);
  expect(admission.admits(3.99)).toBe(true);
});

test("under pressure it falls by 5% a second, class by class, but never into the first", () => {
  const admission = make();
  for (let second = 0; second < 6; second++) admission.observe(second * 1_000, true);
  expect(admission.level).toBeCloseTo(4 * 0.95 ** 6);
  expect(admission.admits(3)).toBe(false);
  expect(admission.admits(2.9)).toBe(true);
  for (let second = 6; second < 200; second++) admission.observe(second * 1_000, true);
  expect(admission.level).toBe(1);
  expect(admission.admits(0.999)).toBe(true);
  expect(admission.admits(1)).toBe(false);
});

test("a refusal counts as pressure while less important calls are admitted, and only then", () => {
  const admission = make();
  admission.observe(0, false);
  admission.noteRefusal(1);
  admission.observe(1_000, false);
  expect(admission.level).toBeCloseTo(3.8);
  for (let second = 2; second < 60; second++) {
    admission.noteRefusal(1);
    admission.observe(second * 1_000, false);
  }
  expect(admission.level).toBeGreaterThan(1.9);
  expect(admission.level).toBeLessThan(2.02);
});

test("several looks within a step are one step", () => {
  const admission = make();
  for (let ms = 0; ms < 1_000; ms += 10) admission.observe(ms, true);
  expect(admission.level).toBeCloseTo(3.8);
});

test("it rises by 1% a second, also over a pause", () => {
  const admission = make();
  for (let second = 0; second < 100; second++) admission.observe(second * 1_000, true);
  admission.observe(109_000, false);
  expect(admission.level).toBeCloseTo(1.01 ** 10);
  admission.observe(3_600_000, false);
  expect(admission.isOpen).toBe(true);
});

test("a shape that cannot work is refused with its values", () => {
  expect(() => new AdmissionLevel({ classes: 4, stepMs: 0, fall: 0.05, rise: 0.01 })).toThrow(/"stepMs":0/);
});
