import type { Picture, ReviewList } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Card, Figure, Figures } from "../../parts/parts.tsx";
import { partsWords } from "../../parts/words.ts";
import { PageLink } from "../../shell/route.tsx";
import { overviewWords } from "./words.ts";

const REVIEWS_MS = 15_000;
/** States of jobs that are not over. */
const OPEN_STATES = ["queued", "leased", "running"];

/** What waits? Calls for a permit, jobs, answers for review. */
export function Waits({ tick }: { readonly tick: Picture | undefined }) {
  const text = useWords(overviewWords);
  const { classes, comma } = useWords(partsWords);
  const format = useFormat();
  const { answer } = useAnswer<ReviewList>("/admin/api/review?state=waiting&limit=1", REVIEWS_MS);
  const waiting = tick?.waiting;
  const load = tick?.load ?? null;
  const permits = Object.entries(waiting?.permits ?? {}).filter(([, count]) => count > 0);
  const jobs = waiting?.jobs ?? null;
  const open = OPEN_STATES.reduce((sum, state) => sum + (jobs?.[state] ?? 0), 0);
  return (
    <Card
      title={text.waits}
      aside={
        <PageLink page="jobs" class="small" label={`${text.more}: ${text.jobs}`}>
          {text.more}
        </PageLink>
      }
    >
      <Figures pairs>
        <Figure
          name={text.inFlight}
          value={waiting === undefined ? "–" : format.count(waiting.inFlight)}
          note={load === null ? undefined : text.room(format.count(load.allowed), format.percent(load.busyShare))}
        />
        <Figure
          name={text.permits}
          value={format.count(permits.reduce((sum, [, count]) => sum + count, 0))}
          note={permits.map(([name, count]) => `${classes[name] ?? name} ${count}`).join(comma)}
        />
        <Figure
          name={text.jobs}
          value={jobs === null ? "–" : format.count(open)}
          note={
            jobs === null
              ? text.noJobs
              : waiting !== undefined && waiting.oldestJobMs > 0
                ? text.oldest(format.duration(waiting.oldestJobMs))
                : undefined
          }
        />
        <Figure
          name={text.reviews}
          value={
            answer?.type === "value" ? (
              <PageLink page="review" label={`${text.reviews}: ${answer.value.counts.waiting}`}>
                {format.count(answer.value.counts.waiting)}
              </PageLink>
            ) : (
              "–"
            )
          }
        />
      </Figures>
    </Card>
  );
}
