import type { TideStore } from "./follow-tide.ts";
import { isLevel, LEVELS, levelOf, type TideLevel } from "./tide.ts";

/**
 * Defines a custom element that shows its content at some levels only:
 *
 * - `<tide-when level="normal">…</tide-when>`: while all is well. Several levels are separated by spaces.
 * - `route="product-copy"`: the level of that route; without it, of all together.
 * - `otherwise="disable"`: the content stays in sight and cannot be used (`inert`); without it, it is hidden.
 *
 * A word that is none of these is reported as an error of the page, and left out.
 *
 * @param name the element's name, with a dash; default `tide-when`
 */
export function defineTideWhen(store: TideStore, name = "tide-when"): void {
  if (customElements.get(name) !== undefined) return;
  class TideWhen extends HTMLElement {
    static readonly observedAttributes = ["level", "route", "otherwise"];
    #leave: (() => void) | undefined;
    #wanted: readonly TideLevel[] = ["normal"];

    connectedCallback(): void {
      this.#leave ??= store.subscribe(() => this.#show());
      this.#show();
    }

    disconnectedCallback(): void {
      this.#leave?.();
      this.#leave = undefined;
    }

    attributeChangedCallback(attribute: string, _before: string | null, text: string | null): void {
      if (attribute === "level") this.#wanted = levelsIn(text ?? "", name);
      if (attribute === "otherwise" && text !== null && text !== "disable") {
        report(`<${name} otherwise="${text}">: the one other thing it can do is "disable".`);
      }
      if (this.isConnected) this.#show();
    }

    #show(): void {
      const level = levelOf(store.get(), this.getAttribute("route"));
      const isAway = !this.#wanted.includes(level);
      const isDisabled = this.getAttribute("otherwise") === "disable";
      this.hidden = isAway && !isDisabled;
      this.inert = isAway && isDisabled;
      if (this.inert) this.setAttribute("aria-disabled", "true");
      else this.removeAttribute("aria-disabled");
    }
  }
  customElements.define(name, TideWhen);
}

/** The levels in an attribute; `normal` where there is none. */
function levelsIn(text: string, element: string): readonly TideLevel[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const unknown = words.find((word) => !isLevel(word));
  if (unknown !== undefined) {
    report(`<${element} level="${text}">: ${JSON.stringify(unknown)} is none of ${LEVELS.join(", ")}.`);
  }
  const levels = words.filter(isLevel);
  return levels.length === 0 ? ["normal"] : levels;
}

/** Says what is wrong where errors of the page are looked for. Not thrown: the element still has its other words. */
function report(problem: string): void {
  reportError(new TypeError(problem));
}
