import type { Clock } from "tideover/engine";
import type { ProviderState, Runtime } from "tideover/runtime";
import { attemptFigures } from "../../metrics/figures.ts";
import { BREAKER_NUMBERS } from "../../metrics/gauges.ts";
import type { TotalsSnapshot } from "../../metrics/snapshot.ts";
import { type AdminRoom, wrongMethod } from "../admin-handler.ts";
import { notFound } from "../admin-reply.ts";
import type { AccountView, BreakerView, LimitView, ProvidersAnswer, ProviderView } from "../api-types.ts";
import { providerNow } from "../picture.ts";
import type { Sight } from "../sight.ts";

/** What the providers are shown from. */
export interface ProvidersRoomParts {
  readonly sight: Sight;
  readonly clock: Pick<Clock, "now">;
  runtime(): Runtime;
}

/** Breakers, and limits, of one provider that are shown. */
const MOST_SHOWN = 100;

/** `GET /admin/api/providers`: each provider with its accounts, breakers, limits and figures, and what happened lately. */
export function providersRoom({ sight, clock, runtime }: ProvidersRoomParts): AdminRoom {
  return {
    path: "providers",
    async serve({ method, rest }) {
      if (rest.length > 0) return notFound("There is nothing below /admin/api/providers.");
      if (method !== "GET") return wrongMethod("providers", "GET");
      const { totals, minute } = await sight.lately();
      const current = runtime();
      const json: ProvidersAnswer = {
        at: totals.at,
        periodMs: minute.at - minute.since,
        providers: [...current.providers].map(([name, state]) =>
          providerView(name, state, { totals, minute, runtime: current, now: clock.now() }),
        ),
        events: sight.events.list(),
      };
      return { json };
    },
  };
}

interface ViewFacts {
  readonly totals: TotalsSnapshot;
  readonly minute: TotalsSnapshot;
  readonly runtime: Runtime;
  readonly now: number;
}

function providerView(name: string, state: ProviderState, { totals, minute, runtime, now }: ViewFacts): ProviderView {
  const { definition } = state;
  const { preset } = definition;
  return {
    ...providerNow(minute, name),
    preset: preset.preset,
    baseUrl: publicAddress(definition.baseUrl),
    degraded: definition.degraded,
    local: preset.local,
    routes: runtime.routes
      .filter(({ route }) => route.ladder.some((rung) => rung.kind === "provider" && rung.provider === name))
      .map(({ route }) => route.name),
    accountList: state.accounts.map(({ account, state: of }): AccountView => {
      const isolated = now < of.isolatedUntil;
      return {
        id: account.id,
        ...(account.region === undefined ? {} : { region: account.region }),
        state: isolated ? "isolated" : "usable",
        ...(isolated ? { reason: "The provider refuses its key, or its account is empty." } : {}),
      };
    }),
    breakers: breakerViews(state),
    limits: limitViews(state),
    totals: attemptFigures(totals, name),
  };
}

function breakerViews({ breakers }: ProviderState): readonly BreakerView[] {
  const all = [...(breakers?.entries() ?? [])].map(
    ({ account, model, thing }): BreakerView => ({ account, model, state: thing.state }),
  );
  return all.sort((one, other) => BREAKER_NUMBERS[other.state] - BREAKER_NUMBERS[one.state]).slice(0, MOST_SHOWN);
}

function limitViews({ limits }: ProviderState): readonly LimitView[] {
  const all = [...(limits?.entries() ?? [])].map(({ account, model, thing }): LimitView => {
    const { limit, inFlight, waiting, underPressure } = thing.snapshot();
    return { account, model, limit, inFlight, waiting, underPressure };
  });
  return all.sort((one, other) => other.inFlight - one.inFlight).slice(0, MOST_SHOWN);
}

/** An address without the user and password that it may hold, nor what its query may. */
function publicAddress(address: string): string {
  if (!URL.canParse(address)) return "";
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}
