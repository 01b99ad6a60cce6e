import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { anchorsOf, linksOf } from "./links.ts";
import { blocksOf, CHECKOUT, readPage } from "./pages.ts";
import { unknownNames } from "./queries.ts";

interface Rule {
  readonly alert?: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly runbook?: string };
}

const { groups } = parse(readPage("deploy/prometheus/alerts.yaml")) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const ALERTS = groups.flatMap(({ rules }) =>
  rules.flatMap(({ alert, labels, annotations }) =>
    alert === undefined ? [] : [{ alert, severity: labels?.severity, runbook: annotations?.runbook }],
  ),
);

/** What whoever was woken asks, in this order. */
const SECTIONS = ["what-it-means", "what-users-see-meanwhile", "look", "do", "when-to-worry", "how-it-ends"];

describe("runbooks", () => {
  test("each alert has a page of its own, and each page its alert", () => {
    const pages = readdirSync(`${CHECKOUT}docs/runbooks`).filter((file) => file !== "README.md");
    expect(ALERTS.map(({ alert }) => `${nameOf(alert)}.md`).sort()).toEqual(pages.sort());
    expect(ALERTS.map(({ runbook }) => runbook)).toEqual(
      ALERTS.map(({ alert }) => `docs/runbooks/${nameOf(alert)}.md`),
    );
  });

  test.each(ALERTS)("$alert: the page says whom it wakes and answers what is asked at night", ({ alert, severity }) => {
    const page = `docs/runbooks/${nameOf(alert)}.md`;
    expect(readPage(page)).toContain(`For \`${alert}\`: **a ${severity}**.`);
    expect(anchorsOf(readPage(page)).slice(1)).toEqual(SECTIONS);
    const languages = blocksOf(page).map(({ language }) => language);
    expect(languages).toEqual(expect.arrayContaining(["sh", "promql"]));
  });

  test.each(ALERTS)("$alert: the list names its page and whom it wakes", ({ alert, severity }) => {
    const page = `${nameOf(alert)}.md`;
    expect(readPage("docs/runbooks/README.md")).toMatch(
      new RegExp(`^\\| \`${alert}\` \\| ${severity} \\| \\[.+\\]\\(${page}\\) \\|$`, "m"),
    );
    expect(linksOf(readPage("docs/runbooks/README.md")).map(({ target }) => target)).toContain(page);
  });
});

test("a query's metrics and labels are looked for", () => {
  expect(unknownNames('sum by (route) (rate(tideover_errors_total{code="load_shed"}[5m]))', [])).toEqual([]);
  expect(unknownNames("sum by (le, route) (tideover_overhead_seconds_bucket)", [])).toEqual([]);
  expect(unknownNames("tideover_nonsense_total", [])).toEqual(["tideover_nonsense_total is not told"]);
  expect(unknownNames("sum by (code) (tideover_retries_total)", [])).toEqual([
    "tideover_retries_total has no label code",
  ]);
  expect(unknownNames("process_cpu_seconds_total", [])).toEqual(["process_cpu_seconds_total is not told"]);
  expect(unknownNames("process_cpu_seconds_total", ["process_cpu_seconds_total"])).toEqual([]);
});

/** `TideoverBreakerOpen` as its page is called: `breaker-open`. */
function nameOf(alert: string): string {
  return alert
    .replace(/^Tideover/, "")
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-")
    .toLowerCase();
}
