import { askedPrimary, attemptsPerCall, within } from "./checks.ts";
import type { Scenario } from "./scenario.ts";

/** Most requests per call and provider that a crowd of failing calls may cost. */
const MOST_ATTEMPTS = 1.1;
/** Calls of a crowd. */
const CROWD = 200;

/** What Failover Bench does not test, judged by its rules. */
export const EXTRAS: readonly Scenario[] = [
  {
    id: "X01",
    title: "Comment flood",
    fault: "200, then a keep-alive comment every millisecond and no content.",
    right: "Comments are no sign of an answer: fail over within the first-token limit.",
    primary: () => "comment-flood-1",
    patienceMs: 60_000,
    checks: [within("first-token limit (15 s)", 15_000)],
  },
  {
    id: "X02",
    title: "Trickle",
    fault: "A sound stream at one token every 5 s.",
    right: "Notice it and finish the answer elsewhere within 60 s.",
    primary: () => "trickle-5000",
    patienceMs: 60_000,
    checks: [],
  },
  {
    id: "X03",
    title: "Retry storm, one provider dead",
    fault: `${CROWD} calls at once; the primary answers 503 to all.`,
    right: `All answered, at most ${MOST_ATTEMPTS} requests per call and provider.`,
    primary: () => "503",
    crowd: CROWD,
    patienceMs: 60_000,
    checks: [attemptsPerCall(MOST_ATTEMPTS)],
  },
  {
    id: "X04",
    title: "Retry storm, all providers dead",
    fault: `${CROWD} calls at once; both providers answer 503 to all.`,
    right: `All told so in time, at most ${MOST_ATTEMPTS} requests per call and provider.`,
    primary: () => "503",
    fallback: () => "503",
    ideal: "error",
    crowd: CROWD,
    patienceMs: 60_000,
    checks: [attemptsPerCall(MOST_ATTEMPTS)],
  },
  {
    id: "X05",
    title: "Deadline",
    fault: "The caller gives 2 s (as OpenAI's SDK tells its timeout); both providers are silent.",
    right: "An error by then, and one request to each provider at most.",
    primary: () => "silence",
    fallback: () => "silence",
    ideal: "error",
    headers: { "x-stainless-timeout": "2" },
    holdMs: 120_000,
    patienceMs: 40_000,
    checks: [
      within("by the deadline (2 s and 0.5 s)", 2_500),
      { name: "silent route not retried", ...askedPrimary({ most: 1 }) },
    ],
  },
];

/** What is still to be tested here, and why it is not yet. */
export const NOT_MEASURED: readonly {
  readonly id: string;
  readonly title: string;
  readonly right: string;
  readonly why: string;
}[] = [
  { id: "X06", title: "Coalescing", right: "A crowd with one question costs one request.", why: "not built yet" },
  {
    id: "X07",
    title: "Stale answer",
    right: "With all providers dead, the last good answer, marked with its age.",
    why: "not built yet",
  },
  {
    id: "X08",
    title: "Shedding",
    right: "Beyond the limit, background calls are refused before critical ones.",
    why: "built, not measured here yet",
  },
];
