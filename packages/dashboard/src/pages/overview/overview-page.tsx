import { useMemo, useState } from "preact/hooks";
import { useLive } from "../../api/live.tsx";
import { useWords } from "../../language/language.tsx";
import { Answered } from "../../parts/answered.tsx";
import { Card, Choices, Notice } from "../../parts/parts.tsx";
import { Page } from "../../shell/page.tsx";
import { shellWords } from "../../shell/words.ts";
import { Answering } from "./answering.tsx";
import { Coming } from "./coming.tsx";
import { Full } from "./full.tsx";
import { How } from "./how.tsx";
import { Slow } from "./slow.tsx";
import { lastMinute } from "./story.ts";
import { RANGES, type Range, useTimeline } from "./use-timeline.ts";
import { Waits } from "./waits.tsx";
import { overviewWords } from "./words.ts";

/** The first page: five questions in the order in which whoever is on call asks them. */
export function OverviewPage() {
  const text = useWords(overviewWords);
  const { pages } = useWords(shellWords);
  const { overview, ticks } = useLive();
  const [range, setRange] = useState<Range>("live");
  const { timeline, asked } = useTimeline(range);
  const minute = useMemo(() => lastMinute(ticks, overview?.minute), [ticks, overview]);
  const periods = (
    <Choices
      label={text.range}
      value={range}
      options={RANGES.map((value) => ({ value, label: text.ranges[value] }))}
      choose={(value) => setRange(value)}
    />
  );
  return (
    <Page title={pages.overview} aside={periods}>
      {overview?.demo === true ? <Notice tone="busy">{text.demo}</Notice> : null}
      <Full minute={minute} />
      {asked.answer === undefined || asked.answer.type === "value" || range === "live" ? null : (
        <Card>
          <Answered answer={asked.answer} again={asked.again}>
            {() => null}
          </Answered>
        </Card>
      )}
      <Answering ticks={ticks} minute={minute} timeline={timeline} />
      <How minute={minute} timeline={timeline} />
      <Slow tick={ticks.at(-1)} timeline={timeline} />
      <div class="columns">
        <Waits tick={ticks.at(-1) ?? overview?.minute} />
        <Coming />
      </div>
    </Page>
  );
}
