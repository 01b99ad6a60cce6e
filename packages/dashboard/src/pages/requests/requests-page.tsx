import { useEffect, useState } from "preact/hooks";
import { useLive } from "../../api/live.tsx";
import type { RequestSummary, RequestsAnswer } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { ListPages } from "../../parts/list-pages.tsx";
import { Choices, TableArea } from "../../parts/parts.tsx";
import { Rung } from "../../parts/rung.tsx";
import { Page } from "../../shell/page.tsx";
import { PageLink, useRoute } from "../../shell/route.tsx";
import { shellWords } from "../../shell/words.ts";
import { RequestView } from "./request-view.tsx";
import { ResultBadge } from "./result-badge.tsx";
import { requestsWords } from "./words.ts";

/** How often requests are asked for where the event stream does not tell of new ones, in ms. */
const REQUESTS_MS = 10_000;
const PAGE_SIZE = 50;

/** What the list can be narrowed to, as the query of the API. */
const FILTERS = {
  all: "",
  degraded: "&degraded=true",
  failed: "&result=failed",
  interrupted: "&result=interrupted",
} as const;

/** The requests of late; with one in the address, that one. */
export function RequestsPage() {
  const { route } = useRoute();
  return route.id === undefined ? <List /> : <RequestView id={route.id} key={route.id} />;
}

function List() {
  const text = useWords(requestsWords);
  const { pages } = useWords(shellWords);
  const format = useFormat();
  const { overview, newestRequest } = useLive();
  const [filter, setFilter] = useState<keyof typeof FILTERS>("all");
  const [only, setOnly] = useState("");
  const [before, setBefore] = useState<string | undefined>();
  const older = before === undefined ? "" : `&before=${encodeURIComponent(before)}`;
  const route = only === "" ? "" : `&route=${encodeURIComponent(only)}`;
  const { answer, again } = useAnswer<RequestsAnswer>(
    `/admin/api/requests?limit=${PAGE_SIZE}${FILTERS[filter]}${route}${older}`,
    before === undefined ? REQUESTS_MS : undefined,
  );
  useEffect(() => {
    if (newestRequest !== undefined && before === undefined && !document.hidden) again();
  }, [newestRequest, before, again]);
  const routes = overview?.minute.levels.map(({ route: name }) => name) ?? [];
  const narrow = (
    <div class="row">
      {routes.length < 2 ? null : (
        <select
          class="input"
          aria-label={text.route}
          value={only}
          onChange={(event) => {
            setBefore(undefined);
            setOnly(event.currentTarget.value);
          }}
        >
          <option value="">{text.anyRoute}</option>
          {routes.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      <Choices
        label={text.result}
        value={filter}
        options={(["all", "degraded", "failed", "interrupted"] as const).map((value) => ({
          value,
          label: text.filters[value],
        }))}
        choose={(value) => {
          setBefore(undefined);
          setFilter(value);
        }}
      />
    </div>
  );
  return (
    <Page title={pages.requests} intro={text.intro} aside={narrow}>
      <Answered answer={answer} again={again}>
        {({ requests, hasMore, kept }) => (
          <ListPages
            title={text.list}
            note={text.kept(format.count(kept))}
            nothing={{ title: filter === "all" && only === "" ? text.none : text.noneMatch, why: text.noneWhy }}
            place={before}
            lastId={requests.at(-1)?.id}
            hasMore={hasMore}
            words={text}
            go={setBefore}
          >
            <Requests requests={requests} />
          </ListPages>
        )}
      </Answered>
    </Page>
  );
}

function Requests({ requests }: { readonly requests: readonly RequestSummary[] }) {
  const text = useWords(requestsWords);
  const format = useFormat();
  return (
    <TableArea label={text.list}>
      <thead>
        <tr>
          <th scope="col">{text.when}</th>
          <th scope="col">{text.result}</th>
          <th scope="col">{text.rung}</th>
          <th scope="col">{text.provider}</th>
          <th scope="col">{text.route}</th>
          <th scope="col">{text.model}</th>
          <th scope="col" class="number">
            {text.firstAnswer}
          </th>
          <th scope="col" class="number">
            {text.total}
          </th>
          <th scope="col" class="number">
            {text.attempts}
          </th>
        </tr>
      </thead>
      <tbody>
        {requests.map((request) => (
          <tr key={request.id} class="links">
            <th scope="row">
              <PageLink page="requests" id={request.id} label={`${text.open(request.id)}, ${format.time(request.at)}`}>
                {format.time(request.at)}
              </PageLink>
            </th>
            <td>
              <ResultBadge result={request.result} degraded={request.degraded} />
            </td>
            <td>{request.rung === null ? (request.code ?? "–") : <Rung rung={request.rung} />}</td>
            <td>{request.provider ?? "–"}</td>
            <td>{request.route ?? "–"}</td>
            <td class="mono">{request.model ?? "–"}</td>
            <td class="number">{request.outcomeMs === null ? "–" : format.duration(request.outcomeMs)}</td>
            <td class="number">{format.duration(request.totalMs)}</td>
            <td class="number">{request.attempts}</td>
          </tr>
        ))}
      </tbody>
    </TableArea>
  );
}
