import type { eraseEn } from "./messages-en.ts";

/** `tideover erase` 的中文输出。 */
export const eraseZh: typeof eraseEn = {
  summary: "清除运行中网关所保存的某个租户的全部内容",
  tenant: "租户",
  yesFlag: "确认执行：清除后无法恢复",
  needsTenant: "请指明租户：tideover erase TENANT --yes。",
  needsYes: (tenant) =>
    `${tenant} 的全部内容（任务、批次、文件、审核、答案、最近请求）将被永久清除。加上 --yes 以执行。`,
  erased: (tenant) => `${tenant} 的内容已全部清除：`,
  kinds: {
    batches: "批次",
    files: "文件",
    jobs: "任务、保留的答案与响应",
    reviews: "审核收件箱条目",
    answers: "缓存答案",
    requests: "最近请求",
  },
};
