import type { PrefixTreatment } from "../report.ts";
import type { DoctorMessages } from "./en.ts";

const TREATMENTS: Readonly<Record<PrefixTreatment, string>> = {
  exact: "完全一致",
  continues: "接着写，但用词不同",
  "trims-space": "去掉了空格",
  "adds-space": "多加了空格",
  echoes: "重复了前文（或用同样的话从头再写）",
  restarts: "从头再写",
  ignores: "未理会",
  stops: "立即停止",
  refused: "被拒绝",
  failed: "失败",
};

const namesOf = (treatments: readonly PrefixTreatment[]) => treatments.map((one) => TREATMENTS[one]).join("、");

/** 诊断命令的中文文案。 */
export const doctorZh: DoctorMessages = {
  summary: "检查每个服务商：密钥、余额、首个 token、续写是否真正可用",
  details: [
    "检查时会向每个服务商请求几个很短的流；如果设置了续写方式，还会在多处切断一个回答并让服务商接着写。",
    "开始前会说明最多消耗多少 token。发现问题时退出码为 1。密钥永远不会被打印。",
  ].join("\n"),
  providerFlag: "要检查的服务商，用逗号分隔（默认：全部）",
  samplesFlag: "用几个短流来测量首个 token 的时间",
  modelFlag: "请求的模型，按调用方的叫法",
  tryModesFlag: "也尝试未配置的续写方式",
  timeoutFlag: "全部检查的最长时间（秒）",
  yesFlag: "消耗 token 之前不再询问",
  unknownProvider: (name, known) => `没有名为“${name}”的服务商。配置中有：${known}。`,
  nothingToExamine: "当前目录没有 tideover.yaml，环境变量中也没有 API 密钥。可用 `tideover init` 生成配置。",

  cost: (providers, tokens) => `将检查 ${providers} 个服务商；最多消耗 ${tokens} 个 token。`,
  question: "继续吗？",
  cancelled: "没有向任何服务商发出请求。",

  columns: ["检查项", "结果", "详情"],
  reachable: "可达",
  yes: "是",
  no: "否",
  ms: (name, ms) => `${{ dns: "DNS", connect: "连接", tls: "TLS" }[name]} ${ms} 毫秒`,
  proxied: "经由代理",
  key: (account) => `密钥 ${account}`,
  keyStates: { accepted: "有效", refused: "被拒绝", unknown: "未知" },
  balance: (amounts) => `余额 ${amounts}`,
  models: "模型",
  offered: (count) => `提供 ${count} 个`,
  noList: "无列表",
  mapped: (from, to, offered) => `${from === to ? to : `${from} -> ${to}`}${offered === false ? "（不在列表中）" : ""}`,
  firstToken: "首个 token",
  median: (ms) => `中位数 ${ms} 毫秒`,
  asModel: (model) => `回答自称 ${model}`,
  failedStreams: (count) => `${count} 个失败`,
  usage: "用量",
  usagePlacements: {
    finish: "在最后一个数据块上",
    trailing: "在单独的数据块上",
    both: "两次：最后一个数据块和单独的数据块",
    none: "无",
  },
  continuation: "续写",
  works: "可用",
  broken: "不可用",
  untold: "未知",
  notTried: "未尝试",
  treatments: TREATMENTS,
  thinksAgain: "重新思考",
  places: { "between-pieces": "片段之间", "after-space": "空格之后", "inside-word": "单词内部" },

  advice: (finding) => {
    switch (finding.code) {
      case "unreachable":
        return `无法连接：${finding.detail}`;
      case "key-refused":
        return `密钥 ${finding.account} 被拒绝：${finding.detail}`;
      case "no-balance":
        return `${finding.account} 的账户余额不足（${finding.detail}），请充值。`;
      case "model-not-offered":
        return `模型 ${finding.to}（对应 ${finding.from}）不在服务商的列表中：请修改 providers.<名称>.models。`;
      case "no-answer":
        return `没有任何流得到回答：${finding.detail}`;
      case "continuation-broken":
        return `它不会接着给定的文字写（${finding.mode}：${namesOf(finding.treatments)}）：请设置 continuation: none。`;
      case "not-finished":
        return "检查被提前结束。";
      case "no-model":
        return "不知道该请求哪个模型：用 --model 指定，或在 providers.<名称>.models 中配置。";
      case "no-key":
        return "密钥由调用方提供，因此没有可检查的密钥。";
      case "no-usage":
        return "它的流不报告用量：费用和 token 限额只能估算。";
      case "some-streams-failed":
        return `部分流失败：${finding.detail}`;
      case "continuation-untold":
        return finding.detail === "too-short"
          ? "它的回答太短，无法切断，因此续写情况未知。"
          : `无法确定续写（${finding.mode}）是否可用：${finding.detail}`;
      case "continuation-doubtful":
        return `它在词与词之间能接着写，但在单词内部不能（${finding.mode}）：可能是在重新回答，请留意接缝。`;
      case "continuation-unused":
        return `它不会接着给定的文字写（${finding.mode}）；Tideover 在此并不依赖它，无需改动。`;
      case "continuation-none":
        return "没有设置续写被切断回答的方式：--try-modes 可以寻找一种。";
      case "mode-found":
        return `它会接着给定的文字写：请设置 continuation: ${finding.mode}，此处可安全使用 resume: auto。`;
      case "continuation-works":
        return `此处可安全使用 resume: auto（${finding.mode}）。`;
    }
  },
  levels: { wrong: "错误", advice: "提示", fine: "正常" },
  allFine: (providers) => `${providers} 个服务商均无问题。`,
  someWrong: (names) => `以下服务商有问题：${names}。`,
};
