import type { Picture, RouteLevel } from "../../api/types.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Badge, TableArea } from "../../parts/parts.tsx";
import { partsWords } from "../../parts/words.ts";
import { sum } from "./story.ts";
import { overviewWords } from "./words.ts";

/** The level of each route, as pages are told it; with several routes what became of their requests, too. */
export function Routes(properties: { readonly levels: readonly RouteLevel[]; readonly minute: readonly Picture[] }) {
  const { levels, minute } = properties;
  const text = useWords(overviewWords);
  const { levels: names } = useWords(partsWords);
  const format = useFormat();
  const [only] = levels;
  if (only === undefined) return null;
  if (levels.length === 1) {
    return (
      <div class="row">
        <span class="faint small">{text.levelNow}</span>
        <Badge tone={only.level}>
          {only.route} · {names[only.level] ?? only.level}
        </Badge>
      </div>
    );
  }
  return (
    <TableArea label={text.routes} class="compact">
      <thead>
        <tr>
          <th scope="col">{text.route}</th>
          <th scope="col">{text.levelNow}</th>
          <th scope="col" class="number">
            {text.answered}
          </th>
          <th scope="col" class="number">
            {text.degraded}
          </th>
          <th scope="col" class="number">
            {text.rate}
          </th>
        </tr>
      </thead>
      <tbody>
        {levels.map(({ route, level }) => {
          const { answered, failed, degraded, seconds } = ofRoute(minute, route);
          return (
            <tr key={route}>
              <th scope="row">{route}</th>
              <td>
                <Badge tone={level}>{names[level] ?? level}</Badge>
              </td>
              <td class="number">{answered + failed === 0 ? "–" : format.percent(answered / (answered + failed))}</td>
              <td class="number">{answered === 0 ? "–" : format.percent(degraded / answered)}</td>
              <td class="number">{seconds === 0 ? "–" : format.rate(answered / seconds)}</td>
            </tr>
          );
        })}
      </tbody>
    </TableArea>
  );
}

/** What ended on one route; a picture without it counts as time in which nothing did. */
function ofRoute(minute: readonly Picture[], route: string) {
  const figures = minute.flatMap((picture) => {
    const requests = picture.routes[route];
    // What the full gateway refused was no route's yet.
    return requests === undefined ? [] : [{ ...picture, requests, load: null }];
  });
  return { ...sum(figures), seconds: sum(minute).seconds };
}
