import type { WaterfallSpan } from "../../api/types.ts";

/** The words of a language that steps are told in. */
interface StepWords {
  readonly kinds: Readonly<Record<string, string>>;
  readonly purposes: Readonly<Record<string, string>>;
  readonly results: Readonly<Record<string, string>>;
}

/** What kind of step it was, and what it was for where that was not the answer. */
export function stepName({ kind, purpose }: WaterfallSpan, { kinds, purposes }: StepWords): string {
  return joined(kinds[kind] ?? kind, purpose === undefined ? undefined : (purposes[purpose] ?? purpose));
}

/** What became of a step, in the words beside its name. */
export function becameOf({ kind, name, outcome, reason, purpose }: WaterfallSpan, text: StepWords): string {
  const result = outcome === undefined ? undefined : (text.results[outcome] ?? outcome);
  const said = reason ?? result ?? (name === "" ? undefined : text.kinds[kind]);
  return joined(purpose === undefined ? undefined : (text.purposes[purpose] ?? purpose), said);
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(": ");
}
