import type { RequestDetail } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Badge, Card, Figure, Figures, Notice } from "../../parts/parts.tsx";
import { Rung } from "../../parts/rung.tsx";
import { Page } from "../../shell/page.tsx";
import { PageLink } from "../../shell/route.tsx";
import { ResultBadge } from "./result-badge.tsx";
import { Waterfall } from "./waterfall.tsx";
import { requestsWords } from "./words.ts";

/** One request: what became of it, and its way down the ladder. */
export function RequestView({ id }: { readonly id: string }) {
  const text = useWords(requestsWords);
  const { answer, again } = useAnswer<RequestDetail>(`/admin/api/requests/${encodeURIComponent(id)}`);
  const back = (
    <PageLink page="requests" class="button">
      {text.back}
    </PageLink>
  );
  return (
    <Page title={text.request} intro={id} aside={back}>
      {answer?.type === "absent" ? (
        <Notice tone="busy">{text.gone}</Notice>
      ) : (
        <Answered answer={answer} again={again}>
          {(request) => <Detail request={request} />}
        </Answered>
      )}
    </Page>
  );
}

function Detail({ request }: { readonly request: RequestDetail }) {
  const text = useWords(requestsWords);
  const format = useFormat();
  const { rung, provider, message, prompt, seamList, tokens, cost } = request;
  return (
    <>
      <Card
        title={
          <span class="row">
            <ResultBadge result={request.result} degraded={request.degraded} />
            {rung === null ? null : <Rung rung={rung} />}
            {provider === null ? null : <span class="soft">{provider}</span>}
          </span>
        }
        note={format.moment(request.at)}
      >
        <div class="stack">
          {message === null ? null : <Notice tone="outage">{message}</Notice>}
          <Figures>
            <Figure
              name={text.firstAnswer}
              value={request.outcomeMs === null ? "–" : format.duration(request.outcomeMs)}
            />
            <Figure name={text.total} value={format.duration(request.totalMs)} />
            <Figure name={text.attempts} value={request.attempts} />
            <Figure name={text.status} value={request.status} note={request.stream ? text.stream : text.whole} />
          </Figures>
        </div>
      </Card>
      <Waterfall request={request} />
      <div class="columns">
        <Card title={text.request}>
          <dl class="pairs">
            <dt>{text.route}</dt>
            <dd>{request.route ?? "–"}</dd>
            <dt>{text.model}</dt>
            <dd class="mono">{request.model ?? "–"}</dd>
            <dt>{text.tenant}</dt>
            <dd>{request.tenant ?? "–"}</dd>
            <dt>{text.key}</dt>
            <dd>{request.keyName ?? "–"}</dd>
            <dt>{text.priority}</dt>
            <dd>{request.priority === null ? "–" : `u=${request.priority}`}</dd>
            <dt>{text.tokens}</dt>
            <dd>{tokens === null ? "–" : `${format.count(tokens.input)} · ${format.count(tokens.output)}`}</dd>
            <dt>{text.cost}</dt>
            <dd>{cost === null ? "–" : format.money(cost, "USD")}</dd>
            {request.code === null ? null : (
              <>
                <dt>{text.code}</dt>
                <dd class="mono">{request.code}</dd>
              </>
            )}
          </dl>
        </Card>
        <Card title={text.prompt}>
          {prompt === null ? (
            <p class="soft">{text.noPrompt}</p>
          ) : (
            <>
              <pre class="text-block">{prompt.text}</pre>
              {prompt.cut ? <Badge>{text.cut}</Badge> : null}
            </>
          )}
        </Card>
      </div>
      {seamList.length === 0 ? null : (
        <Card title={text.seams}>
          <ul>
            {seamList.map(({ at, from, to, mode }) => (
              <li key={at}>{text.seam(at, from, to, mode)}</li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}
