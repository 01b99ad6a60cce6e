import type uPlot from "uplot";
import type { ChartProperties } from "./chart.tsx";
import { colourOf } from "./colours.ts";

/** Gap between the axis' labels, in CSS pixels. */
const TICK_SPACE = 80;
const AXIS_FONT = '12px system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", sans-serif';

/** The values as they are drawn: stacked ones as sums from the bottom, in the order of painting, the tallest first. */
export function drawnData({ at, series, stacked }: ChartProperties): uPlot.AlignedData {
  const seconds = at.map((moment) => moment / 1000);
  if (stacked !== true) return [seconds, ...series.map(({ values }) => [...values])];
  const sums: (number | null)[][] = [];
  const below = at.map((): number | null => null);
  for (const { values } of series) {
    for (const [index, value] of values.entries()) {
      if (value !== null) below[index] = (below[index] ?? 0) + value;
    }
    sums.push([...below]);
  }
  return [seconds, ...sums.reverse()];
}

/** How one chart is drawn, in the colours of now. */
export function chartOptions(chart: {
  readonly width: number;
  readonly height: number;
  properties(): ChartProperties;
  pointed(index: number | undefined): void;
}): uPlot.Options {
  const { series, stacked = false, top } = chart.properties();
  const grid = { stroke: colourOf("--line"), width: 1 };
  const axis = { stroke: colourOf("--ink-faint"), font: AXIS_FONT, ticks: { show: false }, grid };
  const drawn = stacked ? [...series].reverse() : series;
  return {
    width: chart.width,
    height: chart.height,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: !stacked, size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: {
        range: (_plot, first, last) => {
          const { span } = chart.properties();
          return span === undefined ? [first, last] : [span.from / 1000, span.to / 1000];
        },
      },
      y: { range: (_plot, _least, most) => [0, top ?? roundUp(most)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: TICK_SPACE, values: (_plot, splits) => splits.map(clock) },
      {
        ...axis,
        size: 56,
        space: 40,
        values: (_plot, splits) => splits.map((value) => chart.properties().write(value)),
      },
    ],
    bands: series.flatMap(({ band, colour }, index) =>
      band === true ? [{ series: [index + 1, index + 2] as [number, number], fill: colourOf(colour, 16) }] : [],
    ),
    series: [
      {},
      ...drawn.map(({ colour, dashed, band, label }, index): uPlot.Series => {
        const edge = band === true || drawn[index - 1]?.band === true;
        const stroke = colourOf(colour, edge ? 40 : 100);
        return {
          label,
          stroke,
          width: edge ? 1 : stacked ? 0 : 1.75,
          ...(stacked ? { fill: stroke } : {}),
          ...(dashed === true ? { dash: [5, 4] } : {}),
          points: { show: !stacked && !edge, size: 4, filter: loneMoments },
        };
      }),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const { idx, left } = plot.cursor;
          chart.pointed(idx === null || left === undefined || left < 0 ? undefined : idx);
        },
      ],
    },
  };
}

/** Moments between two without values: a line of one moment could not be seen. */
function loneMoments(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const isThere = (index: number) => typeof values[index] === "number";
  return Array.from(values, (_, index) => index).filter(
    (index) => isThere(index) && !isThere(index - 1) && !isThere(index + 1),
  );
}

function clock(seconds: number): string {
  const moment = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  if (moment.getSeconds() !== 0) return `${time}:${two(moment.getSeconds())}`;
  return time === "00:00" ? `${moment.getMonth() + 1}/${moment.getDate()}` : time;
}

/** A top of the scale a little above the highest value, so that quiet times do not look dramatic. */
function roundUp(most: number | null): number {
  if (most === null || most <= 0) return 1;
  const size = 10 ** Math.floor(Math.log10(most));
  const steps = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];
  return size * (steps.find((step) => step * size >= most * 1.05) ?? 15);
}
