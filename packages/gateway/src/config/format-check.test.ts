import { describe, expect, test } from "vitest";
import { checkReport, formatCheck } from "./format-check.ts";
import { parseConfig } from "./load-config.ts";

const GOOD = `providers:
  deepseek: { preset: deepseek, apiKey: "\${DEEPSEEK_API_KEY}" }
routes:
  - name: copy
    model: "deepseek-*"
    deadline: 60s
    hedge: off
    ladder: [deepseek, stale, template: { text: "{{metadata.name}}", review: true }]
`;
const checked = parseConfig(GOOD, { DEEPSEEK_API_KEY: "sk-0123456789abcdef" });

describe("the output of a check", () => {
  test("is a table of effective values per route, provider and server", () => {
    const printed = formatCheck(checked, { file: "tideover.yaml" });
    const route = printed.slice(0, printed.indexOf("Provider"));
    expect(route).toBe(`The configuration is valid.

Route copy
  models: deepseek-*
  ladder: deepseek > stale > template
  Setting              Value                          From
  name                 copy                           file line 4
  model                deepseek-*                     file line 5
  deadline             1m                             file line 6
  firstToken.chat      20s                            default
  firstToken.thinking  1m                             default
  gap                  45s                            default
  connect              5s                             default
  total                30m                            default
  minRate              off                            default
  hedge                off                            file line 7
  resume               auto                           default
  cache.fresh          1h                             default
  cache.stale          7d                             default
  cache.when           deterministic                  default
  cache.pace           0s                             default
  cache.also           none                           default
  cache.tags           none                           default
  retry.attempts       3                              default
  retry.same           when-last                      default
  retry.baseDelay      500ms                          default
  retry.maxDelay       20s                            default
  retry.jitter         full                           default
  retry.budget         10%                            default
  ladder[0]            deepseek                       file line 8
  ladder[1]            stale                          file line 8
  ladder[2]            template: "{{metadata.name}}"  file line 8

`);
    expect(printed).toMatch(/Provider deepseek\n.*\n.*name .*deepseek/);
    expect(printed).toMatch(/apiKeys +set, ends in cdef +environment DEEPSEEK_API_KEY/);
    expect(printed).toMatch(/\nServer\n/);
    expect(printed).not.toContain("sk-0123");
  });

  test("names each warning with its line", () => {
    const unused = GOOD.replace("routes:", "  spare: { preset: ollama }\nroutes:");
    const warned = parseConfig(unused, { DEEPSEEK_API_KEY: "sk-0123456789abcdef" });
    const printed = formatCheck(warned, { file: "tideover.yaml" });
    expect(printed).toContain("1 warning:\n  tideover.yaml:3: providers.spare: is on no ladder");
    expect(checkReport(warned)).toMatchObject({ warnings: [{ path: "providers.spare", line: 3 }] });
  });

  test("speaks Chinese, with its wide characters in line", () => {
    const printed = formatCheck(checked, { language: "zh" });
    expect(printed).toContain("配置有效。");
    expect(printed).toContain("路由 copy");
    expect(printed).toContain("  设置                 值                             来源\n");
  });

  test("lists what is wrong", () => {
    const refused = parseConfig(GOOD.replace("60s", "60"), { DEEPSEEK_API_KEY: "k" });
    const issue =
      '  tideover.yaml:6: routes[0].deadline: "60" is not a duration; write a number with a unit, such as 200ms, 30s, 5m, 1h or 7d\n';
    expect(formatCheck(refused, { file: "tideover.yaml" })).toBe(
      `The configuration cannot be used: 1 problem.\n${issue}`,
    );
    const inChinese =
      '  tideover.yaml:6: routes[0].deadline: "60" 不是时长；请写带单位的数，例如 200ms, 30s, 5m, 1h or 7d\n';
    expect(formatCheck(refused, { file: "tideover.yaml", language: "zh" })).toBe(
      `配置无法使用：1 个问题。\n${inChinese}`,
    );
    expect(checkReport(refused)).toMatchObject({
      valid: false,
      issues: [{ path: "routes[0].deadline", line: 6 }],
      sections: [],
    });
  });

  test("is plain data for scripts, without secrets", () => {
    const report = checkReport(checked);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report).toMatchObject({
      valid: true,
      issues: [],
      warnings: [],
      sections: [
        { section: "route", name: "copy", ladder: ["deepseek", "stale", "template"] },
        { section: "provider", name: "deepseek" },
        { section: "server" },
      ],
    });
    expect(JSON.stringify(report)).not.toContain("sk-0123");
  });
});
