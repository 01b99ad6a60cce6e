import { useMemo } from "preact/hooks";
import type { Timeline } from "../../api/timeline.ts";
import type { Picture } from "../../api/types.ts";
import { Chart } from "../../chart/chart.tsx";
import { useFormat, useWords } from "../../language/language.tsx";
import { Card, Empty } from "../../parts/parts.tsx";
import { RUNGS, rungColour } from "../../parts/rung.tsx";
import { partsWords } from "../../parts/words.ts";
import { PageLink } from "../../shell/route.tsx";
import { sum } from "./story.ts";
import { overviewWords } from "./words.ts";

/** How do we answer? Rungs as areas on top of each other, from the best at the bottom. */
export function How(properties: { readonly minute: readonly Picture[]; readonly timeline: Timeline }) {
  const { timeline } = properties;
  const text = useWords(overviewWords);
  const { rungs } = useWords(partsWords);
  const format = useFormat();
  const minute = useMemo(() => sum(properties.minute), [properties.minute]);
  const used = useMemo(() => usedRungs(timeline), [timeline]);
  const all = minute.answered + minute.failed;
  const shares = RUNGS.map((rung) => ({
    rung,
    share: all === 0 ? 0 : (rung === "failed" ? minute.failed : (minute.rungs[rung] ?? 0)) / all,
  })).filter(({ share }) => share > 0);
  const list = shares.map(({ rung, share }) => `${rungs[rung] ?? rung} ${format.percent(share)}`).join(", ");
  return (
    <Card title={text.how} note={text.howNote}>
      {used.length === 0 ? (
        <Empty title={text.nothingYet}>
          {text.nothingYetWhy} <PageLink page="playground">{text.toPlayground}</PageLink>
        </Empty>
      ) : (
        <div class="stack tight">
          <div class="shares" role="img" aria-label={list === "" ? text.nothingYet : list}>
            {shares.map(({ rung, share }) => (
              <span
                key={rung}
                title={`${rungs[rung] ?? rung} ${format.percent(share)}`}
                style={{ width: `${share * 100}%`, "--swatch": `var(${rungColour(rung)})` }}
              />
            ))}
          </div>
          <Chart
            summary={text.rungsSummary(list)}
            at={timeline.at}
            span={timeline.span}
            series={used.map((rung) => ({
              label: rungs[rung] ?? rung,
              colour: rungColour(rung),
              values: timeline.rungs[rung] ?? [],
            }))}
            stacked
            write={format.rate}
            writeMoment={timeline.stepMs < 600_000 ? format.time : format.hour}
            height={220}
          />
        </div>
      )}
    </Card>
  );
}

function usedRungs({ rungs }: Timeline): string[] {
  const known: readonly string[] = RUNGS;
  const names = [...RUNGS, ...Object.keys(rungs).filter((name) => !known.includes(name))];
  return names.filter((name) => (rungs[name] ?? []).some((value) => value !== null && value > 0));
}
