import type { CallRecord, TryRecord } from "../scenario/call-record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { type Invariant, perCall, type Violation } from "./invariant.ts";

/** Refusals by the rate of the caller's own key, which come before any rung. */
const OWN_RATE: ReadonlySet<string> = new Set(["requests-quota", "tokens-quota"]);
/** Rounding of virtual time, ms. */
const TOLERANCE_MS = 0.001;

/** 4: no answer after its deadline; when any rung can answer, the reserve for it is kept. */
export const inTime: Invariant = perCall(
  4,
  "No answer after its deadline; when any rung can answer, the reserve for it is kept.",
  (call, scenario) => call.tries.flatMap((record) => inOneTry(call, record, hasSureRung(scenario))),
);

function inOneTry({ index, streamed }: CallRecord, record: TryRecord, alwaysAnswers: boolean): Violation[] {
  const { verdict, deadlineAt, firstContentAt, endedAt, failureKind, failureReason } = record;
  const violations: Violation[] = [];
  const there = streamed || record.rung === undefined ? firstContentAt : endedAt;
  if (there !== undefined && there > deadlineAt + TOLERANCE_MS) {
    const late = Math.round(there - deadlineAt);
    violations.push({ promise: 4, call: index, message: `Call ${index} was answered ${late} ms after its deadline.` });
  }
  if (verdict === "failed" && endedAt !== undefined && endedAt > deadlineAt + TOLERANCE_MS) {
    violations.push({ promise: 4, call: index, message: `Call ${index} was told of its failure after its deadline.` });
  }
  const isOwnRate = failureReason !== undefined && OWN_RATE.has(failureReason);
  if (verdict === "failed" && alwaysAnswers && failureKind !== "caller" && !isOwnRate) {
    const message = `Call ${index} failed (${failureKind}, ${failureReason}), though its ladder ends in a rung that always answers.`;
    violations.push({ promise: 4, call: index, message });
  }
  return violations;
}

/** Every ladder ends in a text that needs nothing of the request. */
function hasSureRung({ config }: Scenario): boolean {
  return config.routes.every(({ ladder }) => {
    const last = ladder.at(-1);
    return typeof last === "object" && "template" in last && !last.template.text.includes("{{");
  });
}
