import { QuantileWindow } from "../../kernels/quantile-window.ts";
import { PROMPT_BUCKETS } from "../limit/defaults.ts";
import { HEDGE_WINDOW_MS, MAX_FIRST_TOKEN_WINDOWS } from "./defaults.ts";

/** The windows' key for the models that came when there was no room for more. */
const OTHER_MODELS = "*";

/**
 * How long first tokens of one provider took lately, by model and prompt size; shared by all routes that use it.
 *
 * Model names come from callers, so the number of windows is bounded: at the cap newcomers share.
 */
export class FirstTokenTimes {
  readonly #windows = new Map<string, QuantileWindow>();

  /** The window for requests of about this size. */
  window(model: string, requestBytes: number): QuantileWindow {
    const size = PROMPT_BUCKETS.findIndex((most) => requestBytes <= most);
    const key = `${size}\n${model}`;
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    const isFull = this.#windows.size >= MAX_FIRST_TOKEN_WINDOWS;
    return isFull && model !== OTHER_MODELS ? this.window(OTHER_MODELS, requestBytes) : this.#add(key);
  }

  #add(key: string): QuantileWindow {
    const window = new QuantileWindow(HEDGE_WINDOW_MS);
    this.#windows.set(key, window);
    return window;
  }
}
