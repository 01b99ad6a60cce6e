import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Panel } from "../../deploy/grafana/dashboard.ts";
import { DASHBOARDS } from "../../deploy/grafana/dashboards.ts";
import {
  COUNTER_METRICS,
  GAUGE_METRICS,
  HISTOGRAM_METRICS,
} from "../../packages/gateway/src/metrics/prometheus-names.ts";

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(root(path), "utf8");

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly summary?: string; readonly description?: string; readonly runbook?: string };
}

const rules = (parse(read("deploy/prometheus/alerts.yaml")) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const alerts = rules.filter(({ alert }) => alert !== undefined);

/** Every name that `/metrics` tells, and the label names of each. */
const TOLD = new Map<string, readonly string[]>();
for (const { name, labels } of [...COUNTER_METRICS.values(), ...GAUGE_METRICS.values()]) TOLD.set(name, labels);
for (const { name, labels } of HISTOGRAM_METRICS.values()) {
  for (const part of ["bucket", "sum", "count"])
    TOLD.set(`${name}_${part}`, part === "bucket" ? [...labels, "le"] : labels);
}

/** The metrics that a query reads, with the labels that it asks for. */
function metricsIn(expr: string): readonly (readonly [name: string, labels: readonly string[]])[] {
  return [...expr.matchAll(/\b((?:tideover|gen_ai)_[a-z_]+)(?:\{([^}]*)\})?/g)]
    .map(
      ([, name = "", labels = ""]) =>
        [name, [...labels.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = ""]) => label)] as const,
    )
    .filter(([name]) => name !== "gen_ai_provider_name");
}

function promtool(...args: readonly string[]): string {
  const { stdout, stderr, error, status } = spawnSync("promtool", args, { encoding: "utf8" });
  if (error !== undefined) throw new Error("promtool is missing; scripts/services/install.sh prometheus installs it.");
  return status === 0 ? "" : `${stdout}${stderr}`;
}

describe("alerts", () => {
  test("promtool finds nothing wrong with them, and they fire on what they are for", () => {
    expect(promtool("check", "rules", root("deploy/prometheus/alerts.yaml"))).toBe("");
    expect(promtool("test", "rules", root("deploy/prometheus/alerts.test.yaml"))).toBe("");
  });

  test("each has a case in which it fires", () => {
    const cases = [...read("deploy/prometheus/alerts.test.yaml").matchAll(/alertname: (\w+)\n\s+exp_alerts:\n/g)];
    expect(alerts.map(({ alert }) => alert).sort()).toEqual([...new Set(cases.map(([, alert]) => alert))].sort());
  });

  test.each(alerts.map((rule) => [rule.alert, rule] as const))("%s says what is wrong, and what to do", (_, rule) => {
    expect(["page", "ticket"]).toContain(rule.labels?.severity);
    expect(rule.annotations?.summary).toMatch(/\.$/);
    expect(rule.annotations?.description).toMatch(/\.$/);
    const runbook = rule.annotations?.runbook ?? "";
    expect(existsSync(root(runbook))).toBe(true);
    expect(read(runbook)).toContain(`\`${rule.alert}\``);
  });

  test("every runbook belongs to an alert", () => {
    const named = new Set(alerts.map(({ annotations }) => annotations?.runbook));
    for (const file of readdirSync(root("docs/runbooks"))) {
      if (file !== "README.md") expect(named).toContain(`docs/runbooks/${file}`);
    }
  });

  test("every metric and label that they read is told", () => {
    for (const { expr } of rules) {
      for (const [name, labels] of metricsIn(expr)) {
        expect(TOLD.keys(), `${name} in ${expr}`).toContain(name);
        for (const label of labels) expect(TOLD.get(name), `${label} of ${name}`).toContain(label);
      }
    }
  });
});

test("every metric has its line in the documentation", () => {
  const page = read("docs/observability.md");
  for (const { name, labels } of [
    ...COUNTER_METRICS.values(),
    ...GAUGE_METRICS.values(),
    ...HISTOGRAM_METRICS.values(),
  ]) {
    expect(page).toContain(`| \`${name}\` | ${labels.map((label) => `\`${label}\``).join(", ")} |`);
  }
});

describe.each(Object.entries(DASHBOARDS))("the Grafana dashboard %s", (file, dashboard) => {
  test("is what the generator makes", () => {
    expect(JSON.parse(read(`deploy/grafana/${file}`))).toEqual(dashboard);
  });

  test("has what Grafana's model of a dashboard asks for", () => {
    const { uid, title, schemaVersion, time, templating, panels } = JSON.parse(read(`deploy/grafana/${file}`));
    expect(uid).toMatch(/^[\w-]{1,40}$/);
    expect(title).not.toBe("");
    expect(schemaVersion).toBeGreaterThanOrEqual(36);
    expect(time).toEqual({ from: expect.stringMatching(/^now-/), to: "now" });
    const variables = templating.list.map(({ name }: { name: string }) => name);
    expect(variables).toContain("datasource");
    expect(new Set(panels.map(({ id }: Panel) => id)).size).toBe(panels.length);
    for (const panel of panels as Panel[]) {
      expect(["timeseries", "stat", "state-timeline", "row", "bargauge"]).toContain(panel.type);
      expect(panel).toMatchObject({
        title: expect.stringMatching(/\S/),
        datasource: { type: "prometheus", uid: "\u0024{datasource}" },
        fieldConfig: { defaults: expect.any(Object), overrides: expect.any(Array) },
      });
      expect(panel.targets.map(({ refId }) => refId)).toEqual([..."ABCDEF"].slice(0, panel.targets.length));
      expect(panel.targets.length).toBeGreaterThan(0);
      for (const used of JSON.stringify(panel.targets).matchAll(/\$(\w+)/g)) {
        expect([...variables, "__rate_interval"]).toContain(used[1]);
      }
    }
  });

  test("has panels side by side, none over another", () => {
    const taken = new Set<string>();
    for (const { gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`)).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  test("asks what PromQL understands, of metrics that are told", () => {
    const queries = dashboard.panels.flatMap(({ targets, title }) => targets.map(({ expr }) => ({ title, expr })));
    for (const { title, expr } of queries) {
      for (const [name, labels] of metricsIn(expr)) {
        expect(TOLD.keys(), `${name} in ${title}`).toContain(name);
        for (const label of labels) expect(TOLD.get(name), `${label} of ${name} in ${title}`).toContain(label);
      }
    }
    // As rules, which promtool can check: JSON is YAML.
    const plain = (expr: string) => expr.replaceAll("$__rate_interval", "5m").replaceAll(/\$(route|provider)/g, ".*");
    const asRules = queries.map(({ expr }, place) => ({ record: `query:number${place}`, expr: plain(expr) }));
    const folder = mkdtempSync(join(tmpdir(), "tideover-grafana-"));
    try {
      writeFileSync(join(folder, "rules.yaml"), JSON.stringify({ groups: [{ name: "queries", rules: asRules }] }));
      expect(promtool("check", "rules", join(folder, "rules.yaml"))).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
