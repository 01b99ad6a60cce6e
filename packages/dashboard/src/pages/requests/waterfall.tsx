import type { RequestDetail, WaterfallSpan } from "../../api/types.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { Card, TableArea } from "../../parts/parts.tsx";
import { rungColour } from "../../parts/rung.tsx";
import { partsWords } from "../../parts/words.ts";
import { becameOf, stepName } from "./step-words.ts";
import { requestsWords } from "./words.ts";

/** Places on the time axis that get a label. */
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** The axis is at least so long, in ms: what took no time at all has no scale of its own. */
const LEAST_MS = 4;

/** A request's way down the ladder: one row a step, on one time axis. The same stands in a table below. */
export function Waterfall({ request }: { readonly request: RequestDetail }) {
  const text = useWords(requestsWords);
  const format = useFormat();
  const { waterfall } = request;
  const end = Math.max(LEAST_MS, request.totalMs, ...waterfall.map((span) => span.end));
  const place = (ms: number) => `${(Math.max(0, ms) / end) * 100}%`;
  return (
    <Card title={text.waterfall} note={text.waterfallNote}>
      <div class="stack tight">
        <div class="waterfall" role="img" aria-label={text.waterfallSummary(waterfall.length, format.duration(end))}>
          <div class="axis">
            {TICKS.map((share) => (
              <span key={share} style={{ left: `${share * 100}%` }}>
                {format.duration(share * end)}
              </span>
            ))}
          </div>
          {waterfall.map((span, index) => (
            <div class="step" key={`${index} ${span.kind}`} data-kind={span.kind}>
              <Label span={span} />
              <div class="track">
                <span
                  class={span.end > span.start ? "bar" : "point"}
                  data-outcome={outcomeTone(span)}
                  style={{
                    left: place(span.start),
                    width: span.end > span.start ? place(span.end - span.start) : undefined,
                    "--swatch": `var(${spanColour(span)})`,
                  }}
                />
                {span.mark === undefined ? null : <span class="first-token" style={{ left: place(span.mark) }} />}
              </div>
            </div>
          ))}
        </div>
        <Steps waterfall={waterfall} />
      </div>
    </Card>
  );
}

function Label({ span }: { readonly span: WaterfallSpan }) {
  const text = useWords(requestsWords);
  const { rungs } = useWords(partsWords);
  const name = span.kind === "rung" || span.kind === "cache" ? (rungs[span.name] ?? span.name) : span.name;
  return (
    <div class="label">
      <b>{name === "" ? text.kinds[span.kind] : name}</b> <span class="faint">{becameOf(span, text)}</span>
    </div>
  );
}

function Steps({ waterfall }: { readonly waterfall: readonly WaterfallSpan[] }) {
  const text = useWords(requestsWords);
  const format = useFormat();
  return (
    <details class="as-table">
      <summary>{text.asTable}</summary>
      <TableArea label={text.waterfall}>
        <thead>
          <tr>
            <th scope="col">{text.step}</th>
            <th scope="col">{text.provider}</th>
            <th scope="col" class="number">
              {text.begins}
            </th>
            <th scope="col" class="number">
              {text.firstAnswer}
            </th>
            <th scope="col" class="number">
              {text.lasts}
            </th>
            <th scope="col">{text.came}</th>
          </tr>
        </thead>
        <tbody>
          {waterfall.map((span, index) => (
            <tr key={`${index} ${span.kind}`}>
              <th scope="row">{stepName(span, text)}</th>
              <td>
                {span.name} {span.account === undefined ? null : <span class="faint">{span.account}</span>}
              </td>
              <td class="number">{format.duration(span.start)}</td>
              <td class="number">{span.mark === undefined ? "–" : format.duration(span.mark)}</td>
              <td class="number">{span.end > span.start ? format.duration(span.end - span.start) : "–"}</td>
              <td>{[span.outcome, span.reason].filter((part) => part !== undefined).join(": ") || "–"}</td>
            </tr>
          ))}
        </tbody>
      </TableArea>
    </details>
  );
}

function spanColour(span: WaterfallSpan): string {
  if (span.kind === "rung") return "--line-strong";
  if (span.kind === "cache") return "--rung-cache";
  if (span.kind === "wait" || span.kind === "backoff") return "--rung-stale";
  if (span.kind === "outcome") return "--ink";
  if (span.kind === "seam" || span.kind === "hedge") return "--rung-local";
  return outcomeTone(span) === "good" ? rungColour("live") : rungColour("failed");
}

function outcomeTone({ kind, outcome }: WaterfallSpan): "good" | "bad" | undefined {
  if (kind !== "attempt" || outcome === undefined) return undefined;
  return outcome === "answered" || outcome === "running" ? "good" : "bad";
}
