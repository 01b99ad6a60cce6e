/** Size of a chart and the room for its axes, px. */
const WIDTH = 880;
const HEIGHT = 170;
const LEFT = 52;
const BOTTOM = 22;
const TOP = 8;

/** One line or area of a chart: a value for each interval; NaN leaves a gap. */
export interface ChartSeries {
  readonly name: string;
  readonly color: string;
  readonly values: readonly number[];
}

/** A chart over the run. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** Beginning of each interval, ms. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  /** A time that is shaded, ms. */
  readonly shaded?: { readonly fromMs: number; readonly toMs: number } | undefined;
}

/** Areas one on the other. */
export function stackedChart(chart: Chart): string {
  const totals = chart.times.map((_, index) => chart.series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const scale = scaleFor(chart, Math.max(1, ...totals));
  const below = chart.times.map(() => 0);
  const areas = chart.series.map(({ color, values, name }) => {
    const bottom = [...below];
    for (const [index, value] of values.entries()) below[index] = (below[index] ?? 0) + value;
    const upper = below.map((value, index) => `${scale.x(index)},${scale.y(value)}`);
    const lower = bottom.map((value, index) => `${scale.x(index)},${scale.y(value)}`).reverse();
    return `<polygon fill="${color}" points="${[...upper, ...lower].join(" ")}"><title>${escapeHtml(name)}</title></polygon>`;
  });
  return frame(chart, scale, areas.join(""));
}

/** Lines; a value that is not there leaves a gap. */
export function lineChart(chart: Chart): string {
  const values = chart.series.flatMap((series) => series.values.filter((value) => Number.isFinite(value)));
  const scale = scaleFor(chart, Math.max(1, ...values));
  const lines = chart.series.map(({ color, name, values: line }) => {
    const path = line
      .map((value, index) => {
        if (!Number.isFinite(value)) return "";
        const pen = Number.isFinite(line[index - 1] ?? Number.NaN) ? "L" : "M";
        return `${pen}${scale.x(index)},${scale.y(value)}`;
      })
      .join("");
    return `<path fill="none" stroke="${color}" stroke-width="1.5" d="${path}"><title>${escapeHtml(name)}</title></path>`;
  });
  return frame(chart, scale, lines.join(""));
}

interface Scale {
  readonly top: number;
  x(index: number): string;
  y(value: number): string;
}

function scaleFor({ times }: Chart, most: number): Scale {
  const width = WIDTH - LEFT - 8;
  const height = HEIGHT - TOP - BOTTOM;
  const step = times.length > 1 ? width / (times.length - 1) : width;
  const top = niceTop(most);
  return {
    top,
    x: (index) => (LEFT + index * step).toFixed(1),
    y: (value) => (TOP + height * (1 - Math.min(value, top) / top)).toFixed(1),
  };
}

/** The next of 1, 2, 5, 10, 20, … */
function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 5, 10].find((digit) => digit * power >= most) ?? 10) * power;
}

function frame(chart: Chart, scale: Scale, content: string): string {
  const { title, unit, times, series, shaded } = chart;
  const rows = [0, 0.5, 1].map((part) => {
    const y = scale.y(scale.top * part);
    const label = `${+(scale.top * part).toPrecision(3)}`;
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - 8}" y1="${y}" y2="${y}"/><text x="${LEFT - 6}" y="${Number(y) + 4}" text-anchor="end">${label}</text>`;
  });
  const marks = Array.from({ length: 7 }, (_, mark) => Math.round((mark * (times.length - 1)) / 6));
  const ticks = [...new Set(marks)].map(
    (index) =>
      `<text x="${scale.x(index)}" y="${HEIGHT - 6}" text-anchor="middle">${minutes(times[index] ?? 0)}</text>`,
  );
  const legend = series.map(({ name, color }) => `<span><i style="background:${color}"></i>${escapeHtml(name)}</span>`);
  return `<figure><figcaption>${escapeHtml(title)} <small>${escapeHtml(unit)}</small> ${legend.join(" ")}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${shade(shaded, times, scale)}${rows.join("")}${content}${ticks.join("")}</svg></figure>`;
}

function shade(shaded: Chart["shaded"], times: readonly number[], scale: Scale): string {
  if (shaded === undefined) return "";
  const first = times.findIndex((at) => at >= shaded.fromMs);
  const after = times.findIndex((at) => at >= shaded.toMs);
  if (first < 0) return "";
  const from = Number(scale.x(first));
  const to = Number(scale.x(after < 0 ? times.length - 1 : after));
  return `<rect class="trouble" x="${from}" y="${TOP}" width="${(to - from).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}"/>`;
}

const minutes = (ms: number) => `${+(ms / 60_000).toFixed(1)} min`;

/** Text as HTML shows it. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
