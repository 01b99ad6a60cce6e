/** A clause in English, and the same in Chinese; `$1` stands for what the first group holds. */
type Clause = readonly [english: RegExp, chinese: string];

/**
 * The words of the configuration's checks in Chinese, clause by clause: an issue's message is one clause, or several
 * with a semicolon between. A clause that is not here stays as it is, which is better than none.
 */
const CLAUSES: readonly Clause[] = [
  // Names that are not known.
  [/^unknown key (`.+?`) at the top$/, "顶层没有 $1 这个键"],
  [/^unknown key (`.+?`)$/, "没有 $1 这个键"],
  [/^known here: (.+)$/, "这里可用：$1"],
  [/^it belongs under (.+)$/, "它应写在 $1 之下"],
  [/^unknown preset (`.+?`)$/, "没有 $1 这个预设"],
  [/^known presets: (.+)$/, "已有预设：$1"],
  [/^(`.+?`) is neither a provider nor a rung$/, "$1 既不是服务商也不是梯级"],
  [/^(`.+?`) is not a provider$/, "$1 不是服务商"],
  [/^(`.+?`) is on this ladder already$/, "$1 已在这条阶梯上"],
  [/^name it once$/, "只写一次"],
  [/^(`.+?`) needs settings$/, "$1 需要设置"],
  [/^(`.+?`) is the name of a rung$/, "$1 是梯级的名称"],
  [/^choose another name$/, "请换一个名称"],
  [/^(`.+?`) is the name of (routes\[\d+\]) already$/, "$1 已是 $2 的名称"],
  [/^each route needs its own$/, "每条路由要有自己的名称"],
  [/^has the same (name|key) as (server\.keys\[\d+\])(?:, (.+))?$/, "与 $2 相同（$1）"],
  [/^each caller needs its own$/, "每个调用方要有自己的一份"],
  [/^as a name (.+)$/, "作为名称：$1"],
  // What is missing, or of another kind.
  [/^is missing$/, "缺失"],
  [/^it must be (.+)$/, "必须是 $1"],
  [/^must not be empty$/, "不能为空"],
  [/^is empty$/, "为空"],
  [/^a key must be a secret$/, "密钥必须是秘密"],
  [/^must have at least (\d+) entr(?:y|ies)$/, "至少要有 $1 项"],
  [/^must be (\S+) or more, got (.+)$/, "必须不小于 $1，现在是 $2"],
  [/^must be (\S+) or less, got (.+)$/, "必须不大于 $1，现在是 $2"],
  [/^must be above (\S+), got (.+)$/, "必须大于 $1，现在是 $2"],
  [/^must be (.+), got (.+)$/, "必须是 $1，现在是 $2"],
  [/^must say exactly one of (.+), got (.+)$/, "必须恰好写一个：$1；现在是 $2"],
  [/^must say soft, hard, or both$/, "必须写 soft、hard 或两者"],
  // Values with a unit.
  [/^(".*") is not a duration$/, "$1 不是时长"],
  [/^(".*") is not a whole number of milliseconds$/, "$1 不是整数毫秒"],
  [/^(".*") is longer than a year$/, "$1 超过一年"],
  [/^the longest duration is 365d$/, "时长最长为 365d"],
  [/^(".*") must be longer than zero$/, "$1 必须大于零"],
  [/^(".*") must be larger than zero$/, "$1 必须大于零"],
  [/^(".*") is not a rate$/, "$1 不是速率"],
  [/^(".*") lets nothing pass$/, "$1 不放行任何请求"],
  [/^(".*") is not a share$/, "$1 不是份额"],
  [/^(".*") is not a size$/, "$1 不是大小"],
  [/^(".*") is not a whole number of bytes$/, "$1 不是整数字节"],
  [/^(".*") is not a jitter$/, "$1 不是抖动"],
  [/^(".*") is not a moment$/, "$1 不是时刻"],
  [/^(".*") is not money in a time$/, "$1 不是某段时间内的金额"],
  [/^write a number with a unit, such as (.+)$/, "请写带单位的数，例如 $1"],
  [/^write a whole number with a unit, such as (.+)$/, "请写带单位的整数，例如 $1"],
  [/^write a number per s, m, h or d, such as (.+)$/, "请写每 s、m、h 或 d 的数量，例如 $1"],
  [/^write a rate above 0, such as (.+)$/, "请写大于 0 的速率，例如 $1"],
  [/^write 0% to 100%, such as (.+)$/, "请写 0% 到 100%，例如 $1"],
  [/^write full, decorrelated, none or a share such as (.+)$/, "请写 full、decorrelated、none，或份额，例如 $1"],
  [/^write 1ms or more$/, "请写 1ms 或更长"],
  // Two settings that do not go together.
  [/^must not be shorter than (\w+), which is (.+)$/, "不能短于 $1，后者是 $2"],
  [/^must not be longer than (\w+), which is (.+) by default$/, "不能长于 $1，后者默认是 $2"],
  [/^set (\w+) too$/, "请同时设置 $1"],
  [/^must not be smaller than concurrency, which is (\d+)$/, "不能小于 concurrency，后者是 $1"],
  [/^leave it out, or write concurrency: auto$/, "请删去它，或写 concurrency: auto"],
  [/^must be below hard, which is (.+)$/, "必须低于 hard，后者是 $1"],
  [/^has both apiKey and apiKeys$/, "同时有 apiKey 和 apiKeys"],
  [/^put all keys in apiKeys$/, "请把所有密钥写进 apiKeys"],
  [/^has both accounts and keys$/, "同时有 accounts 和密钥"],
  [/^put every key in an account$/, "请把每个密钥写进一个账户"],
  [/^is the same key as (apiKeys\[\d+\])$/, "与 $1 是同一个密钥"],
  [/^give each key once$/, "每个密钥只写一次"],
  [
    /^cannot go together with server\.keys, because a caller can send only one key$/,
    "不能与 server.keys 同时使用，因为调用方只能发送一个密钥",
  ],
  [/^choose one of them$/, "请二选一"],
  // The server.
  [
    /^(\S+) can be reached from other machines and there are no keys, so anyone could use your accounts$/,
    "其他机器可以访问 $1，而又没有密钥，任何人都能使用您的账户",
  ],
  [/^add server\.keys, or say server\.open: true$/, "请添加 server.keys，或写 server.open: true"],
  [/^is not a SHA-256 hash$/, "不是 SHA-256 哈希"],
  [/^write sha256: and 64 hex digits$/, "请写 sha256: 和 64 位十六进制数字"],
  [/^holds white space or characters that a header cannot carry$/, "含有空白或请求头不能携带的字符"],
  [/^check how it was copied$/, "请检查复制是否正确"],
  // Providers and ladders.
  [/^the preset (".+?") has no address of its own$/, "预设 $1 没有自己的地址"],
  [/^set baseUrl, for example (\S+)$/, "请设置 baseUrl，例如 $1"],
  [/^(.+) needs a key$/, "$1 需要密钥"],
  [/^set apiKey, for example (.+)$/, "请设置 apiKey，例如 $1"],
  [/^must begin with http:\/\/ or https:\/\/$/, "必须以 http:// 或 https:// 开头"],
  [/^write it as an OpenAI SDK would be given it, such as (\S+)$/, "请按 OpenAI SDK 的写法填写，例如 $1"],
  [/^is not a provider name$/, "不能作为服务商名称"],
  [/^use up to 64 letters, digits, \. - and _, such as deepseek$/, "请用至多 64 个字母、数字、. - 和 _，例如 deepseek"],
  [/^is on no ladder, so it is never asked$/, "不在任何阶梯上，因此从不会被请求"],
  [/^is never used, because (routes\[\d+\]) above it takes every model$/, "从不会被用到，因为上面的 $1 接受所有模型"],
  [/^put it above that one$/, "请把它放到那一条上面"],
  [
    /^needs a provider on the same ladder, because a ticket is answered by one$/,
    "同一阶梯上需要有服务商，因为取号的请求由服务商回答",
  ],
  [
    /^needs a provider on the same ladder, because copies are kept of its answers$/,
    "同一阶梯上需要有服务商，因为副本来自它的回答",
  ],
  [/^add a provider's name$/, "请添加一个服务商的名称"],
  [/^The condition (".+") cannot be used: (.+)$/, "条件 $1 无法使用：$2"],
  [/^has no known prices, so that budgets do not count what it costs$/, "价格未知，因此预算不计它的费用"],
  [/^set its prices$/, "请设置它的价格"],
  // Stores.
  [/^must be sqlite, memory, or an address such as (\S+)$/, "必须是 sqlite、memory，或地址，例如 $1"],
  [/^must be sqlite, or an address such as (\S+)$/, "必须是 sqlite，或地址，例如 $1"],
  [/^must be embedded, or an address such as (\S+) or (\S+)$/, "必须是 embedded，或地址，例如 $1 或 $2"],
  [/^names no database$/, "没有写数据库"],
  [/^names no host$/, "没有写主机"],
  [/^is no cron expression \((.+)\)$/, "不是 cron 表达式（$1）"],
  [/^write minute, hour, day, month and weekday, such as (.+)$/, "请写分、时、日、月和星期，例如 $1"],
  // The file and the environment.
  [/^needs the environment variable (\S+), which is not set$/, "需要环境变量 $1，它没有设置"],
  [/^set it, or write (\$\{.+\})$/, "请设置它，或写 $1"],
  [/^there is no such file$/, "没有这个文件"],
  [
    /^write one with `tideover init`, or name another with --config$/,
    "请用 `tideover init` 生成，或用 --config 指定另一个",
  ],
  [/^is a folder$/, "是文件夹"],
  [/^name the file in it$/, "请指定其中的文件"],
  [/^must not be read by this user$/, "当前用户无权读取"],
  [/^check its permissions$/, "请检查它的权限"],
  [/^is not UTF-8 text$/, "不是 UTF-8 文本"],
  [/^save it as UTF-8$/, "请另存为 UTF-8"],
  [/^the file is empty$/, "文件为空"],
  [/^write at least providers and routes$/, "至少要写 providers 和 routes"],
  [/^the key (`.+?`) is there twice$/, "键 $1 出现了两次"],
  [/^keep one$/, "请保留一个"],
  [
    /^is not valid YAML: inside \{ \} and \[ \], (\S+) must stand in quotes: (".+")$/,
    "不是有效的 YAML：在 { } 和 [ ] 里，$1 必须加引号：$2",
  ],
  [/^is not valid YAML: (.+)$/, "不是有效的 YAML：$1"],
  [/^write (.+)$/, "请写 $1"],
];

/** Kinds of values, as they stand inside a clause. */
const KINDS: readonly Clause[] = [
  [/a mapping \(key: value\)/g, "映射（键: 值）"],
  [/a whole number/g, "整数"],
  [/a number/g, "数字"],
  [/true or false/g, "true 或 false"],
  [/\ba list\b/g, "列表"],
  [/\ba function\b/g, "函数"],
  [/\bnothing\b/g, "空"],
  [/\btext\b/g, "文本"],
];

/** Clauses in which a kind of value stands: what was written is never touched elsewhere. */
const TELLS_KINDS = /^(?:it )?must be /;

/** An issue's message in Chinese, as far as its words are known. */
export function issueInChinese(message: string): string {
  return clausesOf(message).map(clauseInChinese).join("；");
}

/** The clauses between semicolons; one inside quotes is what somebody wrote. */
function clausesOf(message: string): string[] {
  return message.match(/(?:"[^"]*"|`[^`]*`|[^;"`]|;(?! )|["`])+/g)?.map((clause) => clause.trim()) ?? [message];
}

function clauseInChinese(clause: string): string {
  const off = clause.endsWith(", or off") ? "，或 off" : "";
  const bare = off === "" ? clause : clause.slice(0, -", or off".length);
  const found = CLAUSES.find(([english]) => english.test(bare));
  if (found === undefined) return clause;
  const [english, chinese] = found;
  const said = bare.replace(english, chinese);
  return `${TELLS_KINDS.test(bare) ? withKinds(said) : said}${off}`;
}

function withKinds(said: string): string {
  return KINDS.reduce((text, [english, chinese]) => text.replaceAll(english, chinese), said).replaceAll(" or ", " 或 ");
}
