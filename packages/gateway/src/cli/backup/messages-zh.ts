import type { backupEn } from "./messages-en.ts";

/** `tideover backup` 的中文输出。 */
export const backupZh: typeof backupEn = {
  summary: "在网关运行时复制数据目录（任务、缓存、历史、审核）",
  toFlag: "副本所在的目录，必须为空或不存在",
  needsTo: "请说明副本放在哪里：`tideover backup 目录`。",
  columns: ["文件", "字节"],
  done: (folder) => `已复制到 ${folder}。恢复时先停止网关，再用它替换 server.dataDir。`,
};
