import type { AttemptFigures, ProviderNow } from "../api/types.ts";
import { useWords } from "../language/language.tsx";
import { Badge, type Tone } from "./parts.tsx";
import { partsWords } from "./words.ts";

const TONES: Readonly<Record<string, Tone>> = { closed: "normal", "half-open": "busy", open: "outage" };

/** Whether a provider may be called: its breaker, or that no key of it is usable. */
export function BreakerBadge({ provider }: { readonly provider: Pick<ProviderNow, "breaker" | "accounts"> }) {
  const text = useWords(partsWords);
  const { breaker, accounts } = provider;
  if (accounts.all > 0 && accounts.usable === 0) return <Badge tone="outage">{text.breakers.isolated}</Badge>;
  if (breaker === "off") return <Badge>–</Badge>;
  return <Badge tone={TONES[breaker] ?? "quiet"}>{text.breakers[breaker] ?? breaker}</Badge>;
}

/** The share of attempts that a provider spoiled: not the caller's doing, not called off. Null without any. */
export function failedShare({ outcomes }: AttemptFigures): number | null {
  const answered = outcomes.answered ?? 0;
  const spoiled = ["cut", "overloaded", "fault", "credential", "rejected", "incompatible", "deadline"];
  const failed = spoiled.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0);
  return answered + failed === 0 ? null : failed / (answered + failed);
}
