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
/** A panel in few words; {@link dashboard} makes the rest. */
export interface PanelIdea {
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

/** Makes a dashboard of panels in their order. @param label what can be chosen at its top */
export function dashboard(
  uid: string,
  title: string,
  label: "route" | "provider",
  ideas: readonly PanelIdea[],
): Dashboard {
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
