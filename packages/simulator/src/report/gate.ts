import { parseDuration } from "tideover/config";
import type { Scenario } from "../scenario/scenario.ts";
import type { Comparison } from "./compare.ts";
import { mean } from "./quantile.ts";

/** What a busy time is to be survived with; the figures are means over the seeds. */
const AIMS = {
  /** Live answers in time, as a share of those of the oracle that knows every provider's state. */
  liveOfCeiling: 0.97,
  /** How far the degraded share may lie above that oracle's, as a share of all calls. */
  degradedAboveOracle: 0.03,
  /** Attempts by request and provider. */
  attempts: 1.1,
  /** Recovery, in multiples of the deadline. */
  recoveryDeadlines: 2,
} as const;
/** The deadline where a scenario's route states none, ms: the engine's default. */
const USUAL_DEADLINE_MS = 120_000;

/** One aim beside its figure, as text for people. */
export interface GateLine {
  readonly figure: "live" | "answered" | "degraded" | "wrong" | "attempts" | "recovery" | "promises";
  /** As measured. */
  readonly value: string;
  readonly aim: string;
  readonly met: boolean;
}

/**
 * Holds the engine's figures of a comparison to the aims of the busy hour.
 * @throws RangeError when the engine is not among what was compared
 */
export function judgeGate(comparison: Comparison, scenario: Scenario): readonly GateLine[] {
  const ours = comparison.strategies.find(({ strategy }) => strategy === "tideover");
  if (ours === undefined) throw new RangeError("The gate needs a comparison that Tideover takes part in.");
  const { state } = comparison.oracle;
  const { live, answered, degraded, wrong, recoveryMs } = ours.mean;
  const ofCeiling = live / state.live;
  const recoveryAim = AIMS.recoveryDeadlines * deadlineMs(scenario);
  const unanswered = ours.bySeed.reduce((sum, figures) => sum + Math.round((1 - figures.answered) * figures.calls), 0);
  const lines: GateLine[] = [
    {
      figure: "live",
      value: `${percent(live)}, ${percent(ofCeiling)} of the ceiling's ${percent(state.live)}`,
      aim: `>= ${percent(AIMS.liveOfCeiling)} of the ceiling`,
      met: ofCeiling >= AIMS.liveOfCeiling,
    },
    {
      figure: "answered",
      value: `${percent(answered)}, ${unanswered} calls not`,
      aim: "every call, by some rung, before its deadline",
      met: unanswered === 0,
    },
    {
      figure: "degraded",
      value: `${percent(degraded)}; the oracle ${percent(state.degraded)}`,
      aim: `at most ${AIMS.degradedAboveOracle * 100} points above the oracle's`,
      met: degraded <= state.degraded + AIMS.degradedAboveOracle,
    },
    { figure: "wrong", value: `${wrong}`, aim: "0", met: wrong === 0 },
    ...comparison.scenario.providers.map((provider): GateLine => {
      const asked = ours.bySeed.flatMap(({ attemptsPerProvider }) => attemptsPerProvider[provider] ?? []);
      const attempts = mean(asked);
      const value = `${provider} ${asked.length === 0 ? "never asked" : attempts.toFixed(3)}`;
      return { figure: "attempts", value, aim: `<= ${AIMS.attempts}`, met: !(attempts > AIMS.attempts) };
    }),
    {
      figure: "promises",
      value: `${ours.violations.length} broken`,
      aim: "0",
      met: ours.violations.length === 0,
    },
  ];
  if (scenario.trouble === undefined) return lines;
  const value = Number.isFinite(recoveryMs) ? `${(recoveryMs / 1_000).toFixed(1)} s` : "never";
  return [...lines, { figure: "recovery", value, aim: `<= ${recoveryAim / 1_000} s`, met: recoveryMs <= recoveryAim }];
}

function deadlineMs({ config, callers }: Scenario): number {
  const written = parseDuration(config.routes[0]?.deadline ?? "");
  const route = "value" in written ? written.value : USUAL_DEADLINE_MS;
  return Math.min(route, callers.deadlineMs ?? Number.POSITIVE_INFINITY);
}

const percent = (part: number) => `${(part * 100).toFixed(1)}%`;
