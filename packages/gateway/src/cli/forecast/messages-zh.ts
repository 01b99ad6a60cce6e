import type { forecastEn } from "./messages-en.ts";

/** `tideover forecast` 的中文输出。 */
export const forecastZh: typeof forecastEn = {
  summary: "预测运行中网关未来几天的负载，并与上限和价格比较",
  hoursFlag: "向前预测的小时数，1 到 336（默认：168）",
  exportFlag: "输出自动扩缩容的时间表，而不是预测",
  deploymentFlag: "要扩缩容的 Kubernetes Deployment（默认：tideover）",
  namespaceFlag: "其命名空间（默认：default）",
  measureColumns: ["指标", "最忙的小时", "预计", "至多", "方法", "误差", "季节朴素法", "区间覆盖"],
  measures: { requests: "请求/小时", tokens: "token/小时", concurrency: "并发" },
  limitColumns: ["服务商", "上限", "来源", "峰值占用", "到达时间"],
  never: "预测时段内不会到达",
  maybe: (at) => `可能在 ${at}`,
  replicas: (needed, each, at) => `网关进程：最多需要 ${needed} 个，每个 ${each} 并发（${at}）。`,
  cost: (total, peak) => `预测时段的费用：${total}；最贵的一小时：${peak}。`,
  saves: (amount) => `可节省 ${amount}`,
  advice: "建议：",
  applyFlag: "按 id 将一条建议写入运行中网关的配置",
  dryRunFlag: "与 --apply 同用：只显示将要修改的内容，不做修改",
  byFlag: "与 --apply 同用：操作者姓名，写入记录（默认：$USER）",
  changesOf: (file) => `${file} 中的修改：`,
  absent: "无",
  applied: (file) => `已生效并写入 ${file}；旧文件为 ${file}.bak。`,
  byHand: "请自行修改：",
};
