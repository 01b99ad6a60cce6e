import { describe, expect, test } from "vitest";
import { parseConfig } from "../load-config.ts";
import { formatIssueIn } from "./format-issue.ts";

const PROVIDERS = 'providers:\n  a: { preset: openai-compatible, baseUrl: "http://127.0.0.1:1/v1" }\n';
const ROUTES = 'routes:\n  - { model: "*", ladder: [a] }\n';

function inChinese(text: string): string[] {
  const loaded = parseConfig(text, {});
  const issues = "issues" in loaded ? loaded.issues : loaded.warnings;
  return issues.map((issue) => formatIssueIn("zh", issue, "tideover.yaml"));
}

const file = (lines: string) => `${PROVIDERS}${ROUTES}${lines}\n`;
const route = (settings: string) => `${PROVIDERS}routes:\n  - { model: "*", ladder: [a], ${settings} }\n`;
const ladder = (rungs: string) => `${PROVIDERS}routes:\n  - { model: "*", ladder: [${rungs}] }\n`;
const provider = (settings: string) => `providers:\n  a: { ${settings} }\n${ROUTES}`;

describe("problems of a configuration in Chinese", () => {
  test.each([
    [file("sever: {}"), "tideover.yaml:5: 顶层没有 `sever` 这个键；是否想写 `server`？"],
    [file("server: { zzz: 1 }"), /^tideover\.yaml:5: server: 没有 `zzz` 这个键；这里可用：host, port, /],
    [route("breaker: off"), "tideover.yaml:4: routes[0]: 没有 `breaker` 这个键；它应写在 providers.<name> 之下"],
    [PROVIDERS, "tideover.yaml:1: routes: 缺失"],
    [file("server: { port: text or list }"), "tideover.yaml:5: server.port: 必须是 数字，现在是 文本"],
    [file("server: { port: 99999 }"), "tideover.yaml:5: server.port: 必须不大于 65535，现在是 99999"],
    [
      route('deadline: "5 minutes; or so"'),
      'tideover.yaml:4: routes[0].deadline: "5 minutes; or so" 不是时长；请写带单位的数，例如 200ms, 30s, 5m, 1h or 7d',
    ],
    [
      route("cache: { when: sometimes }"),
      'tideover.yaml:4: routes[0].cache.when: 必须是 deterministic, always 或 never，现在是 "sometimes"',
    ],
    [
      route("retry: { budget: 150% }"),
      'tideover.yaml:4: routes[0].retry.budget: "150%" 不是份额；请写 0% 到 100%，例如 10%，或 off',
    ],
    [
      route("retry: { baseDelay: 30s, maxDelay: 1s }"),
      "tideover.yaml:4: routes[0].retry.maxDelay: 不能短于 baseDelay，后者是 30s",
    ],
    [ladder(""), "tideover.yaml:4: routes[0].ladder: 至少要有 1 项"],
    [ladder("a, stal"), "tideover.yaml:4: routes[0].ladder[1]: `stal` 既不是服务商也不是梯级；是否想写 `stale`？"],
    [ladder("a, a"), "tideover.yaml:4: routes[0].ladder[1]: `a` 已在这条阶梯上；只写一次"],
    [
      provider("preset: deepsek"),
      "tideover.yaml:2: providers.a.preset: 没有 `deepsek` 这个预设；是否想写 `deepseek`？",
    ],
    [
      provider("preset: deepseek"),
      `tideover.yaml:2: providers.a: DeepSeek 需要密钥；请设置 apiKey，例如 apiKey: "\${DEEPSEEK_API_KEY}"`,
    ],
    [
      provider(`preset: deepseek, apiKey: "\${NONE}"`),
      `tideover.yaml:2: providers.a.apiKey: 需要环境变量 NONE，它没有设置；请设置它，或写 \${NONE:-default}`,
    ],
    [
      file("server: { host: 0.0.0.0 }"),
      "tideover.yaml:5: server.host: 其他机器可以访问 0.0.0.0，而又没有密钥，任何人都能使用您的账户；请添加 server.keys，或写 server.open: true",
    ],
    [file("stores: { queue: x }"), /queue: 必须是 embedded，或地址，例如 amqp:\/\/localhost 或 kafka:/],
    ["", "tideover.yaml: 文件为空；至少要写 providers 和 routes"],
    [`${file("")}routes: []`, "tideover.yaml:6: 键 `routes` 出现了两次；请保留一个"],
    [
      `${PROVIDERS}  b: { preset: ollama }\n${ROUTES}`,
      "tideover.yaml:3: providers.b: 不在任何阶梯上，因此从不会被请求",
    ],
  ])("%j", (text, expected) => {
    const [first, ...others] = inChinese(text);
    if (typeof expected === "string") expect(first).toBe(expected);
    else expect(first).toMatch(expected);
    expect(others).toEqual([]);
  });

  test("what has no words yet stays in English, and English is as it was", () => {
    const issue = { path: "a", message: "does things of its own; write x", line: 3 };
    expect(formatIssueIn("zh", issue, "f.yaml")).toBe("f.yaml:3: a: does things of its own；请写 x");
    expect(formatIssueIn("en", issue, "f.yaml")).toBe("f.yaml:3: a: does things of its own; write x");
  });
});
