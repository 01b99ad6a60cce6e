import type { PanelIdea } from "./dashboard.ts";
import { quantile, rateBy } from "./queries.ts";

/** Reds for what is bad, greens for what is good; the rest is Grafana's own choice. */
const RUNG_COLOURS: Readonly<Record<string, string>> = {
  live: "green",
  alternate: "blue",
  cache: "light-green",
  local: "purple",
  stale: "yellow",
  similar: "light-yellow",
  rules: "light-orange",
  template: "orange",
  handler: "dark-yellow",
  ticket: "light-purple",
};

const ANSWERED = 'route=~"$route",result=~"answered|accepted"';

/** Are we answering, and how? */
export const OVERVIEW: readonly PanelIdea[] = [
  {
    title: "Answered",
    description: "Requests that were answered or given a ticket, of all that callers did not break off or get wrong.",
    type: "stat",
    unit: "percentunit",
    width: 6,
    max: 1,
    queries: {
      answered: `sum(rate(tideover_requests_total{${ANSWERED}}[5m])) / sum(rate(tideover_requests_total{route=~"$route",result!~"refused|cancelled"}[5m]))`,
    },
  },
  {
    title: "Degraded",
    description: "Answers that were below what a live provider would have given.",
    type: "stat",
    unit: "percentunit",
    width: 6,
    max: 1,
    queries: {
      degraded: `sum(rate(tideover_requests_total{${ANSWERED},degraded="1"}[5m])) / sum(rate(tideover_requests_total{${ANSWERED}}[5m]))`,
    },
  },
  {
    title: "Service level",
    description: "What /v1/status tells: the worst of each route's.",
    type: "state-timeline",
    width: 12,
    words: {
      0: { text: "normal", color: "green" },
      1: { text: "busy", color: "yellow" },
      2: { text: "degraded", color: "orange" },
      3: { text: "outage", color: "red" },
    },
    queries: { "{{route}}": 'max by (route) (tideover_service_level{route=~"$route"})' },
  },
  {
    title: "Answers by rung",
    description: "Where answers came from.",
    unit: "reqps",
    stacked: true,
    width: 12,
    colours: RUNG_COLOURS,
    queries: { "{{rung}}": rateBy("rung", "tideover_requests_total", `${ANSWERED},rung!=""`) },
  },
  {
    title: "Errors by code",
    description: "What callers were told in place of an answer.",
    unit: "reqps",
    stacked: true,
    width: 12,
    queries: { "{{code}}": rateBy("code", "tideover_errors_total", 'route=~"$route"') },
  },
  {
    title: "Time to the first content, as callers see it",
    description: "From a request's arrival to the first content event of a stream, or the whole document.",
    unit: "s",
    queries: {
      p50: quantile(0.5, "gen_ai_server_time_to_first_token_seconds", "job"),
      p95: quantile(0.95, "gen_ai_server_time_to_first_token_seconds", "job"),
      p99: quantile(0.99, "gen_ai_server_time_to_first_token_seconds", "job"),
    },
  },
  {
    title: "Duration of requests",
    description: "From arrival to the end of the answer.",
    unit: "s",
    queries: {
      p50: quantile(0.5, "gen_ai_server_request_duration_seconds", "job"),
      p95: quantile(0.95, "gen_ai_server_request_duration_seconds", "job"),
      p99: quantile(0.99, "gen_ai_server_request_duration_seconds", "job"),
    },
  },
  {
    title: "Tideover's own share",
    description:
      "What of the time to the outcome was not spent on the attempt that answered: waits, backoffs, earlier attempts.",
    unit: "s",
    queries: {
      p50: quantile(0.5, "tideover_overhead_seconds", "job"),
      p99: quantile(0.99, "tideover_overhead_seconds", "job"),
    },
  },
  {
    title: "What waits",
    description: "Requests that are being answered, and calls that wait for a permit.",
    unit: "short",
    queries: {
      "in flight": "sum(tideover_requests_in_flight)",
      "waiting, {{class}}": "sum by (class) (tideover_permits_waiting)",
    },
  },
  {
    title: "Jobs",
    description: "Tickets by state.",
    unit: "short",
    queries: {
      "{{state}}": 'max by (state) (tideover_jobs{state=~"queued|leased|running"})',
      "oldest (s)": "max(tideover_oldest_job_age_seconds)",
    },
  },
  {
    title: "Cache",
    description: "What the cache did with calls.",
    unit: "reqps",
    stacked: true,
    queries: { "{{result}}": rateBy("result", "tideover_cache_requests_total") },
  },
  {
    title: "Cost an hour",
    description: "In US dollars, of providers whose prices are known.",
    unit: "currencyUSD",
    queries: { "{{provider}}": "sum by (provider) (rate(tideover_cost_dollars_total[$__rate_interval])) * 3600" },
  },
  {
    title: "Budgets",
    description: "Spent of each budget's window.",
    type: "bargauge",
    unit: "percentunit",
    max: 1,
    queries: { "{{budget}}": "max by (budget) (tideover_budget_used_ratio)" },
  },
  {
    title: "Room for calls",
    description: "Calls that were let in and have not ended, and how many may be open at once, over all processes.",
    unit: "short",
    queries: { open: "sum(tideover_calls_open)", allowed: "sum(tideover_calls_allowed)" },
  },
  {
    title: "Refused by a full gateway",
    description:
      "Calls told 503 at once, by why: the loop is late, more than it bears, or as many as the settings allow.",
    unit: "reqps",
    stacked: true,
    queries: { "{{reason}}": rateBy("reason", "tideover_calls_shed_total") },
  },
  {
    title: "Event loop, busy",
    description: "Share of its time; calls are refused from 94% on.",
    unit: "percentunit",
    max: 1,
    queries: { "{{instance}}": "max by (instance) (tideover_event_loop_busy_ratio)" },
  },
  {
    title: "Event loop",
    description: "How late the event loop is.",
    unit: "s",
    queries: {
      p50: quantile(0.5, "tideover_event_loop_delay_seconds", "job"),
      p99: quantile(0.99, "tideover_event_loop_delay_seconds", "job"),
    },
  },
];
