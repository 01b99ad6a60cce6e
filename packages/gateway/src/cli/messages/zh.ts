import { formatIssueIn } from "../../config/index.ts";
import { doctorZh } from "../../doctor/messages/zh.ts";
import { importZh } from "../../import/messages/zh.ts";
import { modelZh } from "../../models/messages/zh.ts";
import { replayZh } from "../../replay/messages/zh.ts";
import { warmZh } from "../../warm/messages/zh.ts";
import { backupZh } from "../backup/messages-zh.ts";
import { batchZh } from "../batch/messages-zh.ts";
import { eraseZh } from "../erase/messages-zh.ts";
import { forecastZh } from "../forecast/messages-zh.ts";
import { jobsZh } from "../jobs/messages-zh.ts";
import { reviewZh } from "../review/messages-zh.ts";
import type { Messages } from "./en.ts";

/** 命令行的中文文案。 */
export const zh: Messages = {
  title: "当大模型服务繁忙、缓慢、中断或宕机时，让应用始终有回答。",
  usage: "用法",
  commands: "命令",
  flags: "参数",
  examples: "示例",
  values: "可选值",
  byDefault: "默认",
  helpFlag: "显示帮助",
  versionFlag: "显示版本",
  moreHelp: "tideover <命令> --help 查看某个命令的详细说明。",
  helpHint: (command) => `运行 \`${command} --help\` 查看可用参数。`,

  unknownCommand: (name, nearest) => `没有命令“${name}”。${nearest === undefined ? "" : `您是不是要用“${nearest}”？`}`,
  unknownFlag: (flag, nearest) => `未知参数 ${flag}。${nearest === undefined ? "" : `您是不是要用 ${nearest}？`}`,
  unexpectedArgument: (text) => `多余的参数“${text}”。`,
  flagNeedsValue: (flag) => `${flag} 需要一个值。`,
  notAWholeNumber: (flag, value, least, most) => `${flag} 的值是“${value}”；应为 ${least} 到 ${most} 之间的整数。`,
  notOneOf: (flag, value, allowed) => `${flag} 的值是“${value}”；应为以下之一：${allowed}。`,
  notAUrl: (flag, value) => `${flag} 的值是“${value}”；应为地址，例如 http://127.0.0.1:8787。`,
  unexpectedError: (message) => `tideover 意外失败：${message}`,

  jsonFlag: "输出供脚本使用的 JSON",
  configFlag: "配置文件（默认：当前目录的 tideover.yaml）",
  hostFlag: "监听地址",
  portFlag: "监听端口；0 表示自动选择空闲端口",

  serveSummary: "运行网关",
  serveJsonFlag: "以 JSON 行输出日志和启动信息",
  logLevelFlag: "日志级别",
  listening: (url) => `Tideover 已在 ${url} 提供服务`,
  dashboardAt: (url) => `仪表盘：${url}`,
  fromFile: (file) => `配置：${file}`,
  fromEnvironment: (providers) => `配置：来自环境变量（${providers}）；当前目录没有 tideover.yaml`,
  fromDemo:
    "演示模式（DEMO）：没有找到 tideover.yaml，也没有 API 密钥，因此回答来自本机的两个【模拟】服务商：一个繁忙，一个空闲。不会访问任何真实模型。",
  demoHint: "要使用真实模型，请设置 DEEPSEEK_API_KEY 或运行 `tideover init`，然后重新启动。",
  ladderOf: (route, model, ladder) => `路由 ${route}（${model}）：${ladder}`,
  tryIt: "试一试：",
  notLoopback: (host) =>
    `${host} 可以从其他机器访问，但调用方不需要密钥。请设置 server.keys；如果确实要公开，请设置 server.open: true。`,
  caUnreadable: (file, why) => `无法读取证书文件 ${file}（server.ca）：${why}`,
  configRefused: (count) => `配置无法使用：${count} 个问题。`,
  configIssue: (issue, file) => formatIssueIn("zh", issue, file),
  draining: (open, seconds) => `正在停止：${open} 个进行中的请求可在 ${seconds} 秒内完成。再次发送信号将立即停止。`,
  stopped: (cut) => (cut === 0 ? "已停止。" : `已停止；${cut} 个进行中的请求被中断。`),

  checkSummary: "检查配置，并显示每个生效值及其来源",
  nothingToCheck: "当前目录没有 tideover.yaml，环境变量中也没有 API 密钥。请用 `tideover init` 生成配置。",

  upstreamSummary: "运行模拟的 DeepSeek 服务",
  profileFlag: "繁忙程度",
  seedFlag: "相同的种子产生相同的行为",
  upstreamAt: (url, profile) => `【模拟】上游（${profile}）：${url}`,
  upstreamBaseUrl: (url) => `OpenAI 客户端的 baseUrl：${url}/v1`,
  upstreamFaults: "用模型名指定故障，例如",
  faultsTitle: "故障（用作模型名，可带数字，例如 fault-cut-20）",
  profilesTitle: "场景",

  statusSummary: "查看运行中的网关状态",
  urlFlag: "网关地址（默认：取自 tideover.yaml，否则为 http://127.0.0.1:8787）",
  statusColumns: ["检查项", "结果", "详情"],
  alive: "存活",
  levels: { normal: "正常", busy: "繁忙", degraded: "降级", outage: "中断" },
  routeLevel: (name) => `路由 ${name}`,
  since: (time) => `自 ${time}`,
  ready: "就绪",
  notReady: "未就绪",
  unreachable: "无法访问",
  nothingListens: "该地址没有服务；请用 `tideover serve` 启动",
  noAnswer: (seconds) => `${seconds} 秒内没有应答`,
  notTideover: (status) => `返回了 ${status}；这是 Tideover 网关吗？`,

  initSummary: "生成 tideover.yaml",
  presetFlag: "使用的服务商，见下表",
  outputFlag: "写入的文件（默认：tideover.yaml）",
  yesFlag: "不提问，全部使用默认值",
  forceFlag: "覆盖已有文件",
  presetsTitle: "预设",
  initQuestion: "您使用哪个服务商？",
  initBaseUrl: (title) => `${title} 的地址（baseUrl）？`,
  initTemplate: "所有服务商都无法回答时返回的文字（留空则不设）？",
  initTemplateDefault: "服务繁忙，请几分钟后再试。",
  initCancelled: "没有写入任何内容。",
  initNotATerminal: "当前不是终端，无法提问：请给出 --preset 名称，或用 --yes 采用默认值。",
  unknownPreset: (name, nearest) =>
    `没有预设“${name}”。${nearest === undefined ? "" : `您是不是要用“${nearest}”？`}参见 \`tideover init --help\`。`,
  baseUrlFlag: "服务商地址，用于没有固定地址的预设",
  needsBaseUrl: (preset, shape) => `预设 ${preset} 需要 --base-url${shape}。`,
  fileExists: (file) => `${file} 已存在；--force 覆盖它，--output 指定其他文件。`,
  cannotWrite: (file, why) => `无法写入 ${file}：${why}`,
  written: (file) => `已写入 ${file}。`,
  nextSetKey: (variable) => `下一步：设置 ${variable}，然后运行 \`tideover serve\`。`,
  nextServe: "下一步：运行 `tideover serve`。",

  doctor: doctorZh,
  batch: batchZh,
  jobs: jobsZh,
  backup: backupZh,
  review: reviewZh,
  erase: eraseZh,
  forecast: forecastZh,
  import: importZh,
  model: modelZh,
  replay: replayZh,
  warm: warmZh,

  cacheSummary: "删除已存储的回答",
  cacheAction: "要做的事",
  purgeBy: {
    key: "该键的回答",
    route: "该路由的回答",
    tag: "带此标签的回答",
    tenant: "该租户的回答",
    model: "请求该模型的回答",
  },
  adminKeyFlag: "网关的管理密钥，从其他机器访问时需要（默认取环境变量 TIDEOVER_ADMIN_KEY）",
  cacheNeedsPurge: "请写 `tideover cache purge`；目前没有其他操作。",
  purgeWhat: "请指明要删除什么：至少给出 --key、--route、--tag、--tenant、--model 之一；给出多个表示同时满足。",
  purged: (count) => `已删除 ${count} 个回答。`,

  fileHead: "Tideover 配置。`tideover check` 会显示每个生效值及其来源。",
  fileServer: "网关的监听地址。其他机器能访问的地址必须设置密钥（server.keys）。",
  fileProviders: "由谁回答。名称自定；预设包含该服务的地址、模型和特性。",
  fileKey: "取自环境变量；不要把密钥写进本文件。",
  fileRoutes: "第一个匹配模型名的路由决定如何回答请求。",
  fileModel: "调用方请求的任何模型",
  fileDeadline: "必须在此时间内回答；流式请求则为首个 token",
  fileLadder: "回答方式，从优到次。某一级无法及时回答时，采用下一级。",
  fileTemplate: "最后手段：固定文字，并标记为降级。",
};
