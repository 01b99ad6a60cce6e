/** A Grafana dashboard as its JSON model has it, as far as ours use it. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly version: number;
  readonly editable: boolean;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: { readonly list: readonly object[] };
  readonly panels: readonly Panel[];
}

/** One panel of a dashboard. */
export interface Panel {
  readonly id: number;
  readonly type: "timeseries" | "stat" | "state-timeline" | "row" | "bargauge";
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource: { readonly type: "prometheus"; readonly uid: string };
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig: { readonly defaults: object; readonly overrides: readonly object[] };
  readonly options: object;
}

/** The model that Grafana 11 and later read without a migration. */
const SCHEMA_VERSION = 39;
const COLUMNS = 24;
const SOURCE = { type: "prometheus", uid: "\u0024{datasource}" } as const;
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

interface PanelIdea {
  readonly title: string;
  readonly description: string;
  readonly type?: Panel["type"];
  readonly unit?: string;
  readonly stacked?: boolean;
  /** Of 24 columns. Default: 8. */
  readonly width?: number;
  readonly max?: number;
  /** Values in words. */
  readonly words?: Readonly<Record<number, { readonly text: string; readonly color: string }>>;
  readonly colours?: Readonly<Record<string, string>>;
  /** Queries by the legend of what they give. */
  readonly queries: Readonly<Record<string, string>>;
}

const quantile = (share: number, metric: string, by: string) =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket[$__rate_interval])))`;
const rateBy = (by: string, metric: string, where = "") =>
  `sum by (${by}) (rate(${metric}{${where}}[$__rate_interval]))`;
const ANSWERED = 'route=~"$route",result=~"answered|accepted"';

const OVERVIEW: readonly PanelIdea[] = [
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
    title: "Event loop",
    description: "How late the event loop is.",
    unit: "s",
    queries: {
      p50: quantile(0.5, "tideover_event_loop_delay_seconds", "job"),
      p99: quantile(0.99, "tideover_event_loop_delay_seconds", "job"),
    },
  },
];

const PROVIDERS: readonly PanelIdea[] = [
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

/** All dashboards by the name of their file. */
export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  "overview.json": dashboard("tideover-overview", "Tideover: overview", "route", OVERVIEW),
  "providers.json": dashboard("tideover-providers", "Tideover: providers", "provider", PROVIDERS),
};

function dashboard(uid: string, title: string, label: "route" | "provider", ideas: readonly PanelIdea[]): Dashboard {
  const metric = label === "route" ? "tideover_requests_total" : "tideover_attempts_total";
  return {
    uid,
    title,
    description: "Are we answering, how, who is slow, what waits. Made by deploy/grafana/generate.ts.",
    tags: ["tideover"],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [
        { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
        {
          name: label,
          label: label === "route" ? "Route" : "Provider",
          type: "query",
          datasource: SOURCE,
          query: { query: `label_values(${metric}, ${label})`, refId: label },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: ".*",
          current: { selected: true, text: ["All"], value: ["$__all"] },
        },
      ],
    },
    panels: placed(ideas),
  };
}

/** Puts panels side by side until a row is full. */
function placed(ideas: readonly PanelIdea[]): readonly Panel[] {
  let x = 0;
  let y = 0;
  return ideas.map((idea, index) => {
    const width = idea.width ?? 8;
    const height = idea.type === "stat" || idea.type === "state-timeline" ? 6 : 8;
    if (x + width > COLUMNS) {
      x = 0;
      y += 8;
    }
    const panel = panelOf(idea, index + 1, { x, y, w: width, h: height });
    x += width;
    return panel;
  });
}

function panelOf(idea: PanelIdea, id: number, gridPos: Panel["gridPos"]): Panel {
  const { type = "timeseries", unit, stacked = false, max, words, colours = {} } = idea;
  const mappings = words === undefined ? [] : [{ type: "value", options: Object.fromEntries(Object.entries(words)) }];
  return {
    id,
    type,
    title: idea.title,
    description: idea.description,
    gridPos,
    datasource: SOURCE,
    targets: Object.entries(idea.queries).map(([legendFormat, expr], place) => ({
      refId: String.fromCharCode(65 + place),
      expr,
      legendFormat,
    })),
    fieldConfig: {
      defaults: {
        ...(unit === undefined ? {} : { unit }),
        ...(type === "stat" || type === "bargauge" || stacked ? { min: 0 } : {}),
        ...(max === undefined ? {} : { max }),
        mappings,
        ...(type === "timeseries"
          ? {
              custom: {
                fillOpacity: stacked ? 60 : 0,
                stacking: { mode: stacked ? "normal" : "none", group: "A" },
                showPoints: "never",
              },
            }
          : {}),
      },
      overrides: Object.entries(colours).map(([name, fixedColor]) => ({
        matcher: { id: "byName", options: name },
        properties: [{ id: "color", value: { mode: "fixed", fixedColor } }],
      })),
    },
    options:
      type === "timeseries" ? { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } } : {},
  };
}
