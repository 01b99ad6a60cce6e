import { useMemo } from "preact/hooks";
import type { Timeline } from "../../api/timeline.ts";
import type { Picture } from "../../api/types.ts";
import { Chart } from "../../chart/chart.tsx";
import { useFormat, useWords } from "../../language/language.tsx";
import { Card, Figure, Figures } from "../../parts/parts.tsx";
import { partsWords } from "../../parts/words.ts";
import { Routes } from "./routes.tsx";
import { storyOf, sum } from "./story.ts";
import { overviewWords } from "./words.ts";

/** Are we answering? One sentence, four figures, and the shares over time. */
export function Answering(properties: {
  readonly ticks: readonly Picture[];
  /** Pictures of the last minute. */
  readonly minute: readonly Picture[];
  readonly timeline: Timeline;
}) {
  const { ticks, timeline } = properties;
  const text = useWords(overviewWords);
  const { comma, colon } = useWords(partsWords);
  const format = useFormat();
  const story = useMemo(() => storyOf(ticks.length > 1 ? ticks : properties.minute), [ticks, properties.minute]);
  const minute = useMemo(() => sum(properties.minute), [properties.minute]);
  const ended = minute.answered + minute.failed;
  const shown = { elsewhere: story.alternateShare, degraded: story.degradedShare };
  const percent = format.percent(
    story.kind === "elsewhere" || story.kind === "degraded" ? shown[story.kind] : story.answeredShare,
  );
  const answered = ended === 0 ? "–" : format.percent(minute.answered / ended);
  const degraded = minute.answered === 0 ? "–" : format.percent(minute.degraded / minute.answered);
  const now = ticks.at(-1);
  const headline = text.headlines[story.kind](percent);
  // Read out when it becomes another one, not with every change of its percentage.
  const announced = useMemo(() => headline, [story.kind, text]);
  return (
    <Card title={text.answering}>
      <div class="stack">
        <div class="headline" data-tone={story.tone} data-story={story.kind}>
          <span class="dot" data-tone={story.tone} />
          <p>{headline}</p>
        </div>
        <span class="visually-hidden" role="status">
          {announced}
        </span>
        <Figures>
          <Figure
            name={text.answered}
            value={answered}
            note={`${text.lastMinute}${comma}${text.ofRequests(format.count(ended))}`}
          />
          <Figure name={text.degraded} value={degraded} note={text.lastMinute} />
          <Figure
            name={text.rate}
            value={minute.seconds === 0 ? "–" : format.rate(minute.answered / minute.seconds)}
            note={minute.shed > 0 ? `${text.shed}${colon}${format.count(minute.shed)}` : text.lastMinute}
          />
          <Figure
            name={text.extra}
            value={format.count(minute.retries + minute.hedges + minute.continuations)}
            note={text.extras(minute.retries, minute.hedges, minute.continuations)}
          />
        </Figures>
        <Chart
          summary={text.sharesSummary(answered, degraded)}
          at={timeline.at}
          span={timeline.span}
          series={[
            { label: text.answered, colour: "--normal", values: timeline.answeredShare },
            { label: text.degraded, colour: "--degraded", values: timeline.degradedShare },
          ]}
          write={format.percent}
          writeMoment={timeline.stepMs < 600_000 ? format.time : format.hour}
          top={1}
          height={150}
        />
        {now === undefined ? null : <Routes levels={now.levels} minute={properties.minute} />}
      </div>
    </Card>
  );
}
