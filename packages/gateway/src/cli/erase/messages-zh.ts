import type { eraseEn } from "./messages-en.ts";

/** `tideover erase` 的中文输出。 */
export const eraseZh: typeof eraseEn = {
  summary: "清除运行中网关所保存的某个租户的全部内容",
  tenant: "租户",
  yesFlag: "确认执行：清除后无法恢复",
  needsTenant: "请指明租户：tideover erase TENANT --yes。",
  needsYes: (tenant) =>
    `${tenant} 的全部内容（任务、批次、文件、审核、答案、最近请求）将被永久清除。加上 --yes 以执行。`,
  erased: (tenant, everywhere) => `${tenant} ${everywhere ? "的内容已全部清除" : "在此网关上的内容已清除"}：`,
  elsewhere: (tenant, kinds) =>
    `此网关与其他网关共享存储。其他网关各自保存${kinds.join("、")}，请对每一个都执行一次：
  tideover erase ${tenant} --yes --url http://其他网关:8787 --admin-key 密钥`,
  kinds: {
    batches: "批次",
    files: "文件",
    jobs: "任务、保留的答案与响应",
    reviews: "审核收件箱条目",
    answers: "缓存答案",
    requests: "最近请求",
  },
};
