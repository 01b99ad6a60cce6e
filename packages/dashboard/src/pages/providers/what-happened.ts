import type { ProviderEvent } from "../../api/types.ts";
import type { Format } from "../../format/format.ts";
import type { Words } from "../../language/language.tsx";
import type { Tone } from "../../parts/parts.tsx";
import type { partsWords } from "../../parts/words.ts";
import type { providersWords } from "./words.ts";

type Text<Both> = Both extends Words<infer Own> ? Own : never;

/** What an event is told with. */
export interface EventWords {
  readonly text: Text<typeof providersWords>;
  readonly breakers: Text<typeof partsWords>["breakers"];
  readonly format: Pick<Format, "count">;
}

/** An event in one line, in the language in force. */
export function whatHappened(event: ProviderEvent, { text, breakers, format }: EventWords): string {
  if (event.type === "breaker-changed") {
    const { model, state, reason } = event;
    return text.breakerMoved(model, breakers[state] ?? state, reasonIn(text.breakerReasons, reason));
  }
  if (event.type === "account-isolated") return text.keyRefused(event.account, event.reason);
  return text.limitMoved(event.model, format.count(Math.floor(event.limit)), format.count(event.inFlight));
}

/** A reason in the words of another language; one that nobody has translated stays as it is. */
function reasonIn(known: EventWords["text"]["breakerReasons"], reason: string): string {
  const found = known.find(([begins]) => begins.test(reason));
  return found === undefined ? reason : reason.replace(...found);
}

/** How grave an event is. */
export function eventTone(event: ProviderEvent): Tone {
  if (event.type === "account-isolated") return "outage";
  if (event.type === "limit-changed") return "quiet";
  return event.state === "open" ? "outage" : event.state === "closed" ? "normal" : "busy";
}
