import type { Language } from "../cli/messages/index.ts";

const en = {
  summary: "try a configuration against a simulated busy time, in virtual time",
  scenario: "a scenario file (YAML), or the name of one that comes with Tideover; see below",
  seeds: "how many seeds to run, counted from the scenario's own",
  firstSeed: "the first of these seeds, in place of the scenario's own",
  gate: "hold the figures to the aims of the busy hour; exit 1 when one is missed",
  limiters: "no scenario: eight limiters before the same upstream, calm, overloaded and in a brownout",
  limitersTitle: (seeds: string) =>
    `SIMULATED: an upstream with 40 slots and a queue of 60, an hour each, mean of seed ${seeds}. Good: a first token within 5 s, of all calls offered.`,
  limitersBest: "No limiter has a larger share of good calls than Tideover's in any of them.",
  limitersBeaten: (where: string) => `Others have a larger share of good calls: ${where}.`,
  gatePassed: "The gate is passed:",
  gateFailed: "The gate is NOT passed:",
  met: "met",
  missed: "MISSED",
  html: "write a report with charts to this file",
  trace: "take the arrivals from this CSV (TIMESTAMP,ContextTokens,GeneratedTokens)",
  calls: "stop each run after so many calls",
  scenarios: "Scenarios that come with Tideover",
  running: (strategy: string, seed: number) => `Running ${strategy}, seed ${seed} ...`,
  progress: (calls: number) => `${calls} calls`,
  simulated: (name: string, arrivals: string, seeds: string) =>
    `SIMULATED: ${name}, ${arrivals} arrivals, mean of seed ${seeds}.`,
  oracles:
    "Oracle (state) knows how every provider does at every moment; oracle (fate) also how each request would fare.",
  kept: "Tideover kept every promise that was checked.",
  broken: (count: number) => `Tideover broke promises (${count} findings):`,
  brokenOne: (promise: number, seed: number, message: string) => `promise ${promise}, seed ${seed}: ${message}`,
  wrote: (file: string) => `Wrote ${file}.`,
  unknown: (name: string, known: string) =>
    `There is no file "${name}", and no scenario of that name. Known scenarios: ${known}.`,
  unreadable: (file: string, why: string) => `${file} cannot be read: ${why}`,
  notWritten: (file: string, why: string) => `${file} cannot be written: ${why}`,
  wrong: (file: string, count: number) => `${file} cannot be used: ${count} ${count === 1 ? "problem" : "problems"}.`,
};

/** What `tideover simulate` says. */
export type SimulateMessages = typeof en;

const zh: SimulateMessages = {
  summary: "在虚拟时间里，用模拟的繁忙时段检验一份配置",
  scenario: "场景文件（YAML），或随 Tideover 附带的场景名；见下",
  seeds: "运行多少个随机种子，从场景自己的种子数起",
  firstSeed: "这些种子中的第一个，代替场景自己的种子",
  gate: "把结果与繁忙一小时的目标相比；有一项未达到则退出码为 1",
  limiters: "不是场景：八种限流器面对同一个上游，分别在平稳、过载和半故障时",
  limitersTitle: (seeds) =>
    `模拟结果：上游有 40 个并发位和 60 个排队位，各一小时，种子 ${seeds} 的平均值。good：5 秒内得到首个 token 的请求占全部请求的比例。`,
  limitersBest: "在任何一种情况下，都没有限流器的 good 比例高于 Tideover。",
  limitersBeaten: (where) => `别的限流器 good 比例更高：${where}。`,
  gatePassed: "达到了全部目标：",
  gateFailed: "没有达到全部目标：",
  met: "达到",
  missed: "未达到",
  html: "把带图表的报告写入此文件",
  trace: "从此 CSV 读取到达时间（TIMESTAMP,ContextTokens,GeneratedTokens）",
  calls: "每次运行到这么多请求为止",
  scenarios: "随 Tideover 附带的场景",
  running: (strategy, seed) => `正在运行 ${strategy}，种子 ${seed} ...`,
  progress: (calls) => `${calls} 个请求`,
  simulated: (name, arrivals, seeds) => `模拟结果：${name}，到达 ${arrivals}，种子 ${seeds} 的平均值。`,
  oracles: "Oracle (state) 时刻知道每个服务商的状态；oracle (fate) 还知道每个请求会怎样。",
  kept: "Tideover 遵守了所有检查过的承诺。",
  broken: (count) => `Tideover 违背了承诺（${count} 处）：`,
  brokenOne: (promise, seed, message) => `承诺 ${promise}，种子 ${seed}：${message}`,
  wrote: (file) => `已写入 ${file}。`,
  unknown: (name, known) => `没有文件“${name}”，也没有这个名字的场景。已知场景：${known}。`,
  unreadable: (file, why) => `无法读取 ${file}：${why}`,
  notWritten: (file, why) => `无法写入 ${file}：${why}`,
  wrong: (file, count) => `${file} 无法使用：${count} 处问题。`,
};

/** In a language. */
export function simulateMessages(language: Language): SimulateMessages {
  return language === "zh" ? zh : en;
}
