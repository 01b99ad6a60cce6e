import { useWords } from "../../language/language.tsx";
import { Badge, type Tone } from "../../parts/parts.tsx";
import { requestsWords } from "./words.ts";

const TONES: Readonly<Record<string, Tone>> = {
  answered: "normal",
  accepted: "accent",
  refused: "quiet",
  failed: "outage",
  interrupted: "outage",
  cancelled: "quiet",
};

/** What became of a request, in a word; an answer below the live ones in another tone. */
export function ResultBadge({ result, degraded }: { readonly result: string; readonly degraded: boolean }) {
  const { results, degraded: below } = useWords(requestsWords);
  return degraded ? (
    <Badge tone="degraded">{below}</Badge>
  ) : (
    <Badge tone={TONES[result] ?? "quiet"}>{results[result] ?? result}</Badge>
  );
}
