import { useState } from "preact/hooks";
import type { JobsAnswer, JobView } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { ListPages } from "../../parts/list-pages.tsx";
import { Card, Choices, Figure, Figures, TableArea } from "../../parts/parts.tsx";
import { Page } from "../../shell/page.tsx";
import { PageLink, useRoute } from "../../shell/route.tsx";
import { shellWords } from "../../shell/words.ts";
import { JobPage } from "./job-page.tsx";
import { JobState } from "./job-state.tsx";
import { jobsWords } from "./words.ts";

const JOBS_MS = 4_000;
const PAGE_SIZE = 50;
const FILTERS = ["all", "queued", "succeeded", "failed"] as const;

/** Jobs and dead letters; with one in the address, that one. */
export function JobsPage() {
  const { route } = useRoute();
  return route.id === undefined ? <List /> : <JobPage id={route.id} key={route.id} />;
}

function List() {
  const text = useWords(jobsWords);
  const { pages } = useWords(shellWords);
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>("all");
  const [after, setAfter] = useState<string | undefined>();
  const state = filter === "all" ? "" : `&state=${filter}`;
  const older = after === undefined ? "" : `&after=${encodeURIComponent(after)}`;
  const { answer, again } = useAnswer<JobsAnswer>(
    `/admin/api/jobs?limit=${PAGE_SIZE}${state}${older}`,
    after === undefined ? JOBS_MS : undefined,
  );
  const narrow = (
    <Choices
      label={text.state}
      value={filter}
      options={FILTERS.map((value) => ({ value, label: text.filters[value] }))}
      choose={(value) => {
        setAfter(undefined);
        setFilter(value);
      }}
    />
  );
  return (
    <Page title={pages.jobs} intro={text.intro} aside={narrow}>
      <Answered answer={answer} again={again}>
        {(jobs) => (
          <>
            <Counts jobs={jobs} />
            <ListPages
              title={text.list}
              nothing={{ title: filter === "all" ? text.none : text.noneMatch, why: text.noneWhy }}
              place={after}
              lastId={jobs.jobs.at(-1)?.id}
              hasMore={jobs.hasMore}
              words={text}
              go={setAfter}
            >
              <Table jobs={jobs.jobs} />
            </ListPages>
          </>
        )}
      </Answered>
    </Page>
  );
}

function Counts({ jobs }: { readonly jobs: JobsAnswer }) {
  const text = useWords(jobsWords);
  const format = useFormat();
  const { counts, oldestQueuedAt, busy, perSecond } = jobs;
  const queued = counts.queued ?? 0;
  const running = (counts.leased ?? 0) + (counts.running ?? 0);
  const paced = perSecond !== null && perSecond > 0;
  return (
    <Card>
      <Figures>
        <Figure
          name={text.waiting}
          value={format.count(queued)}
          note={
            oldestQueuedAt === null || queued === 0
              ? undefined
              : text.oldest(format.duration(Math.max(0, Date.now() - oldestQueuedAt)))
          }
        />
        <Figure name={text.running} value={format.count(running)} note={text.here(format.count(busy))} />
        <Figure
          name={text.pace}
          value={paced ? format.rate(perSecond) : "–"}
          note={
            paced ? (queued > 0 ? text.eta(format.duration((queued / perSecond) * 1000)) : undefined) : text.paceUnknown
          }
        />
        <Figure name={text.dead} value={format.count(counts.failed ?? 0)} />
      </Figures>
    </Card>
  );
}

function Table({ jobs }: { readonly jobs: readonly JobView[] }) {
  const text = useWords(jobsWords);
  const format = useFormat();
  return (
    <TableArea label={text.list}>
      <thead>
        <tr>
          <th scope="col">{text.job}</th>
          <th scope="col">{text.state}</th>
          <th scope="col">{text.model}</th>
          <th scope="col">{text.tenant}</th>
          <th scope="col">{text.created}</th>
          <th scope="col" class="number">
            {text.deliveries}
          </th>
          <th scope="col">{text.error}</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id} class="links">
            <th scope="row">
              <PageLink page="jobs" id={job.id} label={text.open(job.id)}>
                <span class="mono">{job.id}</span>
              </PageLink>
            </th>
            <td>
              <JobState state={job.state} />
            </td>
            <td class="mono">{job.model}</td>
            <td>{job.tenant}</td>
            <td>{format.since(job.createdAt, Date.now())}</td>
            <td class="number">{job.deliveries}</td>
            <td class="soft clipped">{job.error ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </TableArea>
  );
}
