import type { ImportMessages } from "./en.ts";

const DIFFERS: Readonly<Record<string, string>> = {
  ladder: "按阶梯顺序请求服务商，失败才换下一个；不按权重分摊",
  breaker: "每个服务商有自己的熔断器（providers.<name>.breaker），使用默认值",
  similar: "按完全相同的请求缓存；相似请求请加上 `similar` 一级",
  retired: "该模型名已被服务商停用，改用其后继模型（默认可能会思考）",
  name: "通配的模型名原样转发；服务商不认识的名字需在 `models` 中写明",
};

/** `tideover import` 的中文文案。 */
export const importZh: ImportMessages = {
  summary: "由 LiteLLM、Portkey 或 one-api 的配置生成 tideover.yaml",
  file: "配置文件：LiteLLM 的 config.yaml、Portkey 的配置 JSON，或 one-api 的 GET /api/channel/ 返回的渠道",
  fromFlag: "配置来自哪个网关（默认：由内容判断）",
  needsFile: "请指明要导入的文件。",
  cannotRead: (file, why) => `无法读取 ${file}：${why}`,
  unreadable: (file, why) => `${file} 既不是 YAML 也不是 JSON：${why}`,
  unknownSource: (file) =>
    `${file} 不像 LiteLLM（model_list）、Portkey（strategy、targets、provider）或 one-api（带 type 和 models 的渠道）的配置；请用 --from 指明。`,
  nothingLeft: (file) => `${file} 中没有已知服务商的模型，没有可写的内容。`,
  refused: (file) => `由 ${file} 生成的配置无效：`,
  made: (source) => `由 ${source} 的配置生成。`,
  setFirst: (variables) => `请先设置这些环境变量：${variables}`,
  notCarried: "未能原样保留：",
  allCarried: "全部内容均已保留。",
  next: "接下来：`tideover check`，然后 `tideover serve`。",
  leftOver: ({ place, reason, detail = "" }) => {
    if (reason === "secret") return `${place}：文件中写有密钥；请设置环境变量 ${detail}`;
    if (reason === "unknown-host") return `${place}：不认识服务商 ${JSON.stringify(detail)}，已略去`;
    if (reason === "disabled") return `${place}：原本已停用，已略去`;
    if (reason === "differs") return `${place}：${DIFFERS[detail] ?? detail}`;
    return `${place}：没有对应的设置`;
  },
};
