/** What the site's pages do in the browser: the search, the theme, and the contents, which begin closed on a phone. */
import MiniSearch from "minisearch";
import { INDEX_OPTIONS, type IndexedSection } from "../index-options.ts";

/** Most findings that are shown. */
const MOST_FOUND = 12;
const root = document.documentElement;

declare global {
  /** The search index of the page's language, set by a script of its own so that it also works from a disk. */
  var tideoverSearchIndex: string | undefined;
}

const themes = { light: "dark", dark: "light" } as const;
const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
const stored = localStorage.getItem("theme");
if (stored === "light" || stored === "dark") root.dataset.theme = stored;
document.getElementById("theme")?.addEventListener("click", () => {
  const now = root.dataset.theme === "light" || root.dataset.theme === "dark" ? root.dataset.theme : system();
  root.dataset.theme = themes[now];
  localStorage.setItem("theme", root.dataset.theme);
});

const contents = document.getElementById("contents");
if (matchMedia("(max-width: 60rem)").matches) contents?.removeAttribute("open");

const field = document.getElementById("search");
const list = document.getElementById("found");
if (field instanceof HTMLInputElement && list !== null) startSearch(field, list);

function startSearch(field: HTMLInputElement, list: HTMLElement): void {
  let index: MiniSearch<IndexedSection> | undefined;
  let chosen = -1;

  field.addEventListener("input", show);
  field.addEventListener("focus", show);
  field.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    if (event.key === "Escape") hide();
    else if (event.key === "Enter" && !list.hidden) links[Math.max(chosen, 0)]?.click();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + links.length) % Math.max(links.length, 1);
      for (const [at, link] of links.entries()) link.parentElement?.setAttribute("aria-selected", `${at === chosen}`);
      links[chosen]?.scrollIntoView({ block: "nearest" });
    }
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Node) || !field.parentElement?.contains(event.target)) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    field.focus();
  });

  function show(): void {
    const asked = field.value.trim();
    if (asked === "") {
      hide();
      return;
    }
    index ??= MiniSearch.loadJSON<IndexedSection>(globalThis.tideoverSearchIndex ?? "", INDEX_OPTIONS);
    const found = index.search(asked).slice(0, MOST_FOUND);
    chosen = -1;
    list.replaceChildren(...(found.length === 0 ? [nothing()] : found.map((one) => entry(one))));
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  }

  function hide(): void {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
  }

  function nothing(): HTMLElement {
    const item = document.createElement("li");
    item.textContent = list.dataset.none ?? "";
    return item;
  }
}

function entry(found: Record<string, unknown>): HTMLElement {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  const link = document.createElement("a");
  link.href = `${root.dataset.root ?? ""}${found.address}`;
  const heading = document.createElement("strong");
  heading.textContent = `${found.heading}`;
  const page = document.createElement("small");
  page.textContent = `${found.page}`;
  const excerpt = document.createElement("span");
  excerpt.textContent = `${found.excerpt}`;
  link.append(heading, page, excerpt);
  item.append(link);
  return item;
}
