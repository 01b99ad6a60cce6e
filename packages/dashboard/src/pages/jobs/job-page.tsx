import { useState } from "preact/hooks";
import { ask } from "../../api/ask.ts";
import type { JobAnswer } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Card, Notice, type Tone } from "../../parts/parts.tsx";
import { Page } from "../../shell/page.tsx";
import { PageLink } from "../../shell/route.tsx";
import { JobState } from "./job-state.tsx";
import { jobsWords } from "./words.ts";

const JOB_MS = 4_000;
const REDRIVABLE = ["failed", "expired", "cancelled"];
const CANCELLABLE = ["queued", "leased", "running"];

/** One job, with what can be done to it. */
export function JobPage({ id }: { readonly id: string }) {
  const text = useWords(jobsWords);
  const path = `/admin/api/jobs/${encodeURIComponent(id)}`;
  const { answer, again } = useAnswer<JobAnswer>(path, JOB_MS);
  const back = (
    <PageLink page="jobs" class="button">
      {text.back}
    </PageLink>
  );
  return (
    <Page title={text.job} intro={id} aside={back}>
      <Answered answer={answer} again={again}>
        {(job) => <Detail answer={job} path={path} again={again} />}
      </Answered>
    </Page>
  );
}

function Detail({ answer, path, again }: { readonly answer: JobAnswer; readonly path: string; again(): void }) {
  const text = useWords(jobsWords);
  const format = useFormat();
  const [said, setSaid] = useState<{ readonly tone: Tone; readonly text: string }>();
  const [asking, setAsking] = useState(false);
  const { job, response } = answer;

  const act = async (action: "redrive" | "cancel") => {
    setAsking(false);
    const result = await ask<JobAnswer>(`${path}/${action}`, { method: "POST", body: {} });
    setSaid(
      result.type === "value"
        ? { tone: "normal", text: action === "redrive" ? text.redriven : text.cancelled }
        : { tone: "outage", text: `${text.failed} ${result.message}` },
    );
    again();
  };

  return (
    <>
      <Card title={<JobState state={job.state} />} note={`${job.operation} · ${job.model}`}>
        <div class="stack">
          {said === undefined ? null : <Notice tone={said.tone}>{said.text}</Notice>}
          <dl class="pairs">
            <dt>{text.tenant}</dt>
            <dd>{job.tenant}</dd>
            <dt>{text.priority}</dt>
            <dd>u={job.priority}</dd>
            <dt>{text.created}</dt>
            <dd>{format.moment(job.createdAt)}</dd>
            <dt>{text.ended}</dt>
            <dd>{job.endedAt === null ? "–" : format.moment(job.endedAt)}</dd>
            <dt>{text.expires}</dt>
            <dd>{format.moment(job.expiresAt)}</dd>
            <dt>{text.deliveries}</dt>
            <dd>{job.deliveries}</dd>
            {job.group === null ? null : (
              <>
                <dt>{text.group}</dt>
                <dd>{job.group}</dd>
              </>
            )}
            {job.error === null ? null : (
              <>
                <dt>{text.error}</dt>
                <dd>{job.error}</dd>
              </>
            )}
          </dl>
          <div class="row">
            {REDRIVABLE.includes(job.state) ? (
              <button type="button" class="button first" onClick={() => void act("redrive")}>
                {text.redrive}
              </button>
            ) : null}
            {CANCELLABLE.includes(job.state) && !asking ? (
              <button type="button" class="button grave" onClick={() => setAsking(true)}>
                {text.cancel}
              </button>
            ) : null}
            {asking ? (
              <span class="row" role="alert">
                {text.sureCancel}
                <button type="button" class="button grave" onClick={() => void act("cancel")}>
                  {text.yes}
                </button>
                <button type="button" class="button" onClick={() => setAsking(false)}>
                  {text.no}
                </button>
              </span>
            ) : null}
          </div>
        </div>
      </Card>
      <Card title={text.answer}>
        {response === null || response === undefined ? (
          <p class="soft">{text.noAnswer}</p>
        ) : (
          <pre class="text-block">{JSON.stringify(response, null, 2)}</pre>
        )}
      </Card>
    </>
  );
}
