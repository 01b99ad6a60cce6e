import type { Picture } from "../../api/types.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Notice } from "../../parts/parts.tsx";
import { sum } from "./story.ts";
import { overviewWords } from "./words.ts";

/** Says that the gateway itself refuses calls, and the commonest reason; nothing while it does not. */
export function Full({ minute }: { readonly minute: readonly Picture[] }) {
  const text = useWords(overviewWords);
  const format = useFormat();
  const { refused } = sum(minute);
  if (refused === 0) return null;
  const why = commonest(minute);
  return <Notice tone="degraded">{text.full(format.count(refused), text.fullWhy[why] ?? why)}</Notice>;
}

/** Why most of what was refused was refused. */
export function commonest(pictures: readonly Picture[]): string {
  const counts: Record<string, number> = {};
  for (const { load } of pictures) {
    for (const [why, count] of Object.entries(load?.refused ?? {})) counts[why] = (counts[why] ?? 0) + count;
  }
  return Object.entries(counts).sort(([, one], [, other]) => other - one)[0]?.[0] ?? "";
}
