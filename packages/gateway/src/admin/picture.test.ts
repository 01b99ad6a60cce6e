import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { Totals } from "../metrics/totals.ts";
import { pictureOf } from "./picture.ts";

const CALM = { level: "normal", since: 0, at: 0, routes: [] } as const;

test("how full the gateway is, and what it refused and why, where load shedding is on", () => {
  const gauges = { callsOpen: { "": 7 }, callsAllowed: { "": 1_000 }, loopBusy: { "": 0.5 } };
  const totals = new Totals({ clock: new VirtualClock(), gauges: () => gauges });
  totals.callShed("room", 3);
  totals.callShed("room", 7);
  totals.callShed("late", 0);
  const { load, shed } = pictureOf(totals.snapshot(), CALM, []);
  expect(load).toEqual({ open: 7, allowed: 1_000, busyShare: 0.5, refused: { room: 2, late: 1 } });
  expect(shed).toEqual({});
});

test("nothing of it where it is off", () => {
  expect(pictureOf(new Totals({ clock: new VirtualClock() }).snapshot(), CALM, []).load).toBeNull();
});
