import { useState } from "preact/hooks";
import type { ForecastAnswer, ForecastMeasure } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useLanguage, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Card, Choices, Empty, Figure, Figures } from "../../parts/parts.tsx";
import { partsWords } from "../../parts/words.ts";
import { Page } from "../../shell/page.tsx";
import { shellWords } from "../../shell/words.ts";
import { Advice } from "./advice.tsx";
import { Backtest } from "./backtest.tsx";
import { Exports } from "./exports.tsx";
import { ForecastChart } from "./forecast-chart.tsx";
import { Limits } from "./limits.tsx";
import { capacityWords } from "./words.ts";

const FORECAST_MS = 120_000;
const WEEK_HOURS = 168;
const MEASURES: readonly ForecastMeasure[] = ["requests", "tokens", "concurrency"];

/** What the coming week asks for, against the limits, and what to do about it. */
export function CapacityPage() {
  const text = useWords(capacityWords);
  const { pages } = useWords(shellWords);
  const { answer, again } = useAnswer<ForecastAnswer>("/admin/api/forecast", FORECAST_MS);
  return (
    <Page title={pages.capacity} intro={text.intro}>
      <Answered answer={answer} again={again}>
        {(forecast) => <Forecast forecast={forecast} applied={again} />}
      </Answered>
    </Page>
  );
}

function Forecast({ forecast, applied }: { readonly forecast: ForecastAnswer; applied(): void }) {
  const text = useWords(capacityWords);
  const { comma } = useWords(partsWords);
  const { language } = useLanguage();
  const format = useFormat();
  const [wanted, setWanted] = useState<ForecastMeasure>("requests");
  const present = MEASURES.filter((measure) => forecast.measures[measure] !== undefined);
  const chosen = present.includes(wanted) ? wanted : present[0];
  const measure = chosen === undefined ? undefined : forecast.measures[chosen];
  if (chosen === undefined || measure === undefined) {
    return (
      <Card>
        <Empty title={text.noForecast}>{forecast.missing?.[language]}</Empty>
      </Card>
    );
  }
  const { peak } = measure;
  const round = (value: number) => format.count(value >= 10 ? Math.round(value) : Math.round(value * 10) / 10);
  const { replicas, cost } = forecast;
  const choose = (
    <Choices
      label={text.measure}
      value={chosen}
      options={present.map((value) => ({ value, label: text.measures[value] }))}
      choose={(value) => setWanted(value)}
    />
  );
  const limit = chosen === "concurrency" ? smallest(forecast) : undefined;
  return (
    <>
      <Card
        title={text.expectedTitle}
        note={`${text.units[chosen]}${comma}${text.history(format.count(forecast.hoursOfHistory))}`}
        aside={choose}
      >
        <div class="stack">
          <Figures>
            <Figure
              name={text.peak}
              value={round(peak.value)}
              note={`${format.hour(peak.at)}${comma}${text.band(round(peak.low), round(peak.high))}`}
            />
            {replicas === undefined ? null : (
              <Figure
                name={text.replicas}
                value={format.count(replicas.needed)}
                note={text.callsEach(format.count(replicas.callsEach))}
              />
            )}
            {cost === undefined ? null : (
              <Figure
                name={text.cost}
                value={format.money(cost.total.amount, cost.total.currency)}
                note={text.peakCost(format.money(cost.peakHour.amount, cost.peakHour.currency))}
              />
            )}
          </Figures>
          <ForecastChart forecast={measure} past={WEEK_HOURS} ahead={WEEK_HOURS} limit={limit} height={260} />
        </div>
      </Card>
      <Advice recommendations={forecast.recommendations} applied={applied} />
      <Limits limits={forecast.limits} />
      <Backtest backtest={measure.backtest} write={round} />
      <Exports />
    </>
  );
}

function smallest({ limits }: ForecastAnswer): number | undefined {
  const all = limits.map(({ concurrency }) => concurrency);
  return all.length === 0 ? undefined : Math.min(...all);
}
