import { useMemo } from "preact/hooks";
import { useLive } from "../../api/live.tsx";
import type { ProviderEvent, ProvidersAnswer } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Badge, Card, Empty } from "../../parts/parts.tsx";
import { partsWords } from "../../parts/words.ts";
import { Page } from "../../shell/page.tsx";
import { useRoute } from "../../shell/route.tsx";
import { shellWords } from "../../shell/words.ts";
import { ProviderCard } from "./provider-card.tsx";
import { eventTone, whatHappened } from "./what-happened.ts";
import { providersWords } from "./words.ts";

const PROVIDERS_MS = 4_000;
const MAX_EVENTS = 50;

/** Every provider in full. */
export function ProvidersPage() {
  const text = useWords(providersWords);
  const { pages } = useWords(shellWords);
  const { route } = useRoute();
  const { answer, again } = useAnswer<ProvidersAnswer>("/admin/api/providers", PROVIDERS_MS);
  return (
    <Page title={pages.providers} intro={text.intro}>
      <Answered answer={answer} again={again}>
        {({ providers, periodMs, events }) => (
          <>
            {providers.length === 0 ? <Empty title={text.none}>{text.noneWhy}</Empty> : null}
            {providers.map((provider) => (
              <ProviderCard
                key={provider.name}
                provider={provider}
                periodMs={periodMs}
                open={route.id === provider.name || providers.length === 1}
              />
            ))}
            <Events events={events} />
          </>
        )}
      </Answered>
    </Page>
  );
}

/** What happened: what the gateway remembers, and what came since. */
function Events({ events }: { readonly events: readonly ProviderEvent[] }) {
  const text = useWords(providersWords);
  const { breakers } = useWords(partsWords);
  const format = useFormat();
  const { events: fresh } = useLive();
  const all = useMemo(() => {
    const newest = events[0]?.at ?? 0;
    return [...fresh.filter(({ at }) => at > newest), ...events].slice(0, MAX_EVENTS);
  }, [events, fresh]);
  return (
    <Card title={text.events}>
      {all.length === 0 ? (
        <p class="soft">{text.noEvents}</p>
      ) : (
        <ul class="events">
          {all.map((event, index) => (
            <li key={`${event.at} ${event.provider} ${index}`} class="row">
              <time class="faint small">{format.moment(event.at)}</time>
              <Badge tone={eventTone(event)}>{text.happened[event.type] ?? event.type}</Badge>
              <b>{event.provider}</b>
              <span class="soft">{whatHappened(event, { text, breakers, format })}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
