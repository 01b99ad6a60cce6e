import type { ForecastBacktest } from "../../api/types.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Card, Figure, Figures } from "../../parts/parts.tsx";
import { capacityWords } from "./words.ts";

/** How good the forecast was on the past, beside the simplest one there is. */
export function Backtest(properties: { readonly backtest: ForecastBacktest; write(value: number): string }) {
  const { backtest, write } = properties;
  const { method, seasonHours, compared, error, naiveError, coverage } = backtest;
  const text = useWords(capacityWords);
  const format = useFormat();
  const gain = naiveError > 0 ? 1 - error / naiveError : 0;
  const compare = gain >= 0 ? text.better(format.percent(gain)) : text.worse(format.percent(-gain));
  return (
    <Card title={text.backtest} note={text.backtestNote}>
      <div class="stack">
        <Figures>
          <Figure name={text.error} value={write(error)} note={compare} />
          <Figure name={text.naive} value={write(naiveError)} />
          <Figure name={text.coverage} value={format.percent(coverage)} note={text.compared(format.count(compared))} />
        </Figures>
        <dl class="pairs">
          <dt>{text.method}</dt>
          <dd>{text.methods[method] ?? method}</dd>
          <dt>{text.season}</dt>
          <dd>{text.seasons(seasonHours)}</dd>
        </dl>
      </div>
    </Card>
  );
}
