import { useMemo } from "preact/hooks";
import type { Timeline } from "../../api/timeline.ts";
import type { Picture, ProvidersAnswer } from "../../api/types.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { Chart, Swatch } from "../../chart/chart.tsx";
import { useFormat, useWords } from "../../language/language.tsx";
import { BreakerBadge, failedShare } from "../../parts/breaker.tsx";
import { Card, Meter, TableArea } from "../../parts/parts.tsx";
import { PageLink } from "../../shell/route.tsx";
import { overviewWords } from "./words.ts";

/** How often providers are asked for, in ms. */
const PROVIDERS_MS = 4_000;
const COLOURS = 6;

/** The token of a provider's colour, by its place among all. */
export function providerColour(index: number): string {
  return `--provider-${(index % COLOURS) + 1}`;
}

/** Who is slow? Providers with their first-token times, and those over time. */
export function Slow({ tick, timeline }: { readonly tick: Picture | undefined; readonly timeline: Timeline }) {
  const text = useWords(overviewWords);
  const format = useFormat();
  const { answer } = useAnswer<ProvidersAnswer>("/admin/api/providers", PROVIDERS_MS);
  const providers = answer?.type === "value" ? answer.value.providers : [];
  const names = useMemo(() => Object.keys(timeline.firstToken).sort(), [timeline]);
  const colour = (name: string) => providerColour(names.includes(name) ? names.indexOf(name) : names.length);
  const time = (ms: number | null) => (ms === null ? "–" : format.duration(ms));
  const list = providers.map(({ name, attempts }) => `${name} ${time(attempts.firstToken.p95)}`).join(", ");
  return (
    <Card title={text.slow} note={text.slowNote} flush>
      <TableArea label={text.slow}>
        <thead>
          <tr>
            <th scope="col">{text.provider}</th>
            <th scope="col">{text.breaker}</th>
            <th scope="col" class="number">
              {text.middle}
            </th>
            <th scope="col" class="number">
              {text.slowEnd}
            </th>
            <th scope="col" class="number">
              {text.failures}
            </th>
            <th scope="col">{text.load}</th>
          </tr>
        </thead>
        <tbody>
          {providers.map((provider) => {
            const { name, attempts } = provider;
            // The percentiles are of a minute; what protects the provider is of this second.
            const now = tick?.providers.find((other) => other.name === name) ?? provider;
            const { inFlight, limit } = now;
            const failed = failedShare(attempts);
            return (
              <tr key={name}>
                <th scope="row">
                  <PageLink page="providers" id={name}>
                    <span class="rung">
                      <Swatch colour={colour(name)} />
                      {name}
                    </span>
                  </PageLink>
                </th>
                <td>
                  <BreakerBadge provider={now} />
                </td>
                <td class="number">{time(attempts.firstToken.p50)}</td>
                <td class="number">{time(attempts.firstToken.p95)}</td>
                <td class="number">{failed === null ? "–" : format.percent(failed)}</td>
                <td>
                  {limit === null || limit === 0 ? (
                    <span class="faint">
                      {inFlight}
                      {limit === null ? ` · ${text.noLimit}` : null}
                    </span>
                  ) : (
                    <span class="row load">
                      <Meter value={inFlight} of={limit} label={`${name}: ${text.load}`} colour={colour(name)} />
                      {format.count(inFlight)} / {format.count(Math.floor(limit))}
                    </span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </TableArea>
      {names.length === 0 ? null : (
        <div class="inset">
          <Chart
            summary={text.slowSummary(timeline.slow, list)}
            at={timeline.at}
            span={timeline.span}
            series={names.map((name) => ({
              label: `${name} ${timeline.slow}`,
              colour: colour(name),
              values: timeline.firstToken[name]?.slow ?? [],
            }))}
            write={format.duration}
            writeMoment={timeline.stepMs < 600_000 ? format.time : format.hour}
            height={170}
          />
        </div>
      )}
    </Card>
  );
}
