/**
 * Holds what a page shows of an output to what really came: each shown line must come, in this order; between them there
 * may be more. What changes from run to run is left open: numbers, ids, dates, and whatever stands at `…` or `...`.
 */
export function compareOutput(
  shown: readonly string[],
  actual: string,
): { readonly missing: string | undefined; readonly learned: readonly (readonly [string, string])[] } {
  const came = actual.split(/\r?\n/);
  const learned: (readonly [string, string])[] = [];
  let from = 0;
  for (const line of shown) {
    const text = line.trim();
    if (text === "" || text === "…") continue;
    const pattern = patternOf(text);
    const at = came.findIndex((candidate, index) => index >= from && pattern.test(candidate.trim()));
    if (at < 0) return { missing: line, learned };
    learned.push(...wordsOf(text, (came[at] ?? "").trim()));
    from = at + 1;
  }
  return { missing: undefined, learned };
}

/** A line as a pattern, with everything open that changes from run to run. */
export function patternOf(line: string): RegExp {
  const open =
    /\b[0-9a-f]{4,}…|…|\.\.\.|\b(?:job|batch|review|file|resp)_[0-9a-f]+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\[[#-]{4,}\]\s*|\bin_progress\b|\d[\d.,:TZ-]*|\s+/g;
  let pattern = "";
  let end = 0;
  for (const match of line.matchAll(open)) {
    pattern += escaped(line.slice(end, match.index)) + openTo(match[0]);
    end = match.index + match[0].length;
  }
  return new RegExp(`^${pattern}${escaped(line.slice(end))}$`, "i");
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");

function openTo(text: string): string {
  if (/^\s+$/.test(text)) return "\\s+";
  if (/^\d[\d.,:TZ-]*$/.test(text)) return "\\d[\\d.,:TZ-]*";
  // Where it is not a terminal, progress has no bar; and it is as far as it is.
  if (text.startsWith("[")) return "(?:\\[[#-]+\\]\\s+)?";
  if (text === "in_progress") return "\\w+";
  return text.endsWith("…") || text === "..." ? ".*" : `${text.replace(/_?[0-9a-f-]+$/, "")}[\\w-]+`;
}

/** Words of a shown line that stand for others of this run: what later commands of the page name again. */
function wordsOf(shown: string, actual: string): (readonly [string, string])[] {
  const [left, right] = [shown.split(/\s+/), actual.split(/\s+/)];
  if (left.length !== right.length) return [];
  return left.flatMap((word, index) => {
    const other = (right[index] ?? "").replace(/[.,]$/, "");
    const plain = word.replace(/[.,]$/, "");
    return plain.length > 8 && plain !== other && /\d/.test(plain) ? [[plain, other] as const] : [];
  });
}
