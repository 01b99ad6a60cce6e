/**
 * Names that callers use for the fast model wherever it is hosted. The last two are DeepSeek's names of 2025, retired
 * on 2026-07-24 (DeepSeek updates page); a request that uses one gets the fast model without or with thinking.
 */
export const FLASH_NAMES = ["deepseek-flash", "deepseek-v4-flash", "deepseek-chat", "deepseek-reasoner"] as const;

/** Names that callers use for the big model. */
export const PRO_NAMES = ["deepseek-v4-pro"] as const;

/** What the retired names said about thinking (DeepSeek updates page, 2025-08-21: two modes of one model). */
export const RETIRED_NAMES: Readonly<Record<string, "enabled" | "disabled">> = {
  "deepseek-chat": "disabled",
  "deepseek-reasoner": "enabled",
};
