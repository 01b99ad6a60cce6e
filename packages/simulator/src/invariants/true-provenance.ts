import { attemptsOf, type CallRecord, type TryRecord } from "../scenario/call-record.ts";
import type { ScenarioResult } from "../scenario/scenario-result.ts";
import type { Invariant, Violation } from "./invariant.ts";

/** Attempts that may have ended before anything was sent. */
const PERHAPS_UNSENT: ReadonlySet<string> = new Set(["incompatible", "cancelled", "deadline"]);

/** 10: provenance is true for every answer. */
export const trueProvenance: Invariant = {
  promise: 10,
  title: "Provenance is true for every answer.",
  check(result) {
    const violations = result.calls.flatMap((call) =>
      call.tries.flatMap((record) => {
        const lie = lieOf(call, record, result);
        return lie === undefined ? [] : [{ promise: 10, call: call.index, message: `Call ${call.index} ${lie}` }];
      }),
    );
    return [...violations, ...miscounts(result)];
  },
};

function lieOf(call: CallRecord, record: TryRecord, { scenario }: ScenarioResult): string | undefined {
  const { verdict, rung, provider, degraded, attempts } = record;
  if (verdict !== "right" && verdict !== "degraded") return undefined;
  const committed = attempts.filter(({ committedAt }) => committedAt !== undefined);
  if (provider === undefined) {
    if (rung === "live" || rung === "alternate" || rung === "local") return `names no provider for the rung ${rung}.`;
    return degraded === true ? undefined : `calls the rung ${rung} undegraded.`;
  }
  // A stream, and an answer that was continued, names who began it (the seam names the other); one that was asked for
  // again, who gave it.
  const answering = call.streamed || record.seams > 0 ? committed[0] : committed.at(-1);
  if (answering?.provider !== provider) return `names ${provider}, but ${answering?.provider ?? "nobody"} answered.`;
  const first = scenario.config.routes
    .flatMap(({ ladder }) => ladder)
    .find((entry) => typeof entry === "string" && entry in scenario.providers);
  const isDegraded = scenario.config.providers[provider]?.degraded === true;
  if (degraded !== isDegraded) return `says degraded: ${degraded} of an answer of ${provider}.`;
  if (rung !== "local" && rung !== (provider === first ? "live" : "alternate")) return `says ${rung} for ${provider}.`;
  return undefined;
}

/** What the engine says it sent is what the providers have seen. */
function miscounts({ calls, providers }: ScenarioResult): Violation[] {
  const attempts = calls.flatMap(attemptsOf);
  return Object.entries(providers).flatMap(([name, { requests }]) => {
    const told = attempts.filter(({ provider }) => provider === name);
    const surelySent = told.filter(({ outcome }) => !PERHAPS_UNSENT.has(outcome)).length;
    if (requests >= surelySent && requests <= told.length) return [];
    return [{ promise: 10, message: `${name} has seen ${requests} requests; the provenance tells of ${told.length}.` }];
  });
}
