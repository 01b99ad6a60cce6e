import { en, type Messages } from "./en.ts";
import { zh } from "./zh.ts";

export type { Messages } from "./en.ts";

/** The languages that the command speaks. */
export type Language = "en" | "zh";

/** The language that the environment asks for: `TIDEOVER_LANG`, else the locale. English unless it is Chinese. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = env.TIDEOVER_LANG || env.LC_ALL || env.LC_MESSAGES || env.LANG || "";
  return locale.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** What the command says in a language. */
export function messagesIn(language: Language): Messages {
  return language === "zh" ? zh : en;
}
