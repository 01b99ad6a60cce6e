import type { AttemptFigures, Percentiles, ProviderView } from "../../api/types.ts";
import { useFormat, useWords } from "../../language/language.tsx";
import { BreakerBadge, failedShare } from "../../parts/breaker.tsx";
import { Badge, Card, Figure, Figures, Meter, TableArea } from "../../parts/parts.tsx";
import { partsWords } from "../../parts/words.ts";
import { providersWords } from "./words.ts";

/** One provider: its figures of the last minute, its protection, and on demand all of its accounts. */
export function ProviderCard(properties: {
  readonly provider: ProviderView;
  readonly periodMs: number;
  readonly open: boolean;
}) {
  const { provider, periodMs, open } = properties;
  const { attempts, limit, inFlight, waiting, totals } = provider;
  const text = useWords(providersWords);
  const format = useFormat();
  const failed = failedShare(attempts);
  const period = text.period(format.duration(periodMs));
  const badges = (
    <span class="row">
      {provider.degraded ? <Badge>{text.degraded}</Badge> : null}
      {provider.local ? <Badge>{text.local}</Badge> : null}
      {provider.underPressure ? <Badge tone="busy">{text.pressure}</Badge> : null}
      <BreakerBadge provider={provider} />
    </span>
  );
  return (
    <Card title={provider.name} note={`${provider.preset} · ${provider.baseUrl}`} aside={badges}>
      <div class="stack">
        <Figures>
          <Figure
            name={text.attempts}
            value={format.count(attempts.started)}
            note={`${period} · ${text.sinceStart} ${format.count(totals.started)}`}
          />
          <Figure
            name={text.failed}
            value={failed === null ? "–" : format.percent(failed)}
            note={reasonsOf(attempts)}
          />
          <TimeFigure name={text.firstToken} measured={attempts.firstToken} />
          <TimeFigure name={text.total} measured={attempts.total} />
          <Figure
            name={text.inUse}
            value={
              limit === null ? (
                <>
                  {inFlight} <small>{text.noLimit}</small>
                </>
              ) : limit === 0 ? (
                inFlight
              ) : (
                <>
                  {inFlight} <small>/ {format.count(Math.floor(limit))}</small>
                </>
              )
            }
            note={
              <>
                {limit === null || limit === 0 ? null : (
                  <Meter value={inFlight} of={limit} label={`${provider.name}: ${text.inUse}`} />
                )}
                {waiting > 0 ? text.waiting(format.count(waiting)) : null}
              </>
            }
          />
          <Figure
            name={text.cost}
            value={totals.cost === null ? "–" : format.money(totals.cost, "USD")}
            note={totals.cost === null ? text.unknownCost : text.sinceStart}
          />
        </Figures>
        <details open={open}>
          <summary>{text.details}</summary>
          <Details provider={provider} />
        </details>
      </div>
    </Card>
  );
}

function TimeFigure({ name, measured }: { readonly name: string; readonly measured: Percentiles }) {
  const text = useWords(providersWords);
  const format = useFormat();
  // A number and its unit stay on one line.
  const time = (ms: number | null) => (ms === null ? "–" : format.duration(ms).replace(" ", "\u00a0"));
  const { p50, p95, p99 } = measured;
  return (
    <Figure
      name={`${name} p95`}
      value={time(p95)}
      note={p50 === null ? undefined : text.percentiles(time(p50), time(p99))}
    />
  );
}

/** The commonest reasons of failed attempts. */
function reasonsOf({ reasons }: AttemptFigures): string {
  const sorted = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  return sorted
    .slice(0, 3)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");
}

function Details({ provider }: { readonly provider: ProviderView }) {
  const text = useWords(providersWords);
  const { breakers } = useWords(partsWords);
  const format = useFormat();
  const { totals, accountList, limits } = provider;
  const { input, output, cached } = totals.tokens;
  const reasons = reasonsOf(totals);
  return (
    <div class="stack details">
      <dl class="pairs">
        <dt>{text.routes}</dt>
        <dd>{provider.routes.join(", ") || "–"}</dd>
        <dt>{text.gap}</dt>
        <dd>{totals.gap.p95 === null ? "–" : `p95 ${format.duration(totals.gap.p95)}`}</dd>
        <dt>{text.extra}</dt>
        <dd>{[totals.retries, totals.hedges, totals.continuations].map(format.count).join(" · ")}</dd>
        <dt>{text.tokens}</dt>
        <dd>{[input, output, cached].map(format.count).join(" · ")}</dd>
        {reasons === "" ? null : (
          <>
            <dt>{text.reasons}</dt>
            <dd>{reasons}</dd>
          </>
        )}
      </dl>
      <TableArea label={`${provider.name}: ${text.details}`}>
        <thead>
          <tr>
            <th scope="col">{text.account}</th>
            <th scope="col">{text.model}</th>
            <th scope="col">{text.state}</th>
            <th scope="col" class="number">
              {text.inUse}
            </th>
          </tr>
        </thead>
        <tbody>
          {accountList.map(({ id, region, state, reason }) => (
            <tr key={`account ${id}`}>
              <th scope="row">
                {id} {region === undefined ? null : <span class="faint">{region}</span>}
              </th>
              <td>–</td>
              <td>
                <Badge tone={state === "usable" ? "normal" : "outage"}>{text.states[state] ?? state}</Badge>{" "}
                {reason === undefined ? null : <span class="soft small">{reason}</span>}
              </td>
              <td class="number">–</td>
            </tr>
          ))}
          {provider.breakers.map(({ account, model, state }) => (
            <tr key={`breaker ${account} ${model}`}>
              <th scope="row">{account}</th>
              <td>{model}</td>
              <td>
                <Badge tone={state === "closed" ? "normal" : state === "open" ? "outage" : "busy"}>
                  {breakers[state] ?? state}
                </Badge>
              </td>
              <td class="number">{usedLimit(limits, account, model)}</td>
            </tr>
          ))}
        </tbody>
      </TableArea>
    </div>
  );
}

function usedLimit(limits: ProviderView["limits"], account: string, model: string): string {
  const found = limits.find((limit) => limit.account === account && limit.model === model);
  return found === undefined ? "–" : `${found.inFlight} / ${Math.floor(found.limit)}`;
}
