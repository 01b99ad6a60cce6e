import type { AttemptEntry, CallRecord, TryRecord } from "../scenario/call-record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { RunSummary } from "../scenario/scenario-result.ts";
import { type Invariant, perCall, type Violation } from "./invariant.ts";

/** Attempts that may have ended before anything was sent. */
const PERHAPS_UNSENT: ReadonlySet<string> = new Set(["incompatible", "cancelled", "deadline"]);

const TITLE = "Provenance is true for every answer.";

const noLies = perCall(10, TITLE, (call, scenario) =>
  call.tries.flatMap((record) => {
    const lie = lieOf(call, record, scenario);
    return lie === undefined ? [] : [{ promise: 10, call: call.index, message: `Call ${call.index} ${lie}` }];
  }),
);

/** 10: provenance is true for every answer. */
export const trueProvenance: Invariant = {
  promise: 10,
  title: TITLE,
  begin(scenario) {
    const lies = noLies.begin(scenario);
    const told = new Map<string, Told>();
    return {
      add(call) {
        for (const { attempts } of call.tries) for (const attempt of attempts) count(told, attempt);
        return lies.add(call);
      },
      end: (run) => [...lies.end(run), ...miscounts(told, run)],
    };
  },
};

function lieOf(call: CallRecord, record: TryRecord, scenario: Scenario): string | undefined {
  const { verdict, rung, provider, degraded, attempts } = record;
  if (verdict !== "right" && verdict !== "degraded") return undefined;
  const committed = attempts.filter(({ committedAt }) => committedAt !== undefined);
  if (provider === undefined) {
    if (rung === "live" || rung === "alternate" || rung === "local") return `names no provider for the rung ${rung}.`;
    if (rung === "cache") return degraded === true ? "calls a fresh copy degraded." : undefined;
    return degraded === true ? undefined : `calls the rung ${rung} undegraded.`;
  }
  // Made for another call of the same tenant, whose record tells who gave it.
  if (rung === "cache" || rung === "stale" || record.joined === true) return undefined;
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

/** Attempts at one provider that the records tell of. */
interface Told {
  all: number;
  surelySent: number;
}

function count(told: Map<string, Told>, { provider, outcome }: AttemptEntry): void {
  const counts = told.get(provider) ?? { all: 0, surelySent: 0 };
  counts.all++;
  if (!PERHAPS_UNSENT.has(outcome)) counts.surelySent++;
  told.set(provider, counts);
}

/** What the engine says it sent is what the providers have seen. */
function miscounts(told: ReadonlyMap<string, Told>, { providers, backlog }: RunSummary): Violation[] {
  return Object.entries(providers).flatMap(([name, seen]) => {
    const { all, surelySent } = told.get(name) ?? { all: 0, surelySent: 0 };
    const requests = seen.requests - (backlog?.attempts[name] ?? 0);
    if (requests >= surelySent && requests <= all) return [];
    return [{ promise: 10, message: `${name} has seen ${requests} requests; the provenance tells of ${all}.` }];
  });
}
