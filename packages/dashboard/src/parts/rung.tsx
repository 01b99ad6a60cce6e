import { Swatch } from "../chart/chart.tsx";
import { useWords } from "../language/language.tsx";
import { partsWords } from "./words.ts";

/** The rungs in the order of how good an answer from them is; `failed` stands for no answer. */
export const RUNGS = [
  "live",
  "alternate",
  "cache",
  "local",
  "stale",
  "similar",
  "rules",
  "template",
  "handler",
  "ticket",
  "failed",
] as const;

/** The token of a rung's colour. */
export function rungColour(rung: string): string {
  return RUNGS.some((known) => known === rung) ? `--rung-${rung}` : "--quiet";
}

/** A rung's colour and name. */
export function Rung({ rung }: { readonly rung: string }) {
  const { rungs } = useWords(partsWords);
  return (
    <span class="rung">
      <Swatch colour={rungColour(rung)} />
      {rungs[rung] ?? rung}
    </span>
  );
}
