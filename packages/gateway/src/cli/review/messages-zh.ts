import type { reviewEn } from "./messages-en.ts";

/** `tideover review` 的中文输出。 */
export const reviewZh: typeof reviewEn = {
  summary: "处理运行中网关的降级回答",
  action: "要做的事：list、show、approve、edit、regenerate 或 dismiss",
  id: "条目编号（list 以外都需要）",
  stateFlag: "只列出处于该状态的条目，all 表示全部",
  limitFlag: "最多列出多少条，1 到 200（默认：50）",
  afterFlag: "从该条目之后继续",
  textFlag: "今后要回答的文本（用于 edit）",
  fileFlag: "包含该文本的文件；- 表示从标准输入读取",
  previewFlag: "只查看在线模型现在的回答，不做更改（用于 regenerate）",
  byFlag: "审核人，写入审计记录（默认：环境变量 USER）",
  needsAction: (actions) => `请说明要做什么：${actions}。`,
  needsId: (action) => `\`tideover review ${action}\` 需要条目编号，见 \`tideover review list\`。`,
  needsText: "`tideover review edit` 需要新文本：用 --text 或 --file 之一给出。",
  columns: ["条目", "状态", "路由", "次数", "最近", "问题", "回答"],
  none: "没有符合条件的条目。",
  more: (last) => `还有更多：--after ${last}`,
  dropped: (count) => `有 ${count} 条在审核前因空间不足被移除。`,
  now: (id, state) => `${id} 的状态：${state}。`,
};
