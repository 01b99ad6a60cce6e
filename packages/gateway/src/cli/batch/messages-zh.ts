import type { batchEn } from "./messages-en.ts";

/** What `tideover batch` says in Chinese. */
export const batchZh: typeof batchEn = {
  summary: "把请求文件作为批处理提交、跟踪并取回回答",
  action: "要做的事：submit、status 或 fetch",
  what: "要提交的文件，或批处理编号",
  endpointFlag: "文件中的请求面向哪个接口",
  windowFlag: "批处理最长可用时间，例如 30m、24h 或 3d",
  waitFlag: "一直跟踪到批处理结束（fetch 总是如此）",
  outputFlag: "回答写到哪里（默认：BATCH_output.jsonl）",
  errorsFlag: "没有回答的请求写到哪里（默认：BATCH_errors.jsonl）",
  limitFlag: "最多列出多少个批处理，1 到 100（默认：20）",
  needsAction: (actions) => `请说明要做什么：${actions}。`,
  needsFile: "`tideover batch submit` 需要一个每行一个请求的文件。",
  needsId: "`tideover batch fetch` 需要批处理编号，见 `tideover batch status`。",
  cannotRead: (path, why) => `无法读取 ${path}：${why}`,
  submitted: (id) => `已提交，编号 ${id}。`,
  next: (id) => `取回回答：tideover batch fetch ${id}`,
  progress: (status, completed, failed, total) =>
    `${status}  已回答 ${completed} / ${total}${failed === 0 ? "" : `，失败 ${failed}`}`,
  goesOn: (id) => `批处理仍在继续：tideover batch status ${id}`,
  columns: ["批处理", "状态", "已回答", "失败", "请求", "提交时间"],
  none: "没有批处理。",
  flaw: (line, message) => (line === null ? message : `第 ${line} 行：${message}`),
  fetching: (bytes) => `正在取回 ${bytes}`,
  answersIn: (count, path) => `${count} 个回答在 ${path}`,
  errorsIn: (path) => `没有回答的请求及原因：${path}`,
  nothing: (id, status) => `${id} 的状态：${status}，没有输出。`,
};
