import type { PriceCalendar, Prices } from "../pricing.ts";
import { definePreset, type Limits, type Preset } from "./preset.ts";

const HOUR_MS = 3_600_000;

/**
 * Peak hours: 01:00-04:00 and 06:00-10:00 UTC, which is 09-12 and 14-18 in Beijing; weekends and Chinese public
 * holidays have none (DeepSeek pricing page, 2026-11-15). Holidays of 2026 since these prices hold: notice of the
 * State Council of 2025-11-04. Those of 2027 were not published yet, but for New Year's Day, which is fixed by law.
 */
const CALENDAR: PriceCalendar = {
  peakUtc: [
    [1 * HOUR_MS, 4 * HOUR_MS],
    [6 * HOUR_MS, 10 * HOUR_MS],
  ],
  weekendsOffPeak: true,
  offPeakDates: ["2026-09-25", "2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07", "2027-01-01"],
};

/** Since 2026-09-10 (DeepSeek pricing page, 2026-11-15). */
const FLASH_PRICES: Prices = {
  offPeak: { cacheHit: 0.003, input: 0.15, output: 0.6 },
  peak: { cacheHit: 0.006, input: 0.3, output: 1.2 },
};

/** Since 2026-08-16 (DeepSeek pricing page, 2026-11-15). */
const PRO_PRICES: Prices = {
  offPeak: { cacheHit: 0.022, input: 0.66, output: 1.98 },
  peak: { cacheHit: 0.044, input: 1.32, output: 3.96 },
};

/** One million tokens, documented since V4 (DeepSeek pricing page, 2026-11-15). */
const CONTEXT_TOKENS = 1_000_000;

/** Documented; about 65,536 were measured as the effective ceiling in August 2026 (kolega-ai/kolega-code, pull request 433). */
const MAX_OUTPUT_TOKENS = 393_216;

/**
 * Calls at the same time that an account may have (DeepSeek rate limit page, 2026). The effective limit falls with the
 * balance that is left: 5, 7, 25, 39 and 200 were reported; the 429 that says so states it.
 */
const FLASH_LIMITS: Limits = { concurrency: 2_500 };
const PRO_LIMITS: Limits = { concurrency: 500 };

/** DeepSeek's own API. */
export const deepseek: Preset = definePreset({
  preset: "deepseek",
  title: "DeepSeek",
  baseUrl: "https://api.deepseek.com",
  apiKeyEnvironment: ["DEEPSEEK_API_KEY"],
  operations: ["chat", "completions", "fim"],
  betaPath: true,
  models: [
    {
      id: "deepseek-flash",
      aliases: ["deepseek-chat", "deepseek-reasoner"],
      contextTokens: CONTEXT_TOKENS,
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      limits: FLASH_LIMITS,
      prices: FLASH_PRICES,
    },
    // The host itself still accepts this older name of the same model, so it is not mapped.
    {
      id: "deepseek-v4-flash",
      contextTokens: CONTEXT_TOKENS,
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      limits: FLASH_LIMITS,
      prices: FLASH_PRICES,
    },
    {
      id: "deepseek-v4-pro",
      contextTokens: CONTEXT_TOKENS,
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      limits: PRO_LIMITS,
      prices: PRO_PRICES,
    },
  ],
  limits: FLASH_LIMITS,
  priceCalendar: CALENDAR,
  continuation: {
    mode: "beta-prefix",
    evidence: "documented",
    reasoning: true,
    // DeepSeek guide on chat prefix completion; the answer holds only the new text.
  },
  streamsUsage: true,
  upstream: "stream",
  thinking: "thinking",
  // DeepSeek guide on thinking mode: without tools earlier reasoning is ignored, with tools it must be there.
  reasoningHistory: "required-with-tools",
  // Its `code` says invalid_request_error for 401, 402 and 429 alike, so no rule looks at it; the general rules suffice.
});
