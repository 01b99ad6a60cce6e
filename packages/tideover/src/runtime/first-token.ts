import type { ResolvedRoute } from "../config/resolved-config.ts";
import { FIRST_TOKEN_MS, FIRST_TOKEN_THINKING_MS } from "../engine/layers/attempt/defaults.ts";

/** How long is waited for a first token while too little is learned, in ms: the defaults. */
const UNLEARNED = { chat: FIRST_TOKEN_MS, thinking: FIRST_TOKEN_THINKING_MS };

/** How long is waited for a first token where the route names no single time, in ms. */
export function usualFirstToken(firstToken: ResolvedRoute["firstToken"]): {
  readonly chat: number;
  readonly thinking: number;
} {
  return typeof firstToken === "object" ? firstToken : UNLEARNED;
}
