import { useFormat, useWords } from "../../language/language.tsx";
import { Badge, Card, Empty, Figure, Figures, Notice } from "../../parts/parts.tsx";
import { Rung } from "../../parts/rung.tsx";
import { PageLink } from "../../shell/route.tsx";
import type { ChatResult } from "./send-chat.ts";
import { playgroundWords } from "./words.ts";

/** What came of a question: the answer as it comes, and how it came about. */
export function ResultCard({ result }: { readonly result: ChatResult | undefined }) {
  const text = useWords(playgroundWords);
  const format = useFormat();
  if (result === undefined) {
    return (
      <Card title={text.answer}>
        <Empty title={text.nothing}>{text.nothingWhy}</Empty>
      </Card>
    );
  }
  const header = (name: string) => result.headers.find(([known]) => known === name)?.[1];
  const rung = result.told?.rung ?? header("tideover-rung");
  const provider = result.told?.provider ?? header("tideover-provider");
  const degraded = result.told?.degraded ?? header("tideover-degraded") === "?1";
  const aside = (
    <span class="row">
      {rung === undefined ? null : <Rung rung={rung} />}
      {provider === undefined ? null : <span class="soft">{provider}</span>}
      {rung === undefined ? null : (
        <Badge tone={degraded ? "degraded" : "normal"}>{degraded ? text.degraded : text.full}</Badge>
      )}
    </span>
  );
  return (
    <Card title={text.answer} aside={aside}>
      <div class="stack" aria-busy={result.state === "sent" || result.state === "answering"}>
        <Outcome result={result} />
        {result.reasoning === "" ? null : (
          <details>
            <summary>{text.reasoning}</summary>
            <div class="text-block soft">{result.reasoning}</div>
          </details>
        )}
        {result.text === "" ? null : (
          <div class="text-block answer-text" data-state={result.state}>
            {result.text}
          </div>
        )}
        <Figures>
          <Figure
            name={text.firstToken}
            value={result.firstTokenMs === undefined ? "–" : format.duration(result.firstTokenMs)}
          />
          <Figure name={text.total} value={result.totalMs === undefined ? "–" : format.duration(result.totalMs)} />
          <Figure name={text.status} value={result.status ?? "–"} />
        </Figures>
        <Provenance result={result} requestId={header("tideover-request-id")} />
        {result.headers.length === 0 ? null : (
          <details>
            <summary>{text.headers}</summary>
            <dl class="pairs small mono">
              {result.headers.map(([name, value]) => [
                <dt key={name}>{name}</dt>,
                <dd key={`${name} value`}>{value}</dd>,
              ])}
            </dl>
          </details>
        )}
      </div>
    </Card>
  );
}

function Outcome({ result }: { readonly result: ChatResult }) {
  const text = useWords(playgroundWords);
  if (result.state === "sent") return <p class="soft pulse">{text.waiting}</p>;
  if (result.state === "stopped") return <Notice tone="busy">{text.stopped}</Notice>;
  if (result.ticket !== undefined) {
    return (
      <Notice>
        {text.ticket}{" "}
        <PageLink page="jobs" id={result.ticket === "" ? undefined : result.ticket}>
          {text.seeTicket}
        </PageLink>
      </Notice>
    );
  }
  if (result.state !== "failed") return null;
  const refused = result.status !== undefined && result.status >= 400 ? text.refused(result.status) : undefined;
  const why = refused ?? (result.status === undefined ? text.broken : text.interrupted);
  return (
    <Notice tone="outage">
      {why} {result.error}
    </Notice>
  );
}

function Provenance(properties: { readonly result: ChatResult; readonly requestId: string | undefined }) {
  const { result, requestId } = properties;
  const text = useWords(playgroundWords);
  const format = useFormat();
  const { told } = result;
  if (told === undefined && requestId === undefined) return null;
  return (
    <section class="stack tight" aria-label={text.provenance}>
      <h3>{text.provenance}</h3>
      <dl class="pairs">
        {told?.model === undefined ? null : (
          <>
            <dt>{text.upstreamModel}</dt>
            <dd class="mono">{told.model}</dd>
          </>
        )}
        {told?.age_seconds === undefined ? null : (
          <>
            <dt>{text.age}</dt>
            <dd>{format.duration(told.age_seconds * 1000)}</dd>
          </>
        )}
        {(told?.attempts ?? []).length === 0 ? null : (
          <>
            <dt>{text.attempts}</dt>
            <dd>
              <ol>
                {(told?.attempts ?? []).map(({ provider, outcome, ms }, index) => (
                  <li key={`${index} ${provider}`}>
                    {provider}: {outcome}, {format.duration(ms)}
                  </li>
                ))}
              </ol>
            </dd>
          </>
        )}
        {(told?.seams ?? []).length === 0 ? null : (
          <>
            <dt>{text.seams}</dt>
            <dd>{(told?.seams ?? []).map(({ at, from, to, mode }) => text.seam(at, from, to, mode)).join("; ")}</dd>
          </>
        )}
        {requestId === undefined ? null : (
          <>
            <dt>{text.requestId}</dt>
            <dd>
              <PageLink page="requests" id={requestId}>
                <span class="mono">{requestId}</span>
              </PageLink>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
