import { useMemo } from "preact/hooks";
import type { MeasureForecast } from "../../api/types.ts";
import { Chart } from "../../chart/chart.tsx";
import { useFormat, useWords } from "../../language/language.tsx";
import { capacityWords } from "./words.ts";

const HOUR_MS = 3_600_000;

/** What was and what is expected, hour by hour, with the band of the forecast and a line for a limit. */
export function ForecastChart(properties: {
  readonly forecast: MeasureForecast;
  /** Hours that are shown of the past. */
  readonly past: number;
  /** Hours that are shown of what is coming. */
  readonly ahead: number;
  readonly limit?: number | undefined;
  readonly height: number;
}) {
  const { forecast, past, ahead, limit, height } = properties;
  const text = useWords(capacityWords);
  const format = useFormat();
  const { at, series } = useMemo(() => {
    const observed = forecast.observed.slice(-past);
    const expected = forecast.ahead.slice(0, ahead);
    const none = observed.map(() => null);
    const moments = [...observed, ...expected].map((point) => point.at);
    const column = (value: (point: (typeof expected)[number]) => number) => [...none, ...expected.map(value)];
    return {
      at: moments,
      series: [
        {
          label: text.observed,
          colour: "--ink-faint",
          values: [...observed.map(({ value }) => value), ...expected.map(() => null)],
        },
        { label: text.expected, colour: "--accent", values: column(({ value }) => value) },
        {
          ...{ label: text.high, bandLabel: text.nineInTen, colour: "--accent", band: true },
          values: column(({ high }) => high),
        },
        { label: text.low, colour: "--accent", values: column(({ low }) => low) },
        ...(limit === undefined
          ? []
          : [{ label: text.limit, colour: "--outage", values: moments.map(() => limit), dashed: true }]),
      ],
    };
  }, [forecast, past, ahead, limit, text]);
  return (
    <Chart
      summary={text.summary(format.count(Math.round(forecast.peak.value)), format.hour(forecast.peak.at))}
      at={at}
      series={series}
      write={(value) => format.count(value >= 10 ? Math.round(value) : Math.round(value * 10) / 10)}
      writeMoment={(moment) => `${format.hour(moment)} – ${format.hour(moment + HOUR_MS)}`}
      height={height}
      ahead
    />
  );
}
