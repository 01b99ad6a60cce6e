import { useWords } from "../../language/language.tsx";
import { Badge, type Tone } from "../../parts/parts.tsx";
import { jobsWords } from "./words.ts";

const TONES: Readonly<Record<string, Tone>> = {
  queued: "busy",
  leased: "accent",
  running: "accent",
  succeeded: "normal",
  failed: "outage",
  expired: "degraded",
};

/** A job's state in a word. */
export function JobState({ state }: { readonly state: string }) {
  const { states } = useWords(jobsWords);
  return <Badge tone={TONES[state] ?? "quiet"}>{states[state] ?? state}</Badge>;
}
