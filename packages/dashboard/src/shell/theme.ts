import { useEffect, useState } from "preact/hooks";
import { keep, kept } from "./kept.ts";

/** How the dashboard looks: as the system does, or always one way. */
export type Theme = "system" | "light" | "dark";

/** Puts the remembered theme in force, before anything is drawn. */
export function applyTheme(theme: Theme = keptTheme()): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** The theme in force, and how to change it. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(keptTheme);
  return [
    theme,
    (chosen) => {
      keep("theme", chosen);
      applyTheme(chosen);
      setTheme(chosen);
      window.dispatchEvent(new Event(THEME_CHANGED));
    },
  ];
}

const THEME_CHANGED = "tideover-theme";

/** A number that grows when colours have changed, for what is drawn with them. */
export function useColours(): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setVersion((before) => before + 1);
    dark.addEventListener("change", changed);
    window.addEventListener(THEME_CHANGED, changed);
    return () => {
      dark.removeEventListener("change", changed);
      window.removeEventListener(THEME_CHANGED, changed);
    };
  }, []);
  return version;
}

function keptTheme(): Theme {
  const theme = kept("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}
