import type { PanelIdea } from "./dashboard.ts";
import { quantile, rateBy } from "./queries.ts";

/** Who is slow, and why? */
export const PROVIDERS: readonly PanelIdea[] = [
  {
    title: "Circuit breakers",
    description: "The worst of each provider's.",
    type: "state-timeline",
    width: 24,
    words: {
      0: { text: "closed", color: "green" },
      1: { text: "half-open", color: "yellow" },
      2: { text: "open", color: "red" },
    },
    queries: { "{{provider}}": 'max by (provider) (tideover_breaker_state{provider=~"$provider"})' },
  },
  {
    title: "Attempts by outcome",
    description: "What became of calls to providers.",
    unit: "reqps",
    stacked: true,
    queries: {
      "{{provider}} {{outcome}}": rateBy("provider, outcome", "tideover_attempts_total", 'provider=~"$provider"'),
    },
  },
  {
    title: "Why attempts fail",
    description: "By reason.",
    unit: "reqps",
    stacked: true,
    queries: {
      "{{provider}} {{reason}}": rateBy("provider, reason", "tideover_attempt_failures_total", 'provider=~"$provider"'),
    },
  },
  {
    title: "Retries, hedges, continuations",
    description: "Attempts beyond the first.",
    unit: "reqps",
    queries: {
      "retries {{provider}}": rateBy("provider", "tideover_retries_total", 'provider=~"$provider"'),
      "hedges {{to}}": rateBy("to", "tideover_hedges_total"),
      "continuations {{provider}}": rateBy("provider", "tideover_continuations_total", 'provider=~"$provider"'),
    },
  },
  ...([0.5, 0.95, 0.99] as const).map(
    (share): PanelIdea => ({
      title: `Time to the first token, p${share * 100}`,
      description: "From the sending of an attempt to its first content event.",
      unit: "s",
      queries: {
        "{{gen_ai_provider_name}}": quantile(
          share,
          "gen_ai_client_operation_time_to_first_chunk_seconds",
          "gen_ai_provider_name",
        ),
      },
    }),
  ),
  {
    title: "Longest silence, p99",
    description: "The longest silence within each answer.",
    unit: "s",
    queries: { "{{provider}}": quantile(0.99, "tideover_longest_gap_seconds", "provider") },
  },
  {
    title: "Concurrency",
    description: "The limit, learned or set, and what is in flight.",
    unit: "short",
    queries: {
      "limit {{provider}}": 'sum by (provider) (tideover_concurrency_limit{provider=~"$provider"})',
      "in flight {{provider}}": 'sum by (provider) (tideover_attempts_in_flight{provider=~"$provider"})',
    },
  },
  {
    title: "Refused at the limit",
    description: "By class of priority.",
    unit: "reqps",
    stacked: true,
    queries: {
      "{{provider}} {{class}}": rateBy("provider, class", "tideover_permits_refused_total", 'provider=~"$provider"'),
    },
  },
  {
    title: "Tokens a second",
    description: "As providers report them.",
    unit: "short",
    stacked: true,
    queries: {
      "{{provider}} {{kind}}": rateBy(
        "provider, kind",
        "tideover_tokens_total",
        'provider=~"$provider",kind!="cached"',
      ),
    },
  },
  {
    title: "Wasted tokens a second",
    description: "Of lost hedges, of attempts that broke, of callers that left.",
    unit: "short",
    stacked: true,
    queries: { "{{why}}": rateBy("why", "tideover_wasted_tokens_total") },
  },
  {
    title: "Usable keys",
    description: "Keys that the provider does not refuse.",
    unit: "short",
    queries: { "{{provider}}": 'max by (provider) (tideover_accounts_usable{provider=~"$provider"})' },
  },
];
