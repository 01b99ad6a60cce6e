import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure, type RungReason } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import { deadlineFailure, within } from "../deadline/deadline.ts";
import { MOST_RESERVE_MS, MOST_RESERVE_SHARE } from "./defaults.ts";
import { unlessEarlier } from "./serve-early.ts";

/** One way to answer, in its place on a ladder. */
export interface Rung {
  /** As the configuration names it; a live group carries the names of its providers: `deepseek > ark`. */
  readonly name: string;
  readonly service: Service;
  /** It may take long, so it must leave the reserve to the rungs below it. */
  readonly slow: boolean;
  /** It stands in for a provider's answer; a call that wants only that (`liveOnly`) passes it by. Default: it does not. */
  readonly standsIn?: boolean | undefined;
  /** Whether a call may take it; for one that may not, it is not there. Default: every call. */
  readonly takes?: ((call: Call) => boolean) | undefined;
  /** Why it does not take a call that could have had it otherwise: named among the reasons. Absent: it is not named. */
  readonly whyNot?: ((call: Call) => string | undefined) | undefined;
  /** Asked out of its turn when a slow rung above has shown nothing so long after the call's start, in ms. */
  readonly earlyMs?: number | undefined;
}

/**
 * Tries one rung after the other until one answers. A caller's own fault and a cancelled call end the descent; every
 * other failure leads one rung down, as long as there is time.
 */
export function ladder(rungs: readonly Rung[], environment: EngineEnvironment): Service {
  const { clock, emit } = environment;
  if (rungs.length === 0) throw new RangeError("A ladder needs at least one rung.");
  const isOpenToAll = rungs.every(({ takes }) => takes === undefined);
  return async (call) => {
    const usable = isOpenToAll && call.liveOnly !== true ? rungs : rungs.filter((rung) => isOpenTo(rung, call));
    const failures: { rung: Rung; failure: Failure }[] = [];
    for (const [index, rung] of usable.entries()) {
      emit?.({ type: "rung-entered", call, rung: rung.name });
      const isLast = index === usable.length - 1;
      const outcome = await (rung.slow && !isLast
        ? within(withReserve(call), besideEarly(rung, usable.slice(index + 1), environment), clock)
        : rung.service(call));
      if (outcome.type !== "failure" || outcome.kind === "caller" || outcome.kind === "cancelled") return outcome;
      emit?.({ type: "rung-failed", call, rung: rung.name, failure: outcome });
      failures.push({ rung, failure: outcome });
      if (clock.now() >= call.deadline) return { ...deadlineFailure(), rungs: reasons(failures) };
    }
    return exhausted(failures, isOpenToAll ? [] : unasked(rungs, call));
  };
}

/** The rungs that were there for other calls, each with the reason why it was not there for this one. */
function unasked(rungs: readonly Rung[], call: Call): RungReason[] {
  return rungs.flatMap((rung): RungReason[] => {
    const message = isOpenTo(rung, call) ? undefined : rung.whyNot?.(call);
    return message === undefined ? [] : [{ rung: rung.name, kind: "incompatible", reason: "not-asked-for", message }];
  });
}

function isOpenTo({ takes, standsIn }: Rung, call: Call): boolean {
  return !(call.liveOnly === true && standsIn === true) && (takes?.(call) ?? true);
}

/** A slow rung's service, with the first of those below it that may be asked out of its turn. */
function besideEarly({ service }: Rung, below: readonly Rung[], { clock, emit }: EngineEnvironment): Service {
  const early = below.find(({ earlyMs }) => earlyMs !== undefined);
  if (early?.earlyMs === undefined) return service;
  const asked: Service = (call) => {
    emit?.({ type: "rung-entered", call, rung: early.name });
    return early.service(call);
  };
  return unlessEarlier(service, asked, early.earlyMs, clock);
}

/** The call with its deadline moved up by the reserve for the rungs below. */
function withReserve(call: Call): Call {
  const reserve = Math.min(MOST_RESERVE_MS, MOST_RESERVE_SHARE * (call.deadline - call.startedAt));
  return { ...call, deadline: call.deadline - reserve };
}

/** What the caller is told when no rung answered. */
function exhausted(failures: readonly { rung: Rung; failure: Failure }[], others: readonly RungReason[]): Outcome {
  const rungs = [...reasons(failures), ...others];
  const waits = failures.flatMap(({ failure: { retryAfterMs } }) => retryAfterMs ?? []);
  const retryAfterMs = waits.length > 0 ? Math.min(...waits) : undefined;
  const last = failures.at(-1)?.failure;
  const callers = failures.find(isCallers)?.failure;
  if (callers !== undefined && failures.every((one) => !one.rung.slow || isCallers(one))) {
    return { ...callers, kind: "caller", rungs, retryAfterMs: undefined };
  }
  if (failures.length === 1 && last?.code !== undefined) return { ...last, rungs, retryAfterMs };
  const unusable = failures.find(({ failure: { kind } }) => kind === "credential")?.failure;
  if (unusable !== undefined && failures.every(({ rung, failure: { kind } }) => !rung.slow || kind === "credential")) {
    return { ...unusable, code: "provider_unusable", rungs, retryAfterMs };
  }
  if (failures.length === 1 && last?.kind === "deadline") return { ...last, rungs };
  return failure(last?.kind ?? "fault", "ladder-exhausted", `No rung could answer: ${rungs.map(sentence).join(" ")}`, {
    code: "ladder_exhausted",
    rungs,
    retryAfterMs,
  });
}

/** A live group that says that the request itself is what no provider takes: too long for all of them, say. */
function isCallers({ rung, failure: { code } }: { readonly rung: Rung; readonly failure: Failure }): boolean {
  return rung.slow && code === "invalid_request";
}

/** A reason that can stand beside others: with its rung's name before it, and an end. */
function sentence({ rung, message }: RungReason): string {
  const named = message.startsWith(`${rung} `) || message.startsWith(`${rung}:`) ? message : `${rung}: ${message}`;
  return /[.!?。！？]$/.test(named) ? named : `${named}.`;
}

/** A live group tells of each of its providers, which are rungs of the route's ladder like the others. */
function reasons(failures: readonly { rung: Rung; failure: Failure }[]): RungReason[] {
  return failures.flatMap(({ rung, failure: { kind, reason, message, rungs } }) =>
    rungs !== undefined && rungs.length > 0 ? rungs : [{ rung: rung.name, kind, reason, message }],
  );
}
