import { allAnswered, askedPrimary, attemptsPerCall, oldSince, refusedAtOnce, within } from "./checks.ts";
import type { Scenario } from "./scenario.ts";

/** Most requests per call and provider that a crowd of failing calls may cost. */
const MOST_ATTEMPTS = 1.1;
/** Calls of a crowd. */
const CROWD = 200;

/** From when on nobody answers any more, in ms. */
const STALE_AFTER_MS = 4_000;
/** Calls of the crowd that is too much, and what each provider bears of it at once. */
const SHED_CROWD = 40;
const SLOTS = 5;
/** Every fourth call of that crowd, so that none comes first as a class. */
const isCritical = (index: number) => index % 4 === 3;

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
  {
    id: "X06",
    title: "Coalescing",
    fault: `${CROWD} calls at once with the same question at temperature 0.`,
    right: "All answered in full, and the provider is asked once.",
    crowd: CROWD,
    sameQuestion: true,
    patienceMs: 60_000,
    checks: [{ name: "asked once", advisory: true, ...askedPrimary({ least: 1, most: 1 }) }],
  },
  {
    id: "X07",
    title: "Stale answer",
    fault: "A question is answered; asked again 5 s later, both providers answer 503.",
    right: "The last good answer, marked with its age.",
    primary: ({ sinceMs }) => (sinceMs < STALE_AFTER_MS ? undefined : "503"),
    fallback: () => "503",
    sequence: { count: 2, everyMs: 5_000 },
    endsWithStale: true,
    patienceMs: 60_000,
    checks: [oldSince(STALE_AFTER_MS)],
  },
  {
    id: "X08",
    title: "Shedding",
    fault: `${SHED_CROWD} calls at once, every fourth critical, the others background; each provider's account bears ${SLOTS} calls at once and answers 429 beyond.`,
    right: "Every critical call is answered; what is too much of the others is refused at once, with Retry-After.",
    crowd: SHED_CROWD,
    headersOf: (index) => ({ priority: isCritical(index) ? "u=0" : "u=7" }),
    slots: SLOTS,
    ideal: "mixed",
    patienceMs: 60_000,
    checks: [
      allAnswered("every critical call answered", isCritical),
      refusedAtOnce("background refused at once with Retry-After", (index) => !isCritical(index), {
        least: SHED_CROWD / 2,
        mostMs: 1_000,
      }),
      attemptsPerCall(MOST_ATTEMPTS),
    ],
  },
];
