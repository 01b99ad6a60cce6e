import { type ComponentChildren, createContext } from "preact";
import { useContext, useMemo, useState } from "preact/hooks";
import { createFormat, type Format } from "../format/format.ts";
import { keep, kept } from "../shell/kept.ts";

/** The languages of the dashboard. */
export type Language = "en" | "zh";

/** One room's words in both languages: the same members, of the same types. */
export interface Words<Text> {
  readonly en: Text;
  readonly zh: Text;
}

/** Words in both languages; the Chinese must have every member that the English has. */
export function words<Text>(both: { readonly en: Text; readonly zh: NoInfer<Text> }): Words<Text> {
  return both;
}

interface LanguageState {
  readonly language: Language;
  readonly format: Format;
  choose(language: Language): void;
}

const Context = createContext<LanguageState>({
  language: "en",
  format: createFormat("en"),
  choose: () => undefined,
});

/** Makes the language known to everything below; remembers what was chosen, else follows the browser. */
export function LanguageProvider({ children }: { readonly children: ComponentChildren }) {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const state = useMemo<LanguageState>(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    const choose = (chosen: Language) => {
      keep("language", chosen);
      setLanguage(chosen);
    };
    return { language, format: createFormat(language), choose };
  }, [language]);
  return <Context.Provider value={state}>{children}</Context.Provider>;
}

/** The language in force, and how to change it. */
export function useLanguage(): LanguageState {
  return useContext(Context);
}

/** One room's words in the language in force. */
export function useWords<Text>(both: Words<Text>): Text {
  return both[useContext(Context).language];
}

/** How numbers and times are written in the language in force. */
export function useFormat(): Format {
  return useContext(Context).format;
}

function initialLanguage(): Language {
  const chosen = kept("language");
  if (chosen === "en" || chosen === "zh") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
