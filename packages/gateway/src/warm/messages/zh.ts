import type { WarmMessages } from "./en.ts";

/** What warming says in Chinese. */
export const warmZh: WarmMessages = {
  summary: "提前生成回答，使其在被请求时已在缓存中",
  promptsFlag: '文件，每行一个请求：聊天请求体，或 {"prompt": "…", "model": "…"}',
  urlFlag: "正在运行的网关（默认取自配置；没有网关运行时在本进程内完成）",
  keyFlag: "网关的密钥，回答归其租户所有（默认取环境变量 TIDEOVER_KEY）",
  tenantFlag: "在本进程内完成且有多个租户时，回答归谁所有",
  modelFlag: "未写明模型的行所用的模型",
  concurrencyFlag: "同时进行的请求数",
  anewFlag: "从头开始，即使之前的运行中途停止",

  needsPrompts: "请指定包含提示的文件。",
  noPrompts: (file) => `${file} 中没有请求。`,
  through: (total, url) => `正在通过 ${url} 的网关生成 ${total} 个回答`,
  inProcess: (total) => `正在本进程内生成 ${total} 个回答；没有网关在运行`,
  resuming: (done) => `其中 ${done} 个已由之前停止的运行完成；--anew 会重新生成。`,
  needsTenant: (tenants) => `请用 --tenant 指明回答归谁所有；现有：${tenants}。`,
  noSuchTenant: (tenant, tenants) => `没有租户“${tenant}”；现有：${tenants}。`,
  progress: (done, total, rate, failed) => `${done}/${total}，${rate}/秒${failed === 0 ? "" : `，失败 ${failed}`}`,
  timeLeft: (time) => `剩余 ${time}`,

  stopped: (file) => `已停止。再次运行同一命令会从中断处继续（${file}）。`,
  generated: "已生成",
  present: "缓存中已是新的",
  notKept: "已生成但未保存",
  resumed: "之前的运行已完成",
  failed: "失败",
  took: (time, rate) => `用时 ${time}，${rate}/秒`,
  notKeptHint: "该路由不保存这样的请求：cache.when 默认为 deterministic，即 temperature 为 0。",
  failuresIn: (file) => `失败的请求及原因在 ${file} 中；可以再次对它预热。`,
  andMore: (count) => `……还有 ${count} 个`,
};
