import type { CacheAnswer, CacheFigures } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Card, Empty, Figure, Figures, Meter, TableArea } from "../../parts/parts.tsx";
import { partsWords } from "../../parts/words.ts";
import { Page } from "../../shell/page.tsx";
import { shellWords } from "../../shell/words.ts";
import { Purge } from "./purge.tsx";
import { cacheWords } from "./words.ts";

const CACHE_MS = 4_000;

/** What the cache does, holds, and how to empty it. */
export function CachePage() {
  const text = useWords(cacheWords);
  const { pages } = useWords(shellWords);
  const { answer, again } = useAnswer<CacheAnswer>("/admin/api/cache", CACHE_MS);
  return (
    <Page title={pages.cache} intro={text.intro}>
      <Answered answer={answer} again={again}>
        {(cache) => <Cache cache={cache} again={again} />}
      </Answered>
    </Page>
  );
}

function Cache({ cache: answer, again }: { readonly cache: CacheAnswer; again(): void }) {
  const text = useWords(cacheWords);
  const { colon } = useWords(partsWords);
  const format = useFormat();
  const { cache, total, capacityBytes, store, routes } = answer;
  if (cache === null && routes.length === 0) {
    return (
      <Card>
        <Empty title={text.off}>{text.offWhy}</Empty>
      </Card>
    );
  }
  return (
    <>
      {cache === null ? null : (
        <Card title={text.now}>
          <Figures>
            <Shares figures={cache} />
            <Figure
              name={text.answers}
              value={format.count(cache.answers)}
              note={
                <>
                  <Meter value={cache.bytes} of={capacityBytes} label={text.answers} colour="--rung-cache" />
                  {text.filled(format.bytes(cache.bytes), format.bytes(capacityBytes))}
                </>
              }
            />
          </Figures>
        </Card>
      )}
      {total === null ? null : (
        <Card title={text.total} note={`${text.store}${colon}${store ?? text.noStore}`}>
          <div class="stack">
            <Figures>
              <Shares figures={total} />
            </Figures>
            <Results figures={total} />
          </div>
        </Card>
      )}
      <Card title={text.routes} flush>
        <TableArea label={text.routes}>
          <thead>
            <tr>
              <th scope="col">{text.route}</th>
              <th scope="col">{text.when}</th>
              <th scope="col" class="number">
                {text.fresh}
              </th>
              <th scope="col" class="number">
                {text.stale}
              </th>
            </tr>
          </thead>
          <tbody>
            {routes.map(({ route, when, freshMs, staleMs }) => (
              <tr key={route}>
                <th scope="row">{route}</th>
                <td class="mono">{when}</td>
                <td class="number">{format.duration(freshMs)}</td>
                <td class="number">{format.duration(staleMs)}</td>
              </tr>
            ))}
          </tbody>
        </TableArea>
      </Card>
      <Purge purged={again} />
    </>
  );
}

function Shares({ figures }: { readonly figures: CacheFigures }) {
  const text = useWords(cacheWords);
  const format = useFormat();
  const { hitShare, results, stored, shared } = figures;
  return (
    <>
      <Figure
        name={text.hitShare}
        value={hitShare === null ? "–" : format.percent(hitShare)}
        note={text.hits(format.count(results.hit ?? 0))}
      />
      <Figure name={text.stored} value={format.count(stored)} />
      <Figure name={text.shared} value={format.count(shared)} note={text.sharedNote} />
    </>
  );
}

function Results({ figures }: { readonly figures: CacheFigures }) {
  const text = useWords(cacheWords);
  const format = useFormat();
  const entries = Object.entries(figures.results).filter(([, count]) => count > 0);
  const all = entries.reduce((sum, [, count]) => sum + count, 0);
  return (
    <ul class="bars" aria-label={text.results}>
      {entries
        .sort(([, one], [, other]) => other - one)
        .map(([name, count]) => (
          <li key={name}>
            <span>{text.kinds[name] ?? name}</span>
            <Meter value={count} of={all} label={text.kinds[name] ?? name} colour="--rung-cache" />
            <span class="number">{format.count(count)}</span>
          </li>
        ))}
    </ul>
  );
}
