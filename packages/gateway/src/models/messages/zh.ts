import type { ModelMessages } from "./en.ts";

/** What `tideover model` says in Chinese. */
export const modelZh: ModelMessages = {
  summary: "下载、校验、试用和测量本地兜底模型",
  details: (standard, small, folder) =>
    [
      "动作:",
      "  pull     下载模型(默认: 下面第一个)",
      "  list     列出本机的模型",
      "  verify   按校验和检查模型文件",
      "  remove   删除模型",
      "  run      回答一个问题",
      "  bench    测量加载时间、首字时间、每秒词元数和内存",
      "",
      "推荐的模型:",
      `  ${standard}   15 亿参数,会思考; q4 约 1.7 GB`,
      `  ${small}   5 亿参数; q4 约 0.8 GB`,
      "",
      "镜像: HF_ENDPOINT 指定接口相同的站点(https://hf-mirror.com); 或用 --from modelscope。",
      "私有模型: HF_TOKEN、MODELSCOPE_API_TOKEN。",
      `模型存放在 ${folder}; 可用 TIDEOVER_MODELS 另行指定。`,
    ].join("\n"),
  actionFlag: "要做什么,见下文",
  modelFlag: "模型站上的名称(所有者/名称),或文件夹",
  dtypeFlag: "权重的数值格式",
  fromFlag: "从哪个站点下载",
  revisionFlag: "分支、标签或提交",
  deviceFlag: "在何处运行; 不可用时退回 CPU",
  threadsFlag: "线程数(默认: 核数减一)",
  contextFlag: "提示与回答合计的词元数上限",
  promptFlag: "要问的内容",
  tokensFlag: "回答的词元数上限",
  temperatureFlag: "0 表示每次回答相同(默认: 模型自带的设置)",
  yesFlag: "删除前不询问",

  notARepository: (text) =>
    `"${text}" 既不是模型站上的名称(如 onnx-community/Qwen2.5-0.5B-Instruct),也不是存在的文件夹。`,
  needsModel: (action) => `\`tideover model ${action}\` 需要指定模型; \`tideover model list\` 列出本机的模型。`,
  notATemperature: (value) => `--temperature 的值是 "${value}"; 必须是 0 到 2 之间的数。`,
  notInstalled: (model) => `本机没有 ${model}。请用 \`tideover model pull ${model}\` 下载。`,

  pulling: (model, dtype, hub) => `正在从 ${hub} 下载 ${model}(${dtype})`,
  pulled: (model, size, folder) => `${model} 已就绪: ${size},位于 ${folder}`,
  upToDate: (model, folder) => `${model} 已在本机且完整: ${folder}`,
  useIt: (model, dtype) =>
    `用法: providers: { tiny: { preset: onnx, model: "${model}", dtype: ${dtype} } },再把 tiny 放到 ladder 上。`,
  columns: ["模型", "格式", "大小", "文件夹"],
  none: (folder) => `${folder} 中没有模型。请用 \`tideover model pull\` 下载。`,
  checkColumns: ["文件", "结果"],
  results: {
    good: "完好",
    missing: "缺失",
    "wrong-size": "大小不对",
    "wrong-checksum": "校验和不对",
    "no-checksum": "存在; 站点没有给出校验和",
  },
  allGood: (count) => `${count} 个文件都与下载时一致。`,
  someBad: (model) => `有文件损坏。请用 \`tideover model pull ${model}\` 重新下载。`,
  removeQuestion: (model, size) => `删除 ${model}(${size})?`,
  removeNeedsYes: "这里不是终端,无法询问: 要删除请加 --yes。",
  removed: (model) => `已删除 ${model}。`,
  kept: "没有删除任何内容。",
  fellBack: (why) => `改用 CPU 运行: ${why}。`,
  failed: (why) => `模型无法回答: ${why}`,
  benchRows: {
    model: "模型",
    device: "设备",
    threads: "线程",
    load: "加载",
    promptTokens: "提示",
    firstToken: "首字",
    speed: "速度",
    memory: "内存",
  },
  tokensIn: (tokens) => `${tokens} 个词元`,
  perSecond: (rate) => `每秒 ${rate} 个词元`,

  problems: {
    offline: (url, why) =>
      `无法连接 ${url}: ${why} 请检查网络和 HTTPS_PROXY,或用 HF_ENDPOINT、--from modelscope 指定镜像。已下载的部分会保留。`,
    notFound: (what, hub) => `${hub} 上没有 ${what}。请检查名称; 仓库里必须有 ONNX 文件。`,
    refused: (what, status) =>
      `站点拒绝提供 ${what}(${status}): 它不存在、是私有的,或尚未接受其条款。请把 HF_TOKEN 设为有读取权限的令牌。`,
    badAnswer: (url, why) => `${url} 的回答无法使用: ${why}。`,
    stalled: (path, why) => `${path} 下载停滞: ${why} 请稍后重新运行,会从中断处继续。`,
    checksum: (path, expected, found) =>
      `${path} 下载后已损坏: 校验和为 ${found},应为 ${expected}。已删除,请重新运行。`,
    noSpace: (folder, need, free) =>
      `${folder} 所在磁盘空间不足: 需要 ${need},可用 ${free}。请腾出空间,或用 TIDEOVER_MODELS 另选文件夹。`,
    noSuchDtype: (dtype, offered) => `该模型没有 ${dtype} 格式; 可选: ${offered}。`,
    notAModel: (repository, missing) => `${repository} 不是常规布局的 ONNX 语言模型: 缺少 ${missing}。`,
    stopped: "已停止。重新运行会从中断处继续。",
  },
};
