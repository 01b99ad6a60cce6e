import type { ReviewEntryDetail } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Card, Notice } from "../../parts/parts.tsx";
import { Rung } from "../../parts/rung.tsx";
import { Page } from "../../shell/page.tsx";
import { PageLink } from "../../shell/route.tsx";
import { Decision } from "./decision.tsx";
import { ReviewBadge } from "./review-page.tsx";
import { reviewWords } from "./words.ts";

/** One answer that a person should look at: what was asked, what was given, what is to be answered. */
export function EntryPage({ id }: { readonly id: string }) {
  const text = useWords(reviewWords);
  const path = `/admin/api/review/${encodeURIComponent(id)}`;
  const { answer, again } = useAnswer<ReviewEntryDetail>(path);
  const back = (
    <PageLink page="review" class="button">
      {text.back}
    </PageLink>
  );
  return (
    <Page title={text.entry} aside={back}>
      <Answered answer={answer} again={again}>
        {(entry) => <Detail entry={entry} path={path} again={again} />}
      </Answered>
    </Page>
  );
}

function Detail({ entry, path, again }: { readonly entry: ReviewEntryDetail; readonly path: string; again(): void }) {
  const text = useWords(reviewWords);
  const format = useFormat();
  return (
    <>
      <Card
        title={text.question}
        aside={
          <span class="row">
            <Rung rung={entry.rung} />
            <ReviewBadge state={entry.state} />
          </span>
        }
      >
        <p class="quoted">{entry.question}</p>
      </Card>
      <div class="columns">
        <Card title={text.original} note={text.given(format.count(entry.given))}>
          <div class="text-block">{entry.original}</div>
        </Card>
        {entry.answer === entry.original ? null : (
          <Card title={text.inForce}>
            <div class="text-block">{entry.answer}</div>
          </Card>
        )}
      </div>
      {entry.state === "superseded" ? (
        <Notice>{text.superseded}</Notice>
      ) : (
        <Decision entry={entry} path={path} decided={again} />
      )}
      <div class="columns">
        <Card title={text.trail}>
          <ol class="events">
            {entry.events.map(({ at, by, action, effect }) => (
              <li key={`${at} ${action}`} class="row">
                <time class="faint small">{format.moment(at)}</time>
                <b>{text.actions[action] ?? action}</b>
                <span>{by}</span>
                {effect === undefined ? null : <span class="soft small">{effect}</span>}
              </li>
            ))}
          </ol>
        </Card>
        <Card title={text.request}>
          <dl class="pairs">
            <dt>{text.route}</dt>
            <dd>{entry.route}</dd>
            <dt>{text.tenant}</dt>
            <dd>{entry.tenant}</dd>
            <dt>{text.model}</dt>
            <dd class="mono">{entry.model}</dd>
            <dt>{text.first}</dt>
            <dd>{format.moment(entry.firstGivenAt)}</dd>
            <dt>{text.last}</dt>
            <dd>{format.moment(entry.lastGivenAt)}</dd>
            {entry.tickets.length === 0 ? null : (
              <>
                <dt>{text.tickets}</dt>
                <dd class="mono">{entry.tickets.join(", ")}</dd>
              </>
            )}
          </dl>
          <details>
            <summary>JSON</summary>
            <pre class="text-block">{JSON.stringify(entry.request, null, 2)}</pre>
          </details>
        </Card>
      </div>
    </>
  );
}
