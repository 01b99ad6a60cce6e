import type { Judged, Measured, Scenario } from "./scenario.ts";

/** What a pass means. */
const PASSED = { success: "rescued", error: "refusal passed on", mixed: "answered and refused as it should be" };

/**
 * The verdict of the bench (its methodology 0.1):
 * - `pass`: the caller got what is ideal, and every check holds;
 * - `partial`: the same, but an advisory check does not hold, or a refusal was answered by going around it;
 * - `safe`: not rescued, but told so in time, and every required check holds;
 * - `fail`: a hang, a truncated or other text passed as a whole answer, or a required check that does not hold.
 *
 * Where some callers should get an answer and others an error, the checks alone decide.
 */
export function judge(scenario: Scenario, measured: Measured): Judged {
  const { calls } = measured;
  const ideal = scenario.ideal ?? "success";
  if (calls.some(({ outcome }) => outcome === "hang")) return { verdict: "fail", reason: "hang" };
  const wrong = calls.find(({ outcome, complete }) => outcome === "success" && !complete);
  if (wrong !== undefined && ideal !== "error") {
    return { verdict: "fail", reason: "truncated or altered answer passed as whole" };
  }
  const broken = scenario.checks.filter((check) => !check.holds(measured));
  const required = broken.filter(({ advisory }) => advisory !== true).map(({ name }) => name);
  if (required.length > 0) return { verdict: "fail", reason: `not: ${required.join(", ")}` };
  const error = calls.find(({ outcome }) => outcome === "error");
  if (ideal === "error") {
    if (calls.some(({ outcome }) => outcome === "success")) {
      return { verdict: "partial", reason: "answered by going around the refusal" };
    }
  } else if (error !== undefined && ideal === "success")
    return { verdict: "safe", reason: `flagged: ${error.error ?? "an error"}` };
  const advisory = broken.map(({ name }) => name);
  if (advisory.length > 0) return { verdict: "partial", reason: `rescued; not: ${advisory.join(", ")}` };
  return { verdict: "pass", reason: PASSED[ideal] };
}
