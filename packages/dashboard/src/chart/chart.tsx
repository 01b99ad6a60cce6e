import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { useFormat, useWords } from "../language/language.tsx";
import { TableArea } from "../parts/parts.tsx";
import { useColours } from "../shell/theme.ts";
import { chartOptions, drawnData } from "./chart-options.ts";
import { chartWords } from "./words.ts";

/** One line or area of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** Name of the token of its colour, such as `--rung-live`. */
  readonly colour: string;
  /** One value for each moment; null where there is none. */
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean | undefined;
  /** Drawn as a filled band between this series and the one after it, without lines. */
  readonly band?: boolean | undefined;
  /** What the two edges of a band are called together, in the legend. */
  readonly bandLabel?: string | undefined;
}

/** What a chart shows. */
export interface ChartProperties {
  /** For those who do not see it: what it shows, in a sentence. */
  readonly summary: string;
  /** Moments, in ms since the Unix epoch, ascending. */
  readonly at: readonly number[];
  readonly series: readonly ChartSeries[];
  /** Areas on top of each other in place of lines. */
  readonly stacked?: boolean | undefined;
  /** How a value is written. */
  readonly write: (value: number) => string;
  /** How a moment is written; the default is the time of day. */
  readonly writeMoment?: ((at: number) => string) | undefined;
  readonly height?: number | undefined;
  /** The top of the scale; default: what the values need. */
  readonly top?: number | undefined;
  /** The time that is shown, in ms since the Unix epoch; default: from the first moment to the last. */
  readonly span?: { readonly from: number; readonly to: number } | undefined;
  /** The last moments are still to come: until somebody points, the legend has no values. */
  readonly ahead?: boolean | undefined;
}

/** Rows of the table beside the chart: the newest. */
const TABLE_ROWS = 12;

/** Values over time, with a legend that follows the pointer and the same as a table. */
export function Chart(properties: ChartProperties) {
  const { summary, at, series, write, height = 200 } = properties;
  const text = useWords(chartWords);
  const format = useFormat();
  const writeMoment = properties.writeMoment ?? format.time;
  const colours = useColours();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [pointed, setPointed] = useState<number | undefined>();
  const data = useMemo(() => drawnData(properties), [at, series, properties.stacked]);
  const current = useRef({ properties, writeMoment, data });
  current.current = { properties, writeMoment, data };
  const shape = `${series.map(({ label, colour }) => `${label} ${colour}`).join("|")}|${properties.top ?? ""}`;

  // Drawn anew for another shape, other colours, another language.
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const options = chartOptions({
      ...{ width: Math.max(element.clientWidth, 100), height },
      properties: () => current.current.properties,
      pointed: setPointed,
    });
    const drawn = new uPlot(options, current.current.data, element);
    plot.current = drawn;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) drawn.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = undefined;
    };
  }, [shape, colours, height, format]);

  useEffect(() => plot.current?.setData(data), [data]);

  const last = at.length - 1;
  const shown = pointed !== undefined && pointed <= last ? pointed : last;
  const moment = at[shown];
  const valueAt = ({ values }: ChartSeries) => valueText(values[shown], write);
  const isValued = pointed !== undefined || properties.ahead !== true;
  return (
    <figure class="chart">
      <div class="head">
        <ul class="legend">
          {series.map((one, index) => {
            if (series[index - 1]?.band === true) return null;
            const other = one.band === true ? series[index + 1] : undefined;
            return (
              <li key={one.label}>
                <Swatch colour={one.colour} wash={one.band === true} />
                {one.bandLabel ?? one.label}
                {isValued ? <b>{other === undefined ? valueAt(one) : `${valueAt(other)} – ${valueAt(one)}`}</b> : null}
              </li>
            );
          })}
        </ul>
        <span class="moment">{pointed === undefined || moment === undefined ? "" : writeMoment(moment)}</span>
      </div>
      <div class="plot" ref={place} role="img" aria-label={summary} />
      <Table {...properties} writeMoment={writeMoment} title={text.asTable} />
    </figure>
  );
}

/** A small square of a colour. */
export function Swatch({ colour, wash = false }: { readonly colour: string; readonly wash?: boolean }) {
  return <span class={wash ? "swatch wash" : "swatch"} style={{ "--swatch": `var(${colour})` }} aria-hidden="true" />;
}

function Table(properties: ChartProperties & { writeMoment: (at: number) => string; title: string }) {
  const { at, series, write, writeMoment, title, summary } = properties;
  const [open, setOpen] = useState(false);
  const id = useId();
  const text = useWords(chartWords);
  const first = Math.max(0, at.length - TABLE_ROWS);
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary id={id}>{title}</summary>
      {open ? (
        <TableArea label={summary}>
          <thead>
            <tr>
              <th scope="col">{text.time}</th>
              {series.map(({ label }) => (
                <th key={label} scope="col" class="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {at.slice(first).map((moment, row) => (
              <tr key={moment}>
                <th scope="row">{writeMoment(moment)}</th>
                {series.map(({ label, values }) => (
                  <td key={label} class="number">
                    {valueText(values[first + row], write)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </TableArea>
      ) : null}
    </details>
  );
}

function valueText(value: number | null | undefined, write: (value: number) => string): string {
  return value === null || value === undefined ? "–" : write(value);
}
