import type { LimitForecast } from "../../api/types.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Card, Empty, Meter, TableArea } from "../../parts/parts.tsx";
import { capacityWords } from "./words.ts";

/** How providers' limits stand against the highest hour. */
export function Limits({ limits }: { readonly limits: readonly LimitForecast[] }) {
  const text = useWords(capacityWords);
  const format = useFormat();
  if (limits.length === 0) {
    return (
      <Card title={text.limits}>
        <Empty title={text.noLimits} />
      </Card>
    );
  }
  return (
    <Card title={text.limits} flush>
      <TableArea label={text.limits}>
        <thead>
          <tr>
            <th scope="col">{text.provider}</th>
            <th scope="col" class="number">
              {text.takes}
            </th>
            <th scope="col">{text.peakUse}</th>
            <th scope="col">{text.reached}</th>
          </tr>
        </thead>
        <tbody>
          {limits.map(({ provider, concurrency, from, peakUse, reachedAt, mayBeReachedAt }) => (
            <tr key={provider}>
              <th scope="row">{provider}</th>
              <td class="number">
                {format.count(Math.floor(concurrency))} <span class="faint small">{text.from[from] ?? from}</span>
              </td>
              <td>
                <span class="row load">
                  <Meter
                    value={peakUse}
                    of={1}
                    label={`${provider}: ${text.peakUse}`}
                    colour={peakUse >= 1 ? "--outage" : peakUse >= 0.8 ? "--busy" : "--accent"}
                  />
                  {format.percent(peakUse)}
                </span>
              </td>
              <td>
                {reachedAt !== undefined
                  ? format.hour(reachedAt)
                  : mayBeReachedAt !== undefined
                    ? text.maybe(format.hour(mayBeReachedAt))
                    : text.never}
              </td>
            </tr>
          ))}
        </tbody>
      </TableArea>
    </Card>
  );
}
