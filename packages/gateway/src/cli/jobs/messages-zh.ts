import type { jobsEn } from "./messages-en.ts";

/** What `tideover jobs` and `tideover work` say in Chinese. */
export const jobsZh: typeof jobsEn = {
  summary: "列出、查看、重试和取消运行中网关的任务",
  action: "要做的事：list、show、retry 或 cancel",
  id: "任务编号（list 以外都需要）",
  statusFlag: "只列出处于该状态的任务",
  limitFlag: "最多列出多少个任务，1 到 100（默认：20）",
  afterFlag: "从该任务之后继续",
  keyFlag: "网关的密钥（默认：环境变量 TIDEOVER_KEY）",
  needsAction: (actions) => `请说明要做什么：${actions}。`,
  needsId: (action) => `\`tideover jobs ${action}\` 需要任务编号，见 \`tideover jobs list\`。`,
  columns: ["任务", "状态", "模型", "受理时间", "结束时间"],
  none: "没有符合条件的任务。",
  more: (last) => `还有更多：--after ${last}`,
  notReached: (url, why) => `无法访问 ${url}：${why}`,
  now: (id, status) => `${id} 的状态：${status}。`,

  workSummary: "只处理任务，不提供 HTTP 服务",
  working: "正在处理任务。按 Ctrl+C 停止，手头的任务会先完成。",
  workNeedsSharedStore:
    "单独的工作进程需要多个进程共享的任务存储。使用 SQLite 时数据目录归一个进程所有：`tideover serve` 自己处理任务（server.jobs.workers）。",
  workNeedsTickets: "没有路由的阶梯上有 `ticket`，因此没有任务可处理。",
};
