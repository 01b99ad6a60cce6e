import {
  type ConfigIssue,
  type ConfigSection,
  type EffectiveValue,
  explainConfig,
  type LoadedConfig,
  type RefusedConfig,
} from "tideover/config";
import { formatIssueIn } from "./words/format-issue.ts";

/** The words around the values, in the languages that the command speaks. */
const WORDS = {
  en: {
    refused: (count: number) => `The configuration cannot be used: ${count} ${count === 1 ? "problem" : "problems"}.`,
    fine: "The configuration is valid.",
    warnings: (count: number) => `${count} ${count === 1 ? "warning" : "warnings"}:`,
    headings: { route: "Route", provider: "Provider", server: "Server", stores: "Stores", chaos: "Chaos" },
    models: "models",
    ladder: "ladder",
    columns: ["Setting", "Value", "From"],
    inactive: "not active in this version yet",
  },
  zh: {
    refused: (count: number) => `配置无法使用：${count} 个问题。`,
    fine: "配置有效。",
    warnings: (count: number) => `${count} 个警告：`,
    headings: { route: "路由", provider: "服务商", server: "服务器", stores: "存储", chaos: "故障注入" },
    models: "模型",
    ladder: "阶梯",
    columns: ["设置", "值", "来源"],
    inactive: "本版本尚未启用",
  },
} as const;

type Words = (typeof WORDS)["en" | "zh"];

export interface CheckFormat {
  /** Name of the file, as it is shown in front of issues. */
  readonly file?: string;
  readonly language?: "en" | "zh";
}

/** What `tideover check` prints: the issues, or the warnings and a table of effective values per section. */
export function formatCheck(
  checked: LoadedConfig | RefusedConfig,
  { file, language = "en" }: CheckFormat = {},
): string {
  const words = WORDS[language];
  const listed = (issues: readonly ConfigIssue[]) => issues.map((issue) => `  ${formatIssueIn(language, issue, file)}`);
  if ("issues" in checked) return `${[words.refused(checked.issues.length), ...listed(checked.issues)].join("\n")}\n`;
  const { config, origins, warnings } = checked;
  const parts = [
    words.fine,
    ...(warnings.length === 0 ? [] : [[words.warnings(warnings.length), ...listed(warnings)].join("\n")]),
    ...explainConfig(config, origins).map((section) => formatSection(section, words)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function formatSection({ section, name, model, ladder, values }: ConfigSection, words: Words): string {
  const head = [words.headings[section], name].filter((part) => part !== "").join(" ");
  const facts = [
    ...(model === undefined ? [] : [`  ${words.models}: ${model}`]),
    ...(ladder === undefined ? [] : [`  ${words.ladder}: ${ladder.join(" > ")}`]),
  ];
  return [head, ...facts, ...formatTable(values, words)].join("\n");
}

/** Widest column, in terminal cells; longer values push their row only. */
const WIDEST = 44;

function formatTable(values: readonly EffectiveValue[], words: Words): string[] {
  const rows = values.map(({ setting, value, origin, active }) => [
    setting,
    value,
    active ? origin : `${origin} (${words.inactive})`,
  ]);
  const table = [[...words.columns], ...rows];
  const width = (column: number) => Math.min(WIDEST, Math.max(...table.map((row) => cells(row[column] ?? ""))));
  const [settingWidth, valueWidth] = [width(0), width(1)];
  return table.map(([setting = "", value = "", origin = ""]) =>
    `  ${padded(setting, settingWidth)}  ${padded(value, valueWidth)}  ${origin}`.trimEnd(),
  );
}

/** Terminal cells of a text: characters of Chinese, Japanese and Korean writing and full-width forms take two. */
function cells(text: string): number {
  let count = 0;
  for (const character of text) {
    count += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(
      character,
    )
      ? 2
      : 1;
  }
  return count;
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - cells(text)));
}

/** What `tideover check --json` prints; a stable shape for scripts. */
export interface CheckReport {
  readonly valid: boolean;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
  /** Empty when the configuration is not valid. */
  readonly sections: readonly ConfigSection[];
}

/** The same as {@link formatCheck}, as plain data without secrets. */
export function checkReport(checked: LoadedConfig | RefusedConfig): CheckReport {
  if ("issues" in checked) return { valid: false, issues: checked.issues, warnings: [], sections: [] };
  const { config, origins, warnings } = checked;
  return { valid: true, issues: [], warnings, sections: explainConfig(config, origins) };
}
