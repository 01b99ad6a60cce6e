import { useState } from "preact/hooks";
import type { ReviewEntry, ReviewList, ReviewState } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Badge, Card, Choices, Empty, type Tone } from "../../parts/parts.tsx";
import { Rung } from "../../parts/rung.tsx";
import { Page } from "../../shell/page.tsx";
import { PageLink, useRoute } from "../../shell/route.tsx";
import { shellWords } from "../../shell/words.ts";
import { EntryPage } from "./entry-page.tsx";
import { reviewWords } from "./words.ts";

const REVIEW_MS = 5_000;
const PAGE_SIZE = 30;
const FILTERS = ["waiting", "approved", "edited", "regenerated", "dismissed"] as const;

/** The inbox of answers that a person should look at; with one in the address, that one. */
export function ReviewPage() {
  const { route } = useRoute();
  return route.id === undefined ? <Inbox /> : <EntryPage id={route.id} key={route.id} />;
}

function Inbox() {
  const text = useWords(reviewWords);
  const { pages } = useWords(shellWords);
  const format = useFormat();
  const [state, setState] = useState<(typeof FILTERS)[number]>("waiting");
  const [after, setAfter] = useState<string | undefined>();
  const older = after === undefined ? "" : `&after=${encodeURIComponent(after)}`;
  const { answer, again } = useAnswer<ReviewList>(
    `/admin/api/review?state=${state}&limit=${PAGE_SIZE}${older}`,
    after === undefined ? REVIEW_MS : undefined,
  );
  const counts = answer?.type === "value" ? answer.value.counts : undefined;
  const narrow = (
    <Choices
      label={text.state}
      value={state}
      options={FILTERS.map((value) => ({ value, label: withCount(text.filters[value], counts?.[value]) }))}
      choose={(value) => {
        setAfter(undefined);
        setState(value);
      }}
    />
  );
  return (
    <Page title={pages.review} intro={text.intro} aside={narrow}>
      <Answered answer={answer} again={again}>
        {({ entries, next, dropped }) => (
          <>
            {dropped > 0 ? <p class="soft small">{text.dropped(format.count(dropped))}</p> : null}
            {entries.length === 0 ? (
              <Card>
                <Empty title={state === "waiting" ? text.none : text.noneMatch}>{text.noneWhy}</Empty>
              </Card>
            ) : (
              <ul class="stack" aria-label={text.list}>
                {entries.map((entry) => (
                  <li key={entry.id}>
                    <Entry entry={entry} />
                  </li>
                ))}
              </ul>
            )}
            <div class="row">
              {after === undefined ? null : (
                <button type="button" class="button" onClick={() => setAfter(undefined)}>
                  {text.newest}
                </button>
              )}
              {next === undefined ? null : (
                <button type="button" class="button" onClick={() => setAfter(next)}>
                  {text.more}
                </button>
              )}
            </div>
          </>
        )}
      </Answered>
    </Page>
  );
}

function withCount(label: string, count: number | undefined): string {
  return count === undefined || count === 0 ? label : `${label} ${count}`;
}

const TONES: Readonly<Record<ReviewState, Tone>> = {
  waiting: "busy",
  approved: "normal",
  edited: "normal",
  regenerated: "normal",
  dismissed: "quiet",
  superseded: "quiet",
};

/** The state of an entry in a word. */
export function ReviewBadge({ state }: { readonly state: ReviewState }) {
  const { states } = useWords(reviewWords);
  return <Badge tone={TONES[state]}>{states[state] ?? state}</Badge>;
}

function Entry({ entry }: { readonly entry: ReviewEntry }) {
  const text = useWords(reviewWords);
  const format = useFormat();
  return (
    <article class="card review-entry">
      <div class="row apart">
        <div class="row">
          <ReviewBadge state={entry.state} />
          <Rung rung={entry.rung} />
          <span class="soft">{entry.route}</span>
        </div>
        <span class="faint small">
          {text.given(format.count(entry.given))} · {format.since(entry.lastGivenAt, Date.now())}
        </span>
      </div>
      <h2>
        <PageLink page="review" id={entry.id} label={text.open(entry.question)}>
          {entry.question}
        </PageLink>
      </h2>
      <p class="soft clamped">{entry.answer}</p>
    </article>
  );
}
