import type { TideStore } from "./follow-tide.ts";
import { levelOf } from "./tide.ts";

/**
 * Defines a custom element that shows its content at some levels only:
 *
 * - `<tide-when level="normal">…</tide-when>`: while all is well. Several levels are separated by spaces.
 * - `route="product-copy"`: the level of that route; without it, of all together.
 * - `otherwise="disable"`: the content stays in sight and cannot be used (`inert`); without it, it is hidden.
 *
 * @param name the element's name, with a dash; default `tide-when`
 */
export function defineTideWhen(store: TideStore, name = "tide-when"): void {
  if (customElements.get(name) !== undefined) return;
  class TideWhen extends HTMLElement {
    static readonly observedAttributes = ["level", "route", "otherwise"];
    #leave: (() => void) | undefined;

    connectedCallback(): void {
      this.#leave ??= store.subscribe(() => this.#show());
      this.#show();
    }

    disconnectedCallback(): void {
      this.#leave?.();
      this.#leave = undefined;
    }

    attributeChangedCallback(): void {
      if (this.isConnected) this.#show();
    }

    #show(): void {
      const level = levelOf(store.get(), this.getAttribute("route"));
      const wanted = (this.getAttribute("level") ?? "normal").split(/\s+/);
      const isAway = !wanted.includes(level);
      const isDisabled = this.getAttribute("otherwise") === "disable";
      this.hidden = isAway && !isDisabled;
      this.inert = isAway && isDisabled;
      if (this.inert) this.setAttribute("aria-disabled", "true");
      else this.removeAttribute("aria-disabled");
    }
  }
  customElements.define(name, TideWhen);
}
