import {
  ALIVE,
  askedPrimary,
  NO_PREFIX_MASKING,
  namesFallback,
  noHammering,
  recoveredWithin,
  servedUntil,
  USAGE,
  waitedBeforeRetry,
  within,
} from "./checks.ts";
import { FALLBACK_MODEL } from "./names.ts";
import type { Check, Scenario } from "./scenario.ts";

/** How long the primary provider of S15 is down, in ms. */
const OUTAGE_MS = 60_000;
const BOUNDED: Check = { name: "bounded attempts", ...askedPrimary({ most: 6 }) };
const NOT_RETRIED: Check = { name: "the same model is not asked again", ...askedPrimary({ least: 1, most: 1 }) };

/** The rest of an answer that was cut after 40 of 60 tokens is shorter than 40 tokens, so the cut does not reach it. */
const cutAfter40: Scenario["primary"] = ({ continues }) => (continues ? undefined : "cut-40");

/**
 * The sixteen scenarios of Failover Bench, methodology 0.1, with its times, bounds and checks
 * (github.com/failoverbench/failoverbench, `scenarios/catalogue.yaml`), on Tideover's simulated provider.
 */
export const FAILOVER_BENCH: readonly Scenario[] = [
  {
    id: "S01",
    title: "429 with Retry-After",
    fault: "The first request gets 429 with `Retry-After: 2`; later ones succeed.",
    right: "Wait as told, or fail over.",
    primary: () => "429-once-2",
    patienceMs: 20_000,
    checks: [
      { name: "retried", advisory: true, ...askedPrimary({ least: 2 }) },
      waitedBeforeRetry(1_800),
      noHammering(2, 1_500),
    ],
  },
  {
    id: "S02",
    title: "429 without Retry-After, persistent",
    fault: "Every request gets 429.",
    right: "Back off or fail over, never hammer.",
    primary: () => "429",
    patienceMs: 40_000,
    checks: [noHammering(4, 3_000), BOUNDED],
  },
  {
    id: "S03",
    title: "500 once, then healthy",
    fault: "The first request gets 500; the second succeeds.",
    right: "Retry once, or fail over (noted).",
    primary: () => "500-once",
    patienceMs: 20_000,
    checks: [{ name: "same provider retried", advisory: true, ...askedPrimary({ least: 2 }) }],
  },
  {
    id: "S04",
    title: "503 persistent",
    fault: "Every request gets 503.",
    right: "Fail over within bounds.",
    primary: () => "503",
    patienceMs: 40_000,
    checks: [BOUNDED],
  },
  {
    id: "S05",
    title: "TCP reset before headers",
    fault: "The first connection is reset before a byte; later ones are sound.",
    right: "Retry or fail over.",
    primary: () => "reset-once",
    patienceMs: 20_000,
    checks: [],
  },
  {
    id: "S06",
    title: "No response at all",
    fault: "The request is taken and nothing comes for 120 s.",
    right: "Give up in time and fail over; do not retry a silent route.",
    primary: () => "silence",
    holdMs: 120_000,
    patienceMs: 130_000,
    checks: [
      within("within the budget of 100 s", 100_000),
      { name: "silent route not retried", advisory: true, ...askedPrimary({ most: 1 }) },
    ],
  },
  {
    id: "S07",
    title: "Slow first token",
    fault: "Headers at once, the first token after 20 s.",
    right: "Answer; a first-token limit that leads to failover is the mature way.",
    primary: () => "late-first-token-20000",
    patienceMs: 60_000,
    checks: [within("first-token limit (15 s)", 15_000, true)],
  },
  {
    id: "S08",
    title: "Stream cut mid-answer",
    fault: "The connection closes after 40 of 60 tokens.",
    right: "The whole answer, or a clear error.",
    primary: cutAfter40,
    patienceMs: 40_000,
    checks: [],
  },
  {
    id: "S09",
    title: "Stream stalls",
    fault: "After 20 tokens 30 s of silence, then the connection closes.",
    right: "Notice it in time; the whole answer, or a clear error.",
    primary: () => "stall-20",
    holdMs: 30_000,
    patienceMs: 70_000,
    checks: [within("bounded (45 s)", 45_000), ALIVE],
  },
  {
    id: "S10",
    title: "Malformed chunk in the stream",
    fault: "The tenth event is broken JSON between sound ones.",
    right: "Skip it or flag it; no garbage.",
    primary: () => "malformed-10",
    patienceMs: 30_000,
    checks: [ALIVE],
  },
  {
    id: "S11",
    title: "Stream ends without [DONE]",
    fault: "A whole stream without its sentinel.",
    right: "Finish promptly, with usage.",
    primary: () => "no-done",
    patienceMs: 30_000,
    checks: [within("finished promptly (8 s)", 8_000), USAGE],
  },
  {
    id: "S12",
    title: "Context length exceeded",
    fault: "400: the context is too long.",
    right: "Do not ask the same model again; a larger one if there is one.",
    primary: () => "context-length",
    // A host that is known to take less than the fallback, as this scenario supposes.
    primaryHost: { preset: "dashscope", model: "deepseek-v3.2" },
    patienceMs: 20_000,
    checks: [NOT_RETRIED],
  },
  {
    id: "S13",
    title: "Content-filter rejection",
    fault: "400: rejected by the safety system.",
    right: "Do not ask again; pass the reason on.",
    refuses: (role) => (role === "primary" ? REJECTED : undefined),
    ideal: "error",
    patienceMs: 20_000,
    checks: [NOT_RETRIED],
  },
  {
    id: "S14",
    title: "Fallback refuses prefill",
    fault: "As S08, and the fallback refuses a request that ends with an assistant message.",
    right: "Continue where that is possible; never end with the refusal.",
    primary: cutAfter40,
    refuses: (role, { continues }) => (role === "fallback" && continues ? NO_PREFILL : undefined),
    patienceMs: 40_000,
    checks: [NO_PREFIX_MASKING],
  },
  {
    id: "S15",
    title: "Primary flaps: down, then healthy",
    fault: "503 for 60 s, then sound. Twenty calls, one every 4 s.",
    right: "Serve from the fallback, probe, and return to the primary.",
    primary: ({ sinceMs }) => (sinceMs < OUTAGE_MS ? "503" : undefined),
    sequence: { count: 20, everyMs: 4_000 },
    patienceMs: 30_000,
    checks: [servedUntil(OUTAGE_MS), recoveredWithin(OUTAGE_MS, 30_000)],
  },
  {
    id: "S16",
    title: "Failover accounting",
    fault: "503 from the primary; the fallback answers.",
    right: "The answer names the fallback's model and its usage.",
    primary: () => "503",
    patienceMs: 40_000,
    checks: [namesFallback(FALLBACK_MODEL), USAGE, BOUNDED],
  },
];

const REJECTED = {
  status: 400,
  body: {
    error: {
      message: "Your request was rejected as a result of our safety system.",
      type: "invalid_request_error",
      param: null,
      code: "content_policy_violation",
    },
  },
};

const NO_PREFILL = {
  status: 400,
  body: {
    error: {
      message: "This model does not support assistant message prefill. The conversation must end with a user message.",
      type: "invalid_request_error",
      param: "messages",
      code: "invalid_prefill",
    },
  },
};
