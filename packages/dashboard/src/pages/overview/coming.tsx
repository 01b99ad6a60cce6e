import type { ForecastAnswer } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { useFormat, useLanguage, useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Card, Empty } from "../../parts/parts.tsx";
import { PageLink } from "../../shell/route.tsx";
import { ForecastChart } from "../capacity/forecast-chart.tsx";
import { overviewWords } from "./words.ts";

const FORECAST_MS = 120_000;
/** Hours of the past and of the time ahead that the small chart shows. */
const PAST_HOURS = 24;
const AHEAD_HOURS = 48;

/** What is coming? The next peak, and whose limit it meets. */
export function Coming() {
  const text = useWords(overviewWords);
  const { language } = useLanguage();
  const format = useFormat();
  const { answer, again } = useAnswer<ForecastAnswer>("/admin/api/forecast", FORECAST_MS);
  return (
    <Card
      title={text.coming}
      note={text.comingNote}
      aside={
        <PageLink page="capacity" class="small" label={`${text.more}: ${text.coming}`}>
          {text.more}
        </PageLink>
      }
    >
      <Answered answer={answer} again={again}>
        {({ measures, missing, limits }) => {
          const { requests } = measures;
          if (requests === undefined) return <Empty title={text.noForecast}>{missing?.[language]}</Empty>;
          const reached = limits.filter(({ reachedAt }) => reachedAt !== undefined);
          return (
            <div class="stack tight">
              <ForecastChart forecast={requests} past={PAST_HOURS} ahead={AHEAD_HOURS} height={150} />
              <p>{text.peak(format.count(Math.round(requests.peak.value)), format.hour(requests.peak.at))}</p>
              {reached.length === 0 ? <p class="soft">{text.limitsHold}</p> : null}
              {reached.map(({ provider, reachedAt }) => (
                <p key={provider}>{text.limitReached(provider, format.hour(reachedAt ?? 0))}</p>
              ))}
            </div>
          );
        }}
      </Answered>
    </Card>
  );
}
